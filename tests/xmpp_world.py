"""Rekey's XMPP channel on a store of the test's, and the servers that it talks to."""

from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from credentials.kinds import EffectKind
from credentials.places import account_password
from delivery.xmpp import XmppChannel, open_xmpp
from tests.ejabberd import ejabberd_server, missing_ejabberd
from tests.prosody import missing_prosody, prosody_server
from tests.requirements import require
from tests.rows import effect_values

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from credentials.model import Effect
    from credentials.secret import Secret
    from delivery.settlement import Settlement
    from delivery.xmpp import XmppServer
    from tests.ejabberd import Ejabberd
    from tests.prosody import Prosody
    from tests.world import World

SERVERS = ["prosody", "ejabberd"]
XMPP_KINDS = frozenset({EffectKind.XMPP_NOTICE, EffectKind.XMPP_PASSWORD, EffectKind.XMPP_DISCONNECT})


@contextmanager
def chat_server(name: str) -> Iterator[Prosody | Ejabberd]:
    """A server by its name, or the test is skipped where it is not installed."""
    if name == "prosody":
        require(missing_prosody())
        with prosody_server() as prosody:
            yield prosody
    else:
        require(missing_ejabberd())
        with ejabberd_server() as ejabberd:
            yield ejabberd


@dataclass
class XmppWorld:
    """A channel, and shorthands for what its tests begin with."""

    world: World
    server: XmppServer
    channel: XmppChannel

    async def add(self, kind: EffectKind, jid: str, name: str | None = None) -> Effect:
        """Puts an effect for an account into the outbox."""
        values = effect_values(name or f"{kind}{jid}", kind=kind, subject=f"xmpp:{jid}", target=jid)
        (added,) = await self.world.services.store.write(lambda unit: unit.effects.add([values]))
        return added

    async def deliver(self, effect: Effect) -> Settlement:
        """Carries an effect out as it is now, and settles it as a relay would."""
        store = self.world.services.store
        now = await store.read(lambda unit: unit.effects.find(effect.id))
        assert now is not None
        settlement = await self.channel.deliver(now)
        if settlement.after is not None:
            await store.write(settlement.after)
        return settlement

    async def deliver_since(self, before: int) -> None:
        """Carries the XMPP effects out, in order, that were written after the first so many effects."""
        for effect in (await self.world.effects())[before:]:
            if effect.kind in XMPP_KINDS:
                await self.deliver(effect)

    async def keep(self, jid: str, password: Secret, *, is_code: bool = False) -> None:
        """Makes a password the account's current one, of an account that Rekey has."""
        sealed = self.world.services.vault.seal(password, **account_password(jid))
        await self.world.services.store.write(
            lambda unit: unit.xmpp_accounts.set_password(jid, sealed, is_code=is_code)
        )


@asynccontextmanager
async def xmpp_world(world: World, url: Secret, seconds: float = 10.0) -> AsyncIterator[XmppWorld]:
    """A channel to the server at a URL, closed at the end."""
    services = world.services
    server = open_xmpp(url, seconds)
    channel = XmppChannel(server, services.store, services.vault, services.chance)
    try:
        yield XmppWorld(world, server, channel)
    finally:
        await channel.close()
