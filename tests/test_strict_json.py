"""JSON with one reading only."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.strict_json import MOST_DEPTH, BadJson, read_json


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"a": 1, "a": 2}',
        b'{"a": {"b": 1, "b": 1}}',
        b"NaN",
        b"[Infinity]",
        b"[-Infinity]",
        b"9007199254740993",
        b"-9007199254740993",
        b"1e999",
        b"-1e999",
        b"1" * 5000,
        b"\xff\xfe",
        b"\xef\xbb\xbf{}",
        '{"a": "é"}'.encode("latin-1"),
        b"[" * 60_000,
        b'{"a":' * 10_000,
        b"{} {}",
        b"'a'",
    ],
)
def test_what_can_be_read_two_ways_is_refused(body: bytes) -> None:
    """Doubled names, numbers that JSON has not, other encodings and endless depth are refused.

    Planted: no hook for pairs, none for integers, none for fractions; each seen to fail.
    """
    with pytest.raises(BadJson) as refused:
        read_json(body)
    assert body[:4].decode("latin-1") not in str(refused.value) or len(body) < 4


def test_half_of_a_character_is_read() -> None:
    """A lone surrogate is for the use case to refuse, with a typed answer."""
    assert read_json(b'"\\ud800"') == "\ud800"


@pytest.mark.parametrize(
    ("opens", "closes", "times"),
    [("[", "]", MOST_DEPTH), ('{"a":', "}", MOST_DEPTH), ('[1, {"a":', "}, 2]", MOST_DEPTH // 2)],
)
def test_depth_is_bounded(opens: str, closes: str, times: int) -> None:
    """As many lists and objects inside each other as are allowed are read; no more.

    Planted: a level more, and lists that are not looked into; seen to fail.
    """
    fits = opens * times + "7" + closes * times
    assert read_json(fits.encode()) == json.loads(fits)
    with pytest.raises(BadJson, match="nested"):
        read_json(f"[{fits}]".encode())


def test_a_bad_body_leaves_no_trace_of_itself() -> None:
    """The refusal is not chained to an error that holds the text."""
    with pytest.raises(BadJson) as refused:
        read_json(b'{"password": "hunter2')
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(_JSON)
def test_all_else_is_read_as_the_standard_library_does(value: object) -> None:
    """Well-formed JSON means what it says."""
    assert read_json(json.dumps(value).encode()) == value


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(body: bytes) -> None:
    """Whatever comes in is a value or a refusal."""
    with suppress(BadJson):
        read_json(body)
