"""The scalars: what they take and what they give."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from graphql import GraphQLError, parse_value
from hypothesis import given
from hypothesis import strategies as st

from schema.scalars import SCALARS, EpochSeconds, read_json, read_time, show_time

OFFSETS = st.timedeltas(timedelta(hours=-12), timedelta(hours=12)).map(
    lambda offset: timezone(timedelta(minutes=offset // timedelta(minutes=1)))
)
TIMES = st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=OFFSETS)  # noqa: DTZ001  zones come apart


@given(TIMES)
def test_a_time_is_shown_in_utc_and_read_back(time: datetime) -> None:
    """Whatever its zone, a time is written to the millisecond, ends in Z, and reads as the same instant."""
    shown = show_time(time)
    assert shown.endswith("Z")
    assert abs(read_time(shown) - time) < timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2026-11-20T16:00:00Z", 16),
        ("2026-11-20t16:00:00z", 16),
        ("2026-11-20T16:00:00.123456789Z", 16),
        ("2026-11-20T18:00:00+02:00", 16),
        ("2026-11-20T12:30:00-03:30", 16),
    ],
)
def test_the_forms_of_rfc_3339_are_read(text: str, hour: int) -> None:
    """Any offset, small letters and fractions of section 5.6 are taken, and turned to UTC."""
    assert read_time(text).astimezone(UTC).hour == hour
    assert read_time(text).utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-20T16:00:00",  # no offset
        "2026-11-20",
        "2026-11-20 16:00:00Z",
        "20261120T160000Z",
        "2026-02-30T16:00:00Z",
        "2026-11-20T24:00:00Z",
        "2026-11-20T16:00:00+25:00",
        "0001-01-01T00:00:00+10:00",  # before the calendar begins
        "٢٠٢٦-11-20T16:00:00Z",
        "2026-11-20T16:00:00Z\n",
        1_700_000_000,
        None,
    ],
)
def test_anything_else_is_no_time(text: object) -> None:
    """A time without an offset, of no calendar or of another form is refused without being repeated.

    Planted: `datetime.fromisoformat` alone, which takes a date; seen to fail.
    """
    with pytest.raises(GraphQLError) as refused:
        read_time(text)
    assert str(text) not in refused.value.message


def test_a_time_in_the_document_is_read_like_one_in_a_variable() -> None:
    """A literal that is a text is read; one that is not is refused."""
    parse_literal = vars(SCALARS[datetime])["parse_literal"]
    assert parse_literal
    assert parse_literal(parse_value('"2026-11-20T16:00:00Z"')) == datetime(2026, 11, 20, 16, tzinfo=UTC)
    with pytest.raises(GraphQLError):
        parse_literal(parse_value("20261120"))


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(JSON_VALUES)
def test_json_is_taken_as_it_is(value: object) -> None:
    """What JSON can say is handed on unchanged."""
    assert read_json(value) == value


@pytest.mark.parametrize("value", [float("inf"), [float("nan")], {"a": "\ud800"}, {"\udfff": 1}])
def test_json_that_could_not_be_written_again_is_refused(value: object) -> None:
    """Numbers without end and half characters are refused, however deep they lie.

    Planted: `json.dumps` without `allow_nan=False`; seen to fail.
    """
    with pytest.raises(GraphQLError):
        read_json({"deep": [value]})


def test_json_in_the_document_is_read_like_json_in_a_variable() -> None:
    """A literal object is read with its variables, and refused for the same reasons."""
    parse_literal = next(one.parse_literal for one in SCALARS.values() if one.name == "JSON")
    assert parse_literal
    read = parse_literal(parse_value('{a: 1, b: [true, "c"], d: 1.5, e: null}'), None)
    assert json.dumps(read, sort_keys=True) == '{"a": 1, "b": [true, "c"], "d": 1.5, "e": null}'
    with pytest.raises(GraphQLError):
        parse_literal(parse_value("{a: 1e999}"), None)


def test_epoch_seconds_reach_beyond_32_bits() -> None:
    """A time after 2038 is given as it is."""
    serialize = SCALARS[EpochSeconds].serialize
    assert serialize
    assert serialize(EpochSeconds(4_102_444_800)) == 4_102_444_800
