"""The digests that chain the audit's lines."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from credentials.audit_chain import BROKEN, AuditChain, Kept, Link, Mark, canonical, read_place
from credentials.digests import Digest
from credentials.key_ring import KeyRing
from credentials.kinds import EventKind
from credentials.model import Event
from tests.chance import START

ROOTS = [b"1" * 32, b"2" * 32]
RING = KeyRing(ROOTS[:1])
CHAIN = AuditChain(RING)
BEGIN = Link(0, None, b"")
LINE = Event(
    id="one",
    sequence=7,
    at=START,
    kind=EventKind.SIGNED_IN,
    success=True,
    code=None,
    actor="anonymous",
    user_id=None,
    system_id=None,
    api_key_id=None,
    address=None,
    user_agent=None,
    request_id="request",
    latitude=None,
    longitude=None,
    position=1,
)

TEXTS = st.text(st.sampled_from("ab\0|-s\ud800é"), max_size=3)
MAYBE = st.none() | TEXTS
NUMBERS = st.integers(-3, 300)
PLACES = st.none() | st.floats(-180, 180)
TIMES = st.integers(-3, 3).map(lambda number: START + timedelta(microseconds=number))
LINES = st.builds(
    Event,
    id=TEXTS,
    sequence=NUMBERS,
    at=TIMES,
    kind=st.sampled_from(EventKind),
    success=st.booleans(),
    code=MAYBE,
    actor=TEXTS,
    user_id=MAYBE,
    system_id=MAYBE,
    api_key_id=MAYBE,
    address=MAYBE,
    user_agent=MAYBE,
    request_id=TEXTS,
    latitude=PLACES,
    longitude=PLACES,
    position=NUMBERS,
    counted=NUMBERS,
)


@given(LINES, LINES)
def test_two_lines_never_give_the_same_bytes(one: Event, other: Event) -> None:
    """Planted: fields joined without their lengths, and None spelled as an empty text; each seen to fail."""
    assert (canonical(one) == canonical(other)) == (one == other)


@given(LINES, st.sampled_from([field.name for field in fields(Event)]), LINES)
def test_every_field_is_in_the_bytes(line: Event, name: str, other: Event) -> None:
    """Whatever else is equal. Planted: the user agent left out; seen to fail."""
    changed = replace(line, **{name: getattr(other, name)})
    assert (canonical(line) == canonical(changed)) == (line == changed)


def test_what_no_line_holds_has_bytes_too() -> None:
    """A value of another type in a column gives other bytes than any line."""
    kept = replace(LINE, actor=b"anonymous")  # type: ignore[arg-type]  # as SQLite keeps it
    assert canonical(kept) not in {canonical(LINE), canonical(replace(LINE, actor="b'anonymous'"))}


def test_a_digest_is_of_its_line_and_of_those_before() -> None:
    """The position is one more, the key the current one; a changed line or another before it is seen."""
    link = CHAIN.follow(BEGIN, LINE)
    assert (link.position, link.key_id, len(link.digest)) == (1, RING.current_id, 32)
    assert CHAIN.is_next(BEGIN, LINE, link)
    assert not CHAIN.is_next(BEGIN, replace(LINE, user_id="u"), link)
    assert not CHAIN.is_next(BEGIN._replace(digest=b"x"), LINE, link)
    assert not CHAIN.is_next(BEGIN, LINE, link._replace(position=2))
    assert not AuditChain(KeyRing(ROOTS[1:])).is_next(BEGIN, LINE, link)


def test_a_chain_spans_two_root_keys() -> None:
    """Behind a rotation new lines name the new key; both verify as long as both keys are here."""
    ring = KeyRing(ROOTS)
    ring.use(ring.ids[0])
    chain = AuditChain(ring)
    first = chain.follow(BEGIN, LINE)
    ring.use(ring.ids[1])
    next_line = replace(LINE, position=2)
    second = chain.follow(first, next_line)
    assert (first.key_id, second.key_id) == ring.ids
    assert chain.is_next(BEGIN, LINE, first)
    assert chain.is_next(first, next_line, second)
    assert not CHAIN.knows(second)


def test_a_head_is_stamped() -> None:
    """Another place, another mark or a key that is not here is not ours; without a stamp it is the beginning.

    Planted: the mark left out of the stamp; seen to fail.
    """
    link = CHAIN.follow(BEGIN, LINE)
    head = Kept(link, CHAIN.stamp(Mark.HEAD, link))
    assert CHAIN.is_ours(Mark.HEAD, head)
    assert not CHAIN.is_ours(Mark.CHECKPOINT, head)
    assert not CHAIN.is_ours(Mark.HEAD, head._replace(link=link._replace(position=2)))
    assert not CHAIN.is_ours(Mark.HEAD, head._replace(link=link._replace(key_id=None)))
    assert not CHAIN.is_ours(Mark.HEAD, Kept(link, Digest("00000000", b"")))
    assert not CHAIN.is_ours(Mark.HEAD, Kept(link, None))
    assert CHAIN.is_ours(Mark.HEAD, Kept(BEGIN, None))


def test_lines_go_on_behind_a_head_that_is_not_ours() -> None:
    """And do not verify, so that a new stamp does not heal what was done."""
    link = CHAIN.follow(BEGIN, LINE)
    assert CHAIN.resume(Kept(link, CHAIN.stamp(Mark.HEAD, link))) == link
    assert CHAIN.resume(Kept(link, None)) == link._replace(digest=BROKEN)


def test_a_place_is_read_as_it_is_shown() -> None:
    """Blanks around it are ignored; a beginning has no digest; any other text is none."""
    link = CHAIN.follow(BEGIN, LINE)
    assert read_place(f" {link.text}\n") == link._replace(key_id=None)
    assert read_place("12:") == Link(12, None, b"")
    for text in (
        "",
        "12",
        ":",
        "-1:",
        "x:" + 64 * "0",
        "1:0",
        "²:",
        "1:" + 64 * "x",
        "1:" + 32 * "0 ",
        20 * "9" + ":",
    ):
        assert read_place(text) is None, text


def test_a_digest_can_be_made_elsewhere() -> None:
    """The vector was made by the lines beside it, with Python's own hmac and hashlib."""
    line = replace(LINE, at=datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC), latitude=-12.5)
    link = CHAIN.follow(BEGIN, line)
    assert link.digest.hex() == VECTOR


#: key = HKDF-SHA256(b"1" * 32, no salt, info b"rekey/1/audit", 32 bytes); HMAC-SHA256 over each of b"line",
#: b"" and the canonical bytes after its length in eight bytes.
VECTOR = "79f11ae4327df26a3e11c80c5e9553bee817bee20194f7d7fb24db2a40b211a5"
