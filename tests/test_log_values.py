"""What a line of the log may hold."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from credentials.digests import Digest
from credentials.hashing import Verifier
from credentials.key_ring import KeyRing
from credentials.kinds import Role
from credentials.secret import Secret
from credentials.vault import Sealed
from server.log_values import MAX_ITEMS, MAX_TEXT, MAX_TRACE, plain_values, show, show_text

if TYPE_CHECKING:
    from collections.abc import Mapping

WORD = "hunter2"
ROOT = b"hunter2-" * 4


@dataclass
class Odd:
    """Something that shows what it was given."""

    given: str = WORD


class OddText(str):
    """A text that is another one where it is printed."""

    __slots__ = ()

    def __str__(self) -> str:
        return "shown"


HIDDEN: dict[str, Any] = {
    "secret": Secret(WORD),
    "bytes": WORD.encode(),
    "bytearray": bytearray(WORD.encode()),
    "view": memoryview(WORD.encode()),
    "verifier": Verifier(WORD, "k"),
    "ring": KeyRing([ROOT]),
    "object": Odd(),
    "error": ValueError(WORD),
    "type": type(WORD, (), {}),
    "list": [Secret(WORD), (Odd(),), {WORD.encode()}],
    "mapping": {"a": {"b": Secret(WORD)}, 7: Odd(), WORD.encode(): 1},
    "rows": [Digest("k", WORD.encode()), Sealed("k", WORD.encode())],
    "deep": [[[[[WORD]]]]],
    "function": lambda: WORD,
}


@pytest.mark.parametrize("name", HIDDEN)
def test_what_may_be_secret_is_not_shown(name: str) -> None:
    """By its type, wherever it stands and whatever its name.

    Planted: `repr` of what is unknown, and named tuples shown as lists; each seen to fail.
    """
    shown = json.dumps(plain_values(None, "info", {"event": "e", "value": HIDDEN[name]}))
    assert WORD not in shown
    assert "<" in shown or "k" in shown


def test_what_is_known_is_shown() -> None:
    """Numbers, words, times, paths, addresses, and lists of them."""
    assert show({"a": 1, "b": [None, True, 1.5, "text", Role.ADMIN], 3: ("x",)}) == {
        "a": 1,
        "b": [None, True, 1.5, "text", "ADMIN"],
        "3": ["x"],
    }
    assert show(frozenset({1})) == [1]
    assert show(datetime(2026, 1, 2, tzinfo=UTC)) == "2026-01-02 00:00:00+00:00"
    assert show(timedelta(seconds=90)) == "0:01:30"
    assert show(Path("/var/lib")) == "/var/lib"
    assert show(ip_address("192.0.2.1")) == "192.0.2.1"
    assert show("Gérard, 山田, عمر") == "Gérard, 山田, عمر"


HOSTILE = {
    "line": ("a\nb", r"a\nb"),
    "return": ("a\r\nb", r"a\r\nb"),
    "escape": ("\x1b[2J\x1b]0;x\x07", r"\x1b[2J\x1b]0;x\x07"),
    "delete and C1": ("\x7f\x9b", r"\x7f\x9b"),
    "other line ends": ("\x85\u2028\u2029\x0b\x0c", r"\x85\u2028\u2029\x0b\x0c"),
    "direction": ("user\u202etxt.exe\u2066", r"user\u202etxt.exe\u2066"),
    "nothing seen": ("a\u200bb\ufeff", r"a\u200bb\ufeff"),
    "lone surrogate": ("\ud800", r"\ud800"),
    "backslash": (r"a\nb", r"a\\nb"),
    "zero": ("\0", r"\x00"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_spelled_out(name: str) -> None:
    """Such that no two texts look the same. Planted: the backslash left as it is; seen to fail."""
    text, shown = HOSTILE[name]
    assert show_text(text) == shown
    assert show({text: [text]}) == {shown: [shown]}


@given(st.text(st.characters(codec=None), max_size=40))
def test_any_text_is_one_line_and_can_be_read_back(text: str) -> None:
    """Whatever it holds, what is shown prints, and says what it was."""
    shown = show_text(text)
    assert shown.isprintable()
    escaped = "".join(each if each.isascii() else f"\\U{ord(each):08x}" for each in shown)
    assert escaped.encode("ascii").decode("unicode_escape") == text


def test_what_is_long_is_cut() -> None:
    """A text of 100 kB, a long list, a number of thousands of digits, and a trace of any depth."""
    shown = show_text("x" * 100_000)
    assert shown == "x" * MAX_TEXT + "… (100000 characters)"
    assert show(list(range(1000))) == [*range(MAX_ITEMS), "… (1000 items)"]
    many = show(dict.fromkeys(range(1000), 0))
    assert isinstance(many, dict)
    assert (len(many), many["…"]) == (MAX_ITEMS + 1, "(1000 items)")
    assert show(10**5000) == "<int>"
    trace = plain_values(None, "error", {"exception": "y\n\x1b" * MAX_TRACE})["exception"]
    assert len(trace.split("\n")) == MAX_TRACE // 3 + 1
    assert "\x1b" not in trace


@pytest.mark.parametrize(
    "renderer", [structlog.processors.JSONRenderer(), structlog.dev.ConsoleRenderer(colors=False)]
)
def test_a_line_is_one_line(renderer: structlog.typing.Processor) -> None:
    """For machines and for people, with every hostile text in its name and its values."""
    event: Mapping[str, Any] = {text: text for text, _ in HOSTILE.values()}
    line = renderer(None, "info", plain_values(None, "info", {"event": "\n", "timestamp": "", **event}))
    assert isinstance(line, str)
    assert line.isprintable()
    assert len(line.splitlines()) == 1


def test_a_text_of_another_type_is_shown_as_it_prints() -> None:
    """A subclass cannot bring a line's end in by the back door."""
    assert show(OddText("a\nb")) == "shown"
