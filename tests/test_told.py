"""Effects and events are plain values."""

from dataclasses import FrozenInstanceError, fields

import pytest

from credentials import model
from credentials.kinds import EventKind
from credentials.told import Effect, Event
from tests.chance import START


def test_what_is_told_is_never_changed_and_counts_once_unless_it_says_otherwise() -> None:
    """A line of the audit is as it was written; before it is sealed it has no position."""
    values = dict.fromkeys(field.name for field in fields(Event) if field.name not in {"position", "counted"})
    event = Event(**{**values, "at": START, "kind": EventKind.SIGNED_IN, "success": True})  # type: ignore[arg-type]  # the rest is None
    assert (event.position, event.counted) == (None, 1)
    with pytest.raises(FrozenInstanceError):
        event.success = False  # type: ignore[misc]  # what must not work


def test_the_model_has_them_too() -> None:
    """They are what `credentials.model` gives by these names."""
    assert (model.Effect, model.Event) == (Effect, Event)
