"""A session is begun, and what its owner is given."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from resolvers.services import Origin
from resolvers.sessions import lasts_until, new_session, tokens
from tests.world import origin

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio
DAY = timedelta(days=1)


async def test_a_session_of_the_epoch_that_was_read(embedded: World) -> None:
    """R4: a session has the epoch that its user had when it was proved, and where it came from."""
    mary, now = await embedded.user(), embedded.chance.now()
    session = new_session(embedded.services, origin(), replace(mary, epoch=7), now)
    assert (session.user_id, session.epoch, session.refresh_n, session.ended_at) == (mary.id, 7, 0, None)
    assert (session.address, session.user_agent, session.created_at) == ("192.0.2.1", "pytest", now)
    nameless = new_session(embedded.services, Origin("request", user_agent="x" * 257), mary, now)
    assert nameless.user_agent == "x" * 256
    assert new_session(embedded.services, Origin("request"), mary, now).user_agent is None


async def test_idle_and_absolute(embedded: World) -> None:
    """A session lasts seven days from its last refresh, and thirty from its beginning."""
    mary, now = await embedded.user(), embedded.chance.now()
    session = new_session(embedded.services, origin(), mary, now)
    assert session.expires_at == now + 7 * DAY
    assert lasts_until(embedded.services, session, now + 23 * DAY) == now + 30 * DAY
    assert lasts_until(embedded.services, session, now + 29 * DAY) == now + 30 * DAY


async def test_an_access_token_does_not_outlive_its_session(embedded: World) -> None:
    """The tokens end with the session; the refresh token is the one of its number."""
    mary, now = await embedded.user(), embedded.chance.now()
    session = new_session(embedded.services, origin(), mary, now)
    usual = tokens(embedded.services, session, mary)
    assert usual.access_token_expires_at == now + timedelta(minutes=15)
    embedded.chance.forward(7 * DAY - timedelta(minutes=1))
    late = tokens(embedded.services, session, mary)
    assert late.access_token_expires_at == late.refresh_token_expires_at == session.expires_at
    assert late.refresh_token == usual.refresh_token
    other = tokens(embedded.services, replace(session, refresh_n=1), mary)
    assert other.refresh_token != usual.refresh_token
