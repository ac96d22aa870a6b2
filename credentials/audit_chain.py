"""The audit's chain: each line's keyed digest covers the line and the digest before it."""

import hmac
import re
import struct
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from credentials.digests import Digest
from credentials.encoding import frame
from credentials.key_ring import KeyRing
from credentials.model import Event

#: What a line goes on from where the head before it is not ours: no line of it verifies, now or later.
BROKEN = b"broken"

# A database's numbers of 64 bits have nineteen digits, and HMAC-SHA256's 32 bytes 64 in hex.
_PLACE = re.compile(r"([0-9]{1,19}):((?:[0-9a-f]{64})?)")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIELDS = tuple(field.name for field in fields(Event))


class Mark(StrEnum):
    """What is kept of the chain beside its lines."""

    HEAD = "head"
    CHECKPOINT = "checkpoint"


class Link(NamedTuple):
    """A place in the chain.

    Attributes:
        position: Of the line; where the chain begins, the position before its first line.
        key_id: The root key of the digest; None where the chain begins.
        digest: 32 bytes; empty where the chain begins.
    """

    position: int
    key_id: str | None
    digest: bytes

    @property
    def text(self) -> str:
        """The place as people keep it: the position, a colon and the digest in hex."""
        return f"{self.position}:{self.digest.hex()}"


class Kept(NamedTuple):
    """The chain's head or its checkpoint as it is kept; without a stamp the chain begins there."""

    link: Link
    stamp: Digest | None


def read_place(text: str) -> Link | None:
    """Read what `Link.text` gives.

    Args:
        text: What somebody typed; any text.

    Returns:
        The place, without its key; None where the text is none.
    """
    found = _PLACE.fullmatch(text.strip())
    return Link(int(found[1]), None, bytes.fromhex(found[2])) if found else None


def canonical(event: Event) -> bytes:
    """Spell a line in bytes, such that no other line gives the same.

    Every field stands after its length and a letter for its type; times count whole microseconds since 1970,
    numbers with a point are IEEE 754 doubles with the highest byte first.
    """
    return frame(*(_spell(getattr(event, name)) for name in _FIELDS))


def _spell(value: object) -> bytes:
    match value:
        case None:
            return b"-"
        case str():
            return b"s" + value.encode("utf-8", "surrogatepass")
        case int():
            return b"i%d" % value
        case float():
            return b"f" + struct.pack(">d", value)
        case datetime():
            return b"t%d" % ((value - _EPOCH) // timedelta(microseconds=1))
        case _:
            # No line is written with one: SQLite keeps whatever a hand puts into a column.
            return b"?" + repr(value).encode()


class AuditChain:
    """Makes and checks the digests of the audit: HMAC-SHA256 (RFC 2104) under keys of their own.

    Args:
        ring: The root keys; the current one makes new digests, old ones name theirs.
    """

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring

    def follow(self, before: Link, event: Event) -> Link:
        """Return the place of a line that has its position, behind the place before it."""
        return self._follow(before, event, self._ring.current_id)

    def is_next(self, before: Link, event: Event, link: Link) -> bool:
        """Tell whether a line stands where it says; False too where its key is not here."""
        if link.position != before.position + 1 or not self.knows(link):
            return False
        made = self._follow(before, event, link.key_id or "")
        return hmac.compare_digest(made.digest, link.digest)

    def knows(self, link: Link) -> bool:
        """Tell whether the root key of a digest is here."""
        return link.key_id in self._ring.ids

    def stamp(self, mark: Mark, link: Link) -> Digest:
        """Return what shows that the service itself put its head or its checkpoint there."""
        return self._stamp(mark, link, self._ring.current_id)

    def is_ours(self, mark: Mark, kept: Kept) -> bool:
        """Tell whether a head or a checkpoint was stamped, or stands where the chain begins."""
        if kept.stamp is None:
            return not kept.link.digest
        if kept.stamp.key_id not in self._ring.ids:
            return False
        made = self._stamp(mark, kept.link, kept.stamp.key_id)
        return hmac.compare_digest(made.value, kept.stamp.value)

    def resume(self, head: Kept) -> Link:
        """Return where the next line goes on.

        Behind a head that is not ours the lines go on all the same, and what was done to the chain shows in
        them for good.
        """
        return head.link if self.is_ours(Mark.HEAD, head) else head.link._replace(digest=BROKEN)

    def _follow(self, before: Link, event: Event, key_id: str) -> Link:
        key = self._ring.derive("audit", key_id)
        content = frame(b"line", before.digest, canonical(event))
        return Link(before.position + 1, key_id, hmac.digest(key, content, "sha256"))

    def _stamp(self, mark: Mark, link: Link, key_id: str) -> Digest:
        key = self._ring.derive("audit", key_id)
        content = frame(mark.encode(), b"%d" % link.position, (link.key_id or "").encode(), link.digest)
        return Digest(key_id, hmac.digest(key, content, "sha256"))
