"""One line of the audit for each thing that happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from credentials.model import EventKind
from resolvers.audit import record
from resolvers.selectors import GeoPoint
from resolvers.services import Origin

if TYPE_CHECKING:
    from store.unit_of_work import Unit
    from tests.world import World

pytestmark = pytest.mark.anyio


async def test_all_that_a_line_says(world: World) -> None:
    """T3: who did what to whom, when, from where, in which request; a code makes it a refusal."""
    where = Origin("r-1", "192.0.2.9", "x" * 300)
    now = world.chance.now()
    await world.services.store.write(
        lambda unit: record(
            unit,
            world.services,
            where,
            EventKind.PASSWORD_RESET,
            now=now,
            actor="user:u",
            code="INVALID_TOKEN",
            user_id="u",
            system_id="s",
            api_key_id="k",
            location=GeoPoint(-12.5, 130.25),
        )
    )
    (event,) = await world.events()
    assert (event.at, event.kind, event.success) == (now, EventKind.PASSWORD_RESET, False)
    assert (event.code, event.actor, event.request_id) == ("INVALID_TOKEN", "user:u", "r-1")
    assert (event.user_id, event.system_id, event.api_key_id) == ("u", "s", "k")
    assert (event.address, event.user_agent) == ("192.0.2.9", "x" * 256)
    assert (event.latitude, event.longitude) == (-12.5, 130.25)


async def test_what_a_line_leaves_out(world: World) -> None:
    """What is not known is null; without a code it is a success of nobody known."""
    now = world.chance.now()
    await world.services.store.write(
        lambda unit: record(unit, world.services, Origin("r-2"), EventKind.SIGNED_OUT, now=now)
    )
    (event,) = await world.events()
    assert (event.success, event.code, event.actor) == (True, None, "anonymous")
    owners = (event.user_id, event.system_id, event.api_key_id, event.address, event.user_agent)
    assert {*owners, event.latitude, event.longitude} == {None}


async def test_a_line_is_logged_after_its_commit(world: World) -> None:
    """Who, whom, from which network, in which request; what was rolled back is not said.

    Planted: logged where it is written; seen to fail.
    """
    now = world.chance.now()

    def note(unit: Unit, request: str) -> None:
        where = Origin(request, "2001:db8:1:2::9", "agent")
        kind = EventKind.SIGN_IN_FAILED
        record(unit, world.services, where, kind, now=now, code="INVALID_CREDENTIALS", user_id="u")
        if request == "rolled back":
            raise ZeroDivisionError

    with capture_logs() as logged:
        with pytest.raises(ZeroDivisionError):
            await world.services.store.write(note, "rolled back")
        assert logged == []
        await world.services.store.write(note, "r-3")
    assert logged == [
        {
            "event": "audit",
            "log_level": "info",
            "kind": "SIGN_IN_FAILED",
            "success": False,
            "code": "INVALID_CREDENTIALS",
            "actor": "anonymous",
            "user": "u",
            "system": None,
            "api_key": None,
            "network": "2001:db8:1:2::/64",
            "request_id": "r-3",
            "count": 1,
        }
    ]
