"""Make a system."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from credentials.model import EffectKind, EventKind, SystemStatus
from resolvers.create_system import SystemCreated, create_system
from resolvers.outcomes import AlreadyExists, InvalidInput
from tests.agents import activated
from tests.statements import statements
from tests.world import OPERATOR, origin

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio


async def test_a_system_waits_for_its_agent(world: World) -> None:
    """S3: a new system is CREATED with a code of four digits for 24 hours, its account's password too."""
    made = await world.system()
    system = made.system
    assert (system.status, system.name) == (SystemStatus.CREATED, "exchange")
    assert 1000 <= int(made.activation_code.reveal()) <= 9999
    assert made.activation_code_expires_at == world.chance.now() + timedelta(hours=24)
    assert system.code_expires_at == made.activation_code_expires_at
    assert await world.account(system.jid_pbxagent) == made.activation_code
    assert [(each.kind, each.target) for each in await world.effects()] == [
        (EffectKind.XMPP_PASSWORD, system.jid_pbxagent),
        (EffectKind.XMPP_DISCONNECT, system.jid_pbxagent),
    ]
    (event,) = await world.events(EventKind.SYSTEM_CREATED)
    assert (event.system_id, event.actor) == (system.id, OPERATOR.actor)
    await activated(world, system.pbx_id, made.activation_code)


async def test_what_is_not_given_is_made(world: World) -> None:
    """S8: a `pbxId` that is not given has 80 random bits, a JID the system's id, in our domain."""
    one, two = await world.system(), await world.system()
    assert one.system.pbx_id != two.system.pbx_id
    assert len(one.system.pbx_id.removeprefix("PBX-").replace("-", "")) == 16
    assert one.system.jid_pbxagent == f"pbxagent-{one.system.id}@localhost"


async def test_what_is_given_is_kept(world: World) -> None:
    """`pbxId`, JID and the digits of the code are taken as they are given; a JID's case is folded."""
    made = await world.system(pbx_id="PBX#1", jid_pbxagent="Agent.1@LOCALHOST", code_digits=12)
    assert (made.system.pbx_id, made.system.jid_pbxagent) == ("PBX#1", "agent.1@localhost")
    assert len(made.activation_code.reveal()) == 12


async def test_names_that_are_taken(world: World) -> None:
    """1.7: a taken `pbxId`, or a JID that a user or a system has, leaves nothing behind."""
    await world.user(jid_im="mary@localhost")
    await world.system(pbx_id="PBX", jid_pbxagent="agent@localhost")
    before, effects = (
        await world.services.store.read(lambda unit: unit.systems.count(None)),
        await world.effects(),
    )
    asked = (world.services, origin(), OPERATOR, "other")
    assert await create_system(*asked, pbx_id="PBX") == AlreadyExists("pbxId")
    for jid in ("mary@localhost", "AGENT@localhost"):
        taken = await create_system(*asked, pbx_id="free", jid_pbxagent=jid)
        assert taken == AlreadyExists("jidPbxagent")
    assert await world.services.store.read(lambda unit: unit.systems.count(None)) == before
    assert await world.effects() == effects
    await world.system(pbx_id="free")


@pytest.mark.parametrize("names", [{"pbx_id": "PBX"}, {"jid_pbxagent": "agent@localhost"}])
async def test_the_same_name_at_once(world: World, names: dict[str, Any]) -> None:
    """1.7: of eight systems at once with one `pbxId` or one JID exactly one is made.

    Planted: the JID's conflict overlooked; seen to fail.
    """
    answers = await asyncio.gather(
        *(create_system(world.services, origin(), OPERATOR, f"{n}", **names) for n in range(8))
    )
    assert sum(isinstance(answer, SystemCreated) for answer in answers) == 1
    assert sum(isinstance(answer, AlreadyExists) for answer in answers) == 7
    assert await world.services.store.read(lambda unit: unit.systems.count(None)) == 1


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"name": ""}, ("name", "REQUIRED")),
        ({"name": "x" * 255}, ("name", "TOO_LONG")),
        ({"name": "a\nb"}, ("name", "MALFORMED")),
        ({"pbx_id": ""}, ("pbxId", "MALFORMED")),
        ({"pbx_id": "a b"}, ("pbxId", "MALFORMED")),
        ({"pbx_id": "x" * 65}, ("pbxId", "MALFORMED")),
        ({"pbx_id": "\u00fc"}, ("pbxId", "MALFORMED")),
        ({"jid_pbxagent": "agent@elsewhere"}, ("jidPbxagent", "MALFORMED")),
        ({"jid_pbxagent": "rekey@localhost"}, ("jidPbxagent", "NOT_ALLOWED")),
        ({"code_digits": 3}, ("codeDigits", "OUT_OF_RANGE")),
    ],
)
async def test_shape(embedded: World, values: dict[str, Any], fault: tuple[str, str]) -> None:
    """1.7 1.8: what has no shape is refused by its field, with nothing made."""
    rules = replace(embedded.services.rules, reserved_jids=frozenset({"rekey@localhost"}))
    services = replace(embedded.services, rules=rules)
    with statements() as asked:
        refusal = await create_system(services, origin(), OPERATOR, **{"name": "exchange", **values})
    assert isinstance(refusal, InvalidInput)
    assert [(each.field, each.code) for each in refusal.faults] == [fault]
    assert asked == []
