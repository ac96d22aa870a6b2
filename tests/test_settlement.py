"""How a delivery ends where nothing is configured for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from credentials.kinds import EffectKind, EffectState
from delivery.relay import Relay
from delivery.settlement import Settlement, skipped
from tests.rows import effect_values

if TYPE_CHECKING:
    from tests.world import World


@pytest.mark.anyio
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("kind", list(EffectKind))
async def test_what_nothing_is_configured_for_is_skipped(world: World, kind: EffectKind) -> None:
    """SKIPPED, with the setting that is missing."""
    relay = Relay(world.services.store, world.chance, {})
    await world.services.store.write(lambda unit: unit.effects.add([effect_values("one", kind=kind)]))
    assert await relay.step()
    (effect,) = await world.effects()
    assert effect.state is EffectState.SKIPPED
    assert ("REKEY_WEBHOOKS_FILE" if kind is EffectKind.WEBHOOK else "REKEY_XMPP_URL") in (
        effect.last_error or ""
    )


def test_a_settlement_is_delivered_unless_it_says_otherwise() -> None:
    """The plain one has neither reason nor reader; a skipped one has its reason."""
    assert Settlement() == Settlement(EffectState.DELIVERED, None, None)
    assert skipped("Nobody.") == Settlement(EffectState.SKIPPED, "Nobody.")
