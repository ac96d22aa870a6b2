"""Which channels fail, as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from credentials.kinds import ChannelName, EffectKind
from tests.chance import START
from tests.rows import HOUR

if TYPE_CHECKING:
    from store.unit_of_work import Store

pytestmark = pytest.mark.anyio


async def test_a_channel_fails_since_its_first_failure(store: Store) -> None:
    """The time stays, the reason is the last one, and both go when something gets through."""
    assert await store.read(lambda unit: unit.channels.failing()) == []
    await store.write(lambda unit: unit.channels.fails(ChannelName.MAIL, START, "first"))
    await store.write(lambda unit: unit.channels.fails(ChannelName.MAIL, START + HOUR, "second"))
    failing = await store.read(lambda unit: unit.channels.failing())
    assert failing == [(ChannelName.MAIL, START, "second")]
    await store.write(lambda unit: unit.channels.works(ChannelName.XMPP))
    assert await store.read(lambda unit: unit.channels.failing()) == failing
    await store.write(lambda unit: unit.channels.works(ChannelName.MAIL))
    assert await store.read(lambda unit: unit.channels.failing()) == []


def test_every_kind_of_effect_has_its_channel() -> None:
    """By its first word."""
    assert {kind: kind.channel for kind in EffectKind} == {
        EffectKind.MAIL_RESET: ChannelName.MAIL,
        EffectKind.MAIL_NOTICE: ChannelName.MAIL,
        EffectKind.XMPP_PASSWORD: ChannelName.XMPP,
        EffectKind.XMPP_NOTICE: ChannelName.XMPP,
        EffectKind.XMPP_DISCONNECT: ChannelName.XMPP,
        EffectKind.WEBHOOK: ChannelName.WEBHOOK,
    }
