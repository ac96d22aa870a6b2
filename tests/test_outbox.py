"""Effects as a use case writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from credentials.kinds import LetterName
from credentials.model import ChatAccount, ChatAccountKind, EffectKind
from resolvers.outbox import account_effects, letter, system_effects, to_administrators

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio


async def test_a_letter(embedded: World) -> None:
    """A letter goes to the address that was stored when it was written, or to one that is named."""
    mary = await embedded.user(full_name="Mary", locale="fr_FR")
    now = embedded.chance.now()
    made = letter(embedded.services, LetterName.PASSWORD_CHANGED, mary, now, tells={"address": "192.0.2.1"})
    assert (made["kind"], made["subject"], made["target"], made["user_id"]) == (
        EffectKind.MAIL_NOTICE,
        f"mail:{mary.id}",
        mary.id,
        mary.id,
    )
    assert made["details"] == {
        "letter": "PASSWORD_CHANGED",
        "to": "mary@example.org",
        "fullName": "Mary",
        "locale": "fr_FR",
        "at": now.isoformat(),
        "address": "192.0.2.1",
    }
    other = letter(embedded.services, LetterName.ADDRESS_CHANGED, mary, now, to="old@example.org")
    assert other["details"]["to"] == "old@example.org"
    assert other["id"] != made["id"]


async def test_what_an_account_is_told_in_order(embedded: World) -> None:
    """R8: the message goes to the IM account only and first; the disconnect comes last."""
    now = embedded.chance.now()
    told = {}
    for kind in ChatAccountKind:
        drafts = account_effects(embedded.services, ChatAccount("u", kind, "x@localhost"), now)
        assert {(each["subject"], each["target"], each["user_id"]) for each in drafts} == {
            ("xmpp:x@localhost", "x@localhost", "u")
        }
        assert [each["details"] for each in drafts] == [{}] * len(drafts)
        told[kind] = [each["kind"] for each in drafts]
    rest = [EffectKind.XMPP_PASSWORD, EffectKind.XMPP_DISCONNECT]
    assert told == {ChatAccountKind.IM: [EffectKind.XMPP_NOTICE, *rest], ChatAccountKind.TEL: rest}


async def test_what_a_system_is_told(world: World) -> None:
    """S3: a system's account gets the password and then the disconnect, on one line of its JID."""
    system = (await world.system()).system
    drafts = system_effects(world.services, system, world.chance.now())
    assert [each["kind"] for each in drafts] == [EffectKind.XMPP_PASSWORD, EffectKind.XMPP_DISCONNECT]
    assert {(each["subject"], each["system_id"], each["user_id"]) for each in drafts} == {
        (f"xmpp:{system.jid_pbxagent}", system.id, None)
    }


async def test_one_letter_for_each_reader(embedded: World) -> None:
    """C8: each administrator gets a letter of their own, in their language."""
    readers = [await embedded.user("one", locale="fr_FR"), await embedded.user("two")]
    drafts = to_administrators(
        embedded.services,
        readers,
        embedded.chance.now(),
        what="API_KEY_CREATED",
        actor="root",
        subject="backup",
    )
    told = [(each["details"]["to"], each["details"]["locale"]) for each in drafts]
    assert told == [("one@example.org", "fr_FR"), ("two@example.org", "en_US")]
    assert {each["details"]["letter"] for each in drafts} == {"ADMINISTRATOR_NOTICE"}
    assert {each["details"]["actor"] for each in drafts} == {"root"}
