"""Which XMPP addresses Rekey may manage."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from resolvers.jids import jid_fault, jid_of, jid_of_system

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("jid", "code"),
    [
        (None, None),
        ("mary@localhost", None),
        ("Mary.Major-1_x@LOCALHOST", None),
        ("1@localhost", None),
        ("x" * 255 + "@localhost", None),
        ("x" * 256 + "@localhost", "MALFORMED"),
        ("", "MALFORMED"),
        ("mary", "MALFORMED"),
        ("@localhost", "MALFORMED"),
        ("mary@", "MALFORMED"),
        ("localhost", "MALFORMED"),
        ("mary@localhost/phone", "MALFORMED"),
        ("mary@elsewhere", "MALFORMED"),
        ("mary@sub.localhost", "MALFORMED"),
        ("mary@x@localhost", "MALFORMED"),
        ("ma ry@localhost", "MALFORMED"),
        ("mary@localhost\n", "MALFORMED"),
        ("m\u00e4ry@localhost", "MALFORMED"),
        ("\u212aelvin@localhost", "MALFORMED"),
        ("mary\ud800@localhost", "MALFORMED"),
        ("rekey@localhost", "NOT_ALLOWED"),
        ("REKEY@localhost", "NOT_ALLOWED"),
    ],
)
async def test_which_are_taken(embedded: World, jid: str | None, code: str | None) -> None:
    """1.7: a JID is bare, in our domain, of plain letters, and none of Rekey's own in any spelling."""
    rules = replace(embedded.services.rules, reserved_jids=frozenset({"rekey@localhost"}))
    fault = jid_fault(replace(embedded.services, rules=rules), "jidIm", jid)
    assert (None if fault is None else (fault.field, fault.code)) == (code and ("jidIm", code))


async def test_one_that_is_made(embedded: World) -> None:
    """S3: a system that was given no JID has one that is taken by the same rule."""
    made = jid_of_system(embedded.services, embedded.chance.new_id())
    assert jid_fault(embedded.services, "jidPbxagent", made) is None
    assert jid_of(made) == made
