"""Media types of GraphQL over HTTP."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.negotiation import EVENT_STREAM, GRAPHQL_JSON, JSON, answer_type, is_json, takes_events


@pytest.mark.parametrize(
    ("accept", "answer"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/json", JSON),
        ("application/json; charset=utf-8", JSON),
        ("application/graphql-response+json", GRAPHQL_JSON),
        ("application/graphql-response+json, application/json;q=0.9", GRAPHQL_JSON),
        ("application/json;q=0.5, application/graphql-response+json;q=0.4", JSON),
        ("text/html, application/json", JSON),
        ("text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", JSON),
        ("text/html", None),
        ("text/event-stream", None),
        ("application/json;q=0", None),
        ("application/json;q=loud", None),
        ("application/graphql-response+jsonx", None),
    ],
)
def test_the_answer_has_the_type_that_was_asked_for(accept: str | None, answer: str | None) -> None:
    """The best of what the client takes; JSON for who takes anything; nothing for who takes neither."""
    assert answer_type(accept) == answer


@pytest.mark.parametrize(
    ("accept", "is_taken"),
    [
        (EVENT_STREAM, True),
        ("Text/Event-Stream; charset=utf-8", True),
        (f"{GRAPHQL_JSON}, {JSON}, {EVENT_STREAM};q=0.1", True),
        (f"{EVENT_STREAM};q=0", False),
        ("text/*", False),
        ("*/*", False),
        ("", False),
        (None, False),
    ],
)
def test_events_are_for_who_names_them(accept: str | None, *, is_taken: bool) -> None:
    """Who takes anything gets JSON: a stream without an end is a surprise."""
    assert takes_events(accept) is is_taken


@pytest.mark.parametrize(
    ("content_type", "is_read"),
    [
        ("application/json", True),
        ("Application/JSON; charset=UTF-8", True),
        ('application/json; charset="utf-8"', True),
        ("application/json; profile=x", True),
        (None, False),
        ("", False),
        ("text/plain, application/json", False),
        ("application/json-x", False),
        ("application/json; charset=latin-1", False),
        ("application/graphql", False),
        ("multipart/form-data", False),
    ],
)
def test_only_json_in_utf_8_is_read(content_type: str | None, *, is_read: bool) -> None:
    """A body of any other type is not guessed at.

    Planted: `in` for `==` (which took "text/plain, application/json"); seen to fail.
    """
    assert is_json(content_type) is is_read


@given(st.text())
def test_no_header_breaks_it(text: str) -> None:
    """Whatever a header says has an answer."""
    assert answer_type(text) in (None, JSON, GRAPHQL_JSON)
    assert isinstance(is_json(text), bool)
    assert isinstance(takes_events(text), bool)
