"""`rekey blocklist build` and server/blocklist_build.py."""

from __future__ import annotations

import fcntl
from hashlib import sha1
from typing import TYPE_CHECKING

import pytest

from credentials.breached import Breached
from server import blocklist_build
from server.blocklist_build import BadList, Kind, build
from server.blocklists import FILTER
from tests.chance import FixedChance
from tests.commands import Rekey

if TYPE_CHECKING:
    from pathlib import Path

WORDS = ["hunter2", "Trustno1", "größer", "vorhalquem zistolper"]


def digest(word: str) -> str:
    """The digest as Pwned Passwords spells it."""
    return sha1(word.encode(), usedforsecurity=False).hexdigest().upper()


def built(folder: Path, content: bytes) -> tuple[Kind, Breached]:
    """The filter of a list."""
    source, target = folder / "list", folder / "filter"
    source.write_bytes(content)
    read: list[int] = []
    done = build(source, target, read.append)
    assert sum(read) == len(content)
    assert (done.size, target.stat().st_mode & 0o777) == (target.stat().st_size, 0o600)
    assert {each.name for each in folder.iterdir()} == {"list", "filter"}
    found = Breached(target.read_bytes())
    assert len(found) == done.entries
    return done.kind, found


@pytest.mark.parametrize("line", ["{}:17\r\n", "{}:3\n", "{}\n"])
def test_a_list_of_digests_becomes_a_filter(tmp_path: Path, line: str) -> None:
    """Sorted digests with counts, as they are downloaded, or without: every word is found, others are not."""
    text = "".join(line.format(each) for each in sorted(map(digest, WORDS)))
    for content in (text, text.rstrip(), text.lower()):
        kind, found = built(tmp_path, content.encode())
        assert kind is Kind.DIGESTS
        assert all(map(found.has, WORDS))
        assert not found.has("hunter3")


def test_a_list_of_words_becomes_a_filter(tmp_path: Path) -> None:
    """Passwords one a line are found in the normal form and in small letters; blank lines are none.

    Planted: the line's end kept; no normal form; each seen to fail.
    """
    text = "\r\n".join([*WORDS, "", *WORDS, "gro\u0308ßer", "TRUSTNO1"])
    kind, found = built(tmp_path, text.encode())
    assert kind is Kind.WORDS
    assert len(found) == 7  # five as they stand, and two that have another folded form
    assert all(map(found.has, [*WORDS, "trustno1", "TrustNo1", "GRÖSSER"]))
    assert not found.has("")
    assert built(tmp_path, b"hunter2")[1].has("hunter2")


def test_long_lists_are_read_in_parts(tmp_path: Path) -> None:
    """Lines over the ends of blocks and values over the ends of runs are all there."""
    chance = FixedChance(seed="list")
    values = sorted(chance.draw(20) for _ in range(2 * blocklist_build.BLOCK // 42))
    lines = b"".join(value.hex().encode() + b":1\n" for value in values)
    _, found = built(tmp_path, lines)
    assert len(found) == len(values)
    runs = blocklist_build._sorted_runs(iter([3, 1, 2, 3]), tmp_path)  # noqa: SLF001  a run holds a million
    more = blocklist_build._sorted_runs(iter([2, 5]), tmp_path / "..")  # noqa: SLF001  the same
    parts = list(blocklist_build._merged([*runs, *more]))  # noqa: SLF001  the same
    assert parts == [[1, 2, 3, 5]]


A, B = sorted(map(digest, WORDS))[:2]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (f"{A}:1\n{B}:x\n", "Line 2 is not a SHA-1"),
        (f"{A}\n{B[:-1]}\n", "Line 2 is not a SHA-1"),
        (f"{A}\n\n{B}\n", "Line 2 is not a SHA-1"),
        (f"{B}:9\n{A}:9\n", "Line 2 is out of order"),
        (f"{A}\n" + "x" * 5000, "Line 2 is too long"),
        ("8846F7EAEE8FB117AD06BDD830B7586C:9\n", "Line 1 is an NTLM"),
        ("word\n" + "x" * 5000 + "\nword", "Line 2 is too long"),
        ("", "empty"),
        ("\n\n", "empty"),
    ],
)
def test_malformed_lists_are_refused_with_the_line(tmp_path: Path, content: str, reason: str) -> None:
    """What is wrong is told with its line, and the filter that was there stays."""
    source, target = tmp_path / "list", tmp_path / "filter"
    source.write_text(content)
    target.write_text("before")
    with pytest.raises(BadList, match=reason):
        build(source, target, lambda _: None)
    assert target.read_text() == "before"
    assert {each.name for each in tmp_path.iterdir()} == {"list", "filter"}


def test_a_line_that_is_no_text_is_refused(tmp_path: Path) -> None:
    """A word list is UTF-8; where it is not, the line is told, and what stands in it is not shown."""
    source = tmp_path / "list"
    source.write_bytes(b"word\nm\xfcller\n")
    with pytest.raises(BadList, match=r"^Line 2 is not UTF-8\.$") as refused:
        build(source, tmp_path / "filter", lambda _: None)
    assert refused.value.__cause__ is None


def test_order_is_checked_over_the_end_of_a_block(tmp_path: Path) -> None:
    """A digest that is smaller than the last of the block before is found, with its line."""
    number = blocklist_build.BLOCK // 41 + 2
    lines = [f"{value:040X}" for value in range(1, number)]
    source = tmp_path / "list"
    source.write_text("\n".join([*(line.replace("0", "1", 1) for line in lines), "0" * 40]))
    with pytest.raises(BadList, match=f"Line {number} is out of order"):
        build(source, tmp_path / "filter", lambda _: None)


def test_the_command_builds_the_filter(tmp_path: Path) -> None:
    """The filter lies in the data directory, and the next command holds passwords to it."""
    rekey = Rekey(tmp_path, {})
    (tmp_path / "words").write_text("vorhalquem zistolper\n")
    done = rekey.ok("blocklist", "build", str(tmp_path / "words"))
    assert (done["from"], done["entries"]) == ("words", 1)
    assert (tmp_path / "var" / FILTER).stat().st_size == done["bytes"]
    create = ("user", "create", "--username", "mary", "--email", "m@example.org", "--password-stdin")
    assert rekey.refused(*create, typed="vorhalquem zistolper") == "PASSWORD_REJECTED"
    assert rekey.ok(*create, typed="vorhalquem quabdrin")["username"] == "mary"


def test_the_command_refuses_what_it_cannot_use(tmp_path: Path) -> None:
    """A missing file, a malformed one, and a filter that another command builds."""
    rekey = Rekey(tmp_path, {})
    assert rekey.refused("blocklist", "build", "missing") == "INVALID_INPUT"
    (tmp_path / "empty").write_text("")
    assert rekey.refused("blocklist", "build", str(tmp_path / "empty")) == "INVALID_INPUT"
    (tmp_path / "words").write_text("word\n")
    with (tmp_path / "var" / f".{FILTER}.new").open("w") as draft:
        fcntl.flock(draft, fcntl.LOCK_EX)
        assert rekey.refused("blocklist", "build", str(tmp_path / "words")) == "CONFLICT"
