"""What a test needs from the machine: skipped where it is missing, failed where all must run."""

import os
from collections.abc import Mapping

import pytest


def require(reason: str | None, environment: Mapping[str, str] = os.environ) -> None:
    """Goes on where there is no reason against it; else skips the test, or fails it where TEST_ALL=1 is set.

    Args:
        reason: what is missing, or None.
        environment: stands for the process's own.
    """
    if reason is None:
        return
    if environment.get("TEST_ALL") == "1":
        pytest.fail(f"TEST_ALL=1 asks for every test: {reason}")
    pytest.skip(reason)
