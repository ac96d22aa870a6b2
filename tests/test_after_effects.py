"""What every end of a user's access has in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from credentials.kinds import LetterName
from credentials.model import EffectKind
from credentials.secret import Secret
from resolvers.after_effects import close_access, renew, seal_account
from resolvers.outbox import letter
from tests.resets import strike

if TYPE_CHECKING:
    from store.unit_of_work import Unit
    from tests.world import World

pytestmark = pytest.mark.anyio
IM, TEL = "mary@localhost", "mary-tel@localhost"


async def test_everything_ends_together(world: World) -> None:
    """R11: sessions, one-time secrets and chat passwords end in one transaction; letters come last."""
    mary = await world.user(jid_im=IM, jid_tel=TEL)
    await world.caller()
    mail, now = await strike(world, mary), world.chance.now()
    chat = [await world.account(jid) for jid in (IM, TEL)]
    draft = letter(world.services, LetterName.PASSWORD_CHANGED, mary, now)
    store, services = world.services.store, world.services
    closed = await store.write(lambda unit: close_access(unit, services, mary, now, [draft]))
    assert closed.revoked_sessions == 1
    assert [effect.kind for effect in closed.effects] == [
        EffectKind.XMPP_NOTICE,
        EffectKind.XMPP_PASSWORD,
        EffectKind.XMPP_DISCONNECT,
        EffectKind.XMPP_PASSWORD,
        EffectKind.XMPP_DISCONNECT,
        EffectKind.MAIL_NOTICE,
    ]
    assert not await store.write(lambda unit: unit.one_time_secrets.spend(mail.id, now))
    fresh = [await world.account(jid) for jid in (IM, TEL)]
    assert fresh[0] != chat[0]
    assert fresh[1] != chat[1]


async def test_an_end_without_a_disconnect(world: World) -> None:
    """Where access stays as it is, the chat accounts do too."""
    mary = await world.user(jid_im=IM)
    chat, now, services = await world.account(IM), world.chance.now(), world.services
    closed = await services.store.write(
        lambda unit: close_access(unit, services, mary, now, [], disconnect=False)
    )
    assert list(closed.effects) == []
    assert await world.account(IM) == chat


async def test_an_accounts_password(world: World) -> None:
    """S3 S8: an account's password is sealed; a code among them can be forgotten, a password cannot."""
    system = (await world.system()).system
    jid, services = system.jid_pbxagent, world.services
    await services.store.write(lambda unit: seal_account(unit, services, jid, Secret("1234"), is_code=True))
    assert await world.account(jid) == Secret("1234")

    def forget(unit: Unit) -> None:
        current = unit.xmpp_accounts.password(jid)
        assert current is not None
        assert current.sealed is not None
        unit.xmpp_accounts.forget_code(jid, current.sealed)

    await services.store.write(forget)
    assert await world.account(jid) is None
    await services.store.write(lambda unit: renew(unit, services, jid))
    await services.store.write(forget)
    kept = await world.account(jid)
    assert kept is not None
    assert len(kept.reveal()) == 43
