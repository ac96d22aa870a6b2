"""Measurements of the real service, each against something that is measured in the same run."""
