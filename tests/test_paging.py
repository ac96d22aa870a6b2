"""Pages of a list."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.paging import MAX_CURSOR, BadArgument, Page, PageRequest, Total, ask, ask_numbered, page

ROWS = [(number, f"row {number}") for number in range(1, 6)]


def cursor(key: str | int) -> str:
    """The cursor of a row with this key."""
    made = page([(key, "")], PageRequest(1, None))
    return made.items[0][0]


def asked(first: int, after: str | None) -> PageRequest[int]:
    """Arguments that are right."""
    request = ask_numbered(first, after)
    assert not isinstance(request, BadArgument)
    return request


def test_a_page_and_the_next() -> None:
    """A page is as long as was asked for, and says whether there is more before and after it."""
    request = asked(2, None)
    assert (request.limit, request.after) == (3, None)
    first = page(ROWS[: request.limit], request)
    assert [item for _, item in first.items] == ["row 1", "row 2"]
    assert (first.has_next, first.has_previous) == (True, False)
    request = asked(3, first.items[-1][0])
    assert request.after == 2
    last = page(ROWS[2:], request)
    assert (last.has_next, last.has_previous) == (False, True)


def test_an_empty_page() -> None:
    """A list without rows is one empty page."""
    assert page([], asked(1, None)) == Page([], has_next=False, has_previous=False)


@pytest.mark.parametrize("first", [-1, 0, 201, 10**9])
def test_a_length_out_of_range(first: int) -> None:
    """1.7: `first` is 1 to 200; it is looked at before `after`."""
    for request in (ask(first, "\0"), ask_numbered(first, "\0")):
        assert isinstance(request, BadArgument)
        assert request.name == "first"
    for right in (1, 200):
        assert ask(right, None) == PageRequest(right, None)


NO_CURSORS = ["", "x", "?", "\0", "\ud800", "\u00fc", "A" * (MAX_CURSOR + 1)]
NO_NUMBERS = ["0", "-1", "+1", " 1", "1_0", "\u0661", "x", "9" * 20, str(2**63), "1.0"]


@pytest.mark.parametrize("after", NO_CURSORS + [cursor(key) for key in NO_NUMBERS])
def test_a_cursor_of_no_row(after: str) -> None:
    """1.7: what was never given as a cursor of a numbered list is a bad `after`."""
    request = ask_numbered(1, after)
    assert isinstance(request, BadArgument)
    assert request.name == "after"


@pytest.mark.parametrize("after", ["AA", cursor("a\0b"), "7aCA"])
def test_a_cursor_of_no_name(after: str) -> None:
    """1.7: NUL and half of a character stand in no login name: a bad `after`, not a defect.

    Planted: NUL let through; seen to fail.
    """
    request = ask(1, after)
    assert isinstance(request, BadArgument)
    assert request.name == "after"


@given(st.integers(1, 2**63 - 1))
def test_every_number_comes_back(number: int) -> None:
    """A cursor of a numbered list leads back to its row."""
    assert ask_numbered(1, cursor(number)) == PageRequest(1, number)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=254))
def test_every_name_comes_back(name: str) -> None:
    """A cursor of a list of names leads back to its row."""
    assert ask(1, cursor(name)) == PageRequest(1, name)


@pytest.mark.anyio
async def test_a_total_is_counted_once_and_when_it_is_asked_for() -> None:
    """However many ask at once, and not before. Planted: counted anew for each; seen to fail."""
    counted = list[int]()

    async def count() -> int:
        counted.append(5)
        await asyncio.sleep(0)
        return 5

    total = Total(count)
    assert counted == []
    assert set(await asyncio.gather(total.ask(), total.ask())) == {5}
    assert await total.ask() == 5
    assert counted == [5]
