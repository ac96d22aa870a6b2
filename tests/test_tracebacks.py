"""A defect as the log shows it."""

from __future__ import annotations

import sys

from server.tracebacks import show_defect

#: Not written out where it is used: the source's lines are shown.
TYPED = "hunter2"


def _shown() -> str:
    defect = sys.exc_info()
    assert defect[0] is not None
    assert defect[1] is not None
    return show_defect((defect[0], defect[1], defect[2]))


def _fail(text: str) -> None:
    raise ValueError(text)


def test_a_defect_is_shown_by_place_and_kind_alone() -> None:
    """File, function and kind are there, and no text of the exception.

    Planted: traceback.format_exception for our own; seen to fail.
    """
    try:
        _fail(TYPED)
    except ValueError:
        shown = _shown()
    assert "in _fail" in shown
    assert shown.endswith("builtins.ValueError")
    assert TYPED not in shown


def test_what_led_to_it_is_shown_first() -> None:
    """Causes and contexts come before; one that was put away on purpose does not come at all."""
    try:
        try:
            _fail(TYPED)
        except ValueError as cause:
            raise KeyError from cause
    except KeyError:
        assert _shown().index("builtins.ValueError") < _shown().index("builtins.KeyError")
    try:
        try:
            _fail(TYPED)
        except ValueError:
            raise KeyError  # noqa: B904  the context is what is tested
    except KeyError:
        assert "builtins.ValueError" in _shown()
    try:
        try:
            _fail(TYPED)
        except ValueError:
            raise KeyError from None
    except KeyError:
        assert "builtins.ValueError" not in _shown()
