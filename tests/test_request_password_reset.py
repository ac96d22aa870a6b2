"""Ask for a reset by mail."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select

from credentials.model import EffectKind, EffectState, EventKind, Role
from credentials.places import wish_address
from credentials.secret import Secret
from resolvers.create_api_key import ApiKeyCreated, create_api_key
from resolvers.outcomes import InvalidInput, TooManyAttempts, Unauthenticated
from resolvers.request_password_reset import WISHES_A_NETWORK, ResetRequested, request_password_reset
from resolvers.selectors import GeoPoint
from store.tables import attempts, effects, wishes
from tests.direct import direct
from tests.rows import HOUR, claim_mail
from tests.statements import statements
from tests.world import OPERATOR, origin

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from resolvers.services import Origin, Services
    from store.unit_of_work import Unit
    from tests.world import World

pytestmark = pytest.mark.anyio
MARY = "mary@example.org"


async def wish(
    services: Services, address: str = MARY, where: Origin | None = None, **values: Any
) -> ResetRequested | InvalidInput | TooManyAttempts | Unauthenticated:
    """Asks for a reset."""
    sent = {"locale": None, "api_key": None, "location": None, **values}
    return await request_password_reset(services, where or origin(), address, **sent)


async def mails(world: World) -> int:
    """How many mails were wished for."""
    return len([effect for effect in await world.effects() if effect.kind is EffectKind.MAIL_RESET])


async def sent(world: World) -> None:
    """Settles what waits to be sent, as the relay does."""

    def settle(unit: Unit) -> None:
        now = world.chance.now()
        for effect in claim_mail(unit, "mine", now, now + HOUR):
            assert unit.due.settle(effect, "mine", EffectState.DELIVERED, now=now)

    while any(effect.state is EffectState.PENDING for effect in await world.effects()):
        await world.services.store.write(settle)


async def test_a_wish_is_written_and_nothing_looked_up(world: World) -> None:
    """R9 R12: known or not, an address gets the same answer by the same statements, users unread.

    Planted: the user looked up first; seen to fail.
    """
    await world.user()
    seen = []
    for address in (MARY, "nobody@example.org", "guest"):
        with statements() as asked:
            assert await wish(world.services, address) == ResetRequested()
        seen.append(asked)
    assert seen[0] == seen[1] == seen[2]
    assert not [statement for statement in seen[0] if "login_names" in statement or "FROM users" in statement]
    assert await mails(world) == 3


async def test_the_address_lies_sealed(world: World) -> None:
    """The typed address is in neither the effect nor the audit; the wish holds it, sealed."""
    assert await wish(world.services, locale="fr_FR") == ResetRequested()
    (effect,) = await world.effects()
    assert effect.target == effect.id
    assert effect.details == {"locale": "fr_FR"}
    assert effect.user_id is None
    assert MARY not in json.dumps([effect.subject, effect.details])
    sealed = await world.services.store.read(lambda unit: unit.wishes.find(effect.id))
    assert sealed is not None
    assert world.services.vault.open(sealed, **wish_address(effect.id)) == Secret(MARY)


async def test_three_mails_an_hour_at_once(world: World) -> None:
    """R12: three wishes an hour go at once, later ones one a quarter of an hour; the answer is the same.

    Planted: no quarter of an hour between later ones; seen to fail.
    """
    for expected in (1, 2, 3, 3, 3):
        assert await wish(world.services, MARY.upper() if expected == 2 else MARY) == ResetRequested()
        assert await mails(world) == expected
    await sent(world)
    for _ in range(3):
        world.chance.forward(timedelta(minutes=15) - timedelta(seconds=1))
        before = await mails(world)
        assert await wish(world.services) == ResetRequested()
        assert await mails(world) == before
        world.chance.forward(timedelta(seconds=1))
        assert await wish(world.services) == ResetRequested()
        assert await mails(world) == before + 1
        await sent(world)
    assert await wish(world.services, "john@example.org") == ResetRequested()
    assert await mails(world) == 7


async def test_after_an_hour_three_more(world: World) -> None:
    """R12: an hour after the first of them an address has three at once again."""
    for _ in range(5):
        await wish(world.services)
    await sent(world)
    world.chance.forward(timedelta(hours=1))
    for _ in range(5):
        await wish(world.services)
    assert await mails(world) == 6


async def test_an_address_does_not_pile_up(world: World, database_url: Secret) -> None:
    """From however many networks, while no mail goes out: three wishes wait, however long that lasts."""
    for _ in range(5):
        for number in range(10):
            assert await wish(world.services, where=origin(f"198.51.100.{number}")) == ResetRequested()
        world.chance.forward(timedelta(hours=1))

    def count(connection: Connection) -> list[int | None]:
        return [
            connection.scalar(select(func.count()).select_from(table))
            for table in (wishes, effects, attempts)
        ]

    assert await direct(database_url, count) == [3, 3, 11]
    await sent(world)
    await wish(world.services)
    assert await mails(world) == 4


async def test_dropped_and_sent_wishes_are_in_the_audit(world: World) -> None:
    """T2 T3: each wish is in the audit with application and coordinates, dropped ones too; nobody's id."""
    made = await create_api_key(world.services, origin(), OPERATOR, "app", Role.USER, None)
    assert isinstance(made, ApiKeyCreated)
    for _ in range(4):
        await wish(world.services, api_key=made.api_key, location=GeoPoint(-90.0, 180.0))
    events = await world.events(EventKind.RESET_REQUESTED)
    assert [
        (event.success, event.user_id, event.api_key_id, event.latitude, event.longitude) for event in events
    ] == [(True, None, made.id, -90.0, 180.0)] * 4


async def test_a_network_has_a_bound(world: World) -> None:
    """One network cannot fill the database with wishes: 300 an hour."""
    for number in range(WISHES_A_NETWORK):
        assert await wish(world.services, f"{number}@example.org") == ResetRequested()
    assert await wish(world.services) == TooManyAttempts(3600)
    assert await wish(world.services, where=origin("198.51.100.1")) == ResetRequested()
    world.chance.forward(timedelta(hours=1))
    assert await wish(world.services) == ResetRequested()


async def test_an_application_may_be_required(world: World) -> None:
    """T2: with REKEY_REQUIRE_API_KEY a wish without a live key is UNAUTHENTICATED; two keys are invalid."""
    services = world.with_rules(require_api_key=True)
    with statements() as asked:
        assert await wish(services) == Unauthenticated()
        differs = replace(origin(), api_key=Secret("one"))
        refusal = await wish(services, where=differs, api_key=Secret("other"))
    assert isinstance(refusal, InvalidInput)
    assert [fault.field for fault in refusal.faults] == ["apiKey"]
    assert asked == []


@pytest.mark.parametrize(
    ("address", "values", "faults"),
    [
        ("", {}, [("emailAddress", "REQUIRED")]),
        ("x" * 255, {}, [("emailAddress", "TOO_LONG")]),
        ("\ud800", {}, [("emailAddress", "MALFORMED")]),
        (MARY, {"locale": "x" * 36}, [("locale", "TOO_LONG")]),
        (MARY, {"location": GeoPoint(-90.5, 0)}, [("location.latitude", "OUT_OF_RANGE")]),
        (MARY, {"location": GeoPoint(float("inf"), 180.1)}, ["location.latitude", "location.longitude"]),
    ],
)
async def test_shape_before_everything(
    embedded: World, address: str, values: dict[str, Any], faults: list[Any]
) -> None:
    """1.8 T3: shape is refused by its field, before anything is counted."""
    with statements() as asked:
        refusal = await wish(embedded.with_rules(require_api_key=True), address, **values)
    assert isinstance(refusal, InvalidInput)
    found = [(fault.field, fault.code) for fault in refusal.faults]
    assert found == faults or [field for field, _ in found] == faults
    assert asked == []
