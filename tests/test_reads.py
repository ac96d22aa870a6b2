"""What is read."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

import pytest

from credentials.model import ChatAccountKind, EffectState, Role, SystemStatus
from credentials.secret import Secret
from resolvers.paging import BadArgument, Page
from resolvers.reads import (
    chat_accounts_of,
    find_system,
    find_user,
    jid_passwords,
    list_api_keys,
    list_deliveries,
    list_events,
    list_systems,
    list_users,
    sessions_of,
)
from resolvers.selectors import SystemSelector, UserSelector
from tests.agents import activated
from tests.statements import statements

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from resolvers.services import Services
    from tests.world import World

pytestmark = pytest.mark.anyio
Row = TypeVar("Row")


async def walk(read: Callable[[str | None], Awaitable[Page[Row] | BadArgument]]) -> list[Row]:
    """All rows of a list, page by page."""
    rows: list[Row] = []
    after = None
    while True:
        found = await read(after)
        assert isinstance(found, Page)
        rows += [row for _, row in found.items]
        assert found.has_previous == (after is not None)
        if not found.has_next:
            return rows
        after = found.items[-1][0]


async def counted(found: Page[Row]) -> int | None:
    """How many rows a list says it has."""
    return None if found.total is None else await found.total.ask()


async def test_one_of_each(world: World) -> None:
    """One user or system by a selector, or nothing."""
    mary, made = await world.user(), await world.system(pbx_id="PBX")
    assert await find_user(world.services, UserSelector(username="mary")) == mary
    assert await find_user(world.services, UserSelector(username="john")) is None
    assert await find_system(world.services, SystemSelector(pbx_id="PBX")) == made.system
    assert await find_system(world.services, SystemSelector(id="nothing")) is None


async def test_users_by_number(world: World) -> None:
    """Users come in the order they were made, each once, with an exact total for who asks for it.

    Planted: counted with the page; seen to fail.
    """
    made = [await world.user(name, None) for name in ("zoe", "adam", "mary", "john", "eve")]
    services = world.services
    assert await walk(lambda after: list_users(services, 2, after, None)) == made
    with statements() as asked:
        first = await list_users(services, 5, None, None)
        assert isinstance(first, Page)
        assert not [each for each in asked if "count(" in each]
        assert (await counted(first), first.has_next) == (5, False)
        assert [each for each in asked if "count(" in each]


async def test_a_list_is_stable_while_rows_are_added(world: World) -> None:
    """A row that comes or goes between two pages moves none of the others."""
    made = [await world.user(name, None) for name in ("one", "two", "three")]
    first = await list_users(world.services, 2, None, None)
    assert isinstance(first, Page)
    await world.services.store.write(lambda unit: unit.users.delete(made[0].id))
    added = await world.user("four", None)
    second = await list_users(world.services, 2, first.items[-1][0], None)
    assert isinstance(second, Page)
    assert [row for _, row in second.items] == [made[2], added]


async def test_users_by_prefix(world: World) -> None:
    """A search finds the beginnings of usernames and addresses in any case, each user once."""
    mary = await world.user("mary", None)
    major = await world.user("zoe", None, email_address="MAJOR@example.org")
    await world.user("john", None)
    services = world.services
    assert await walk(lambda after: list_users(services, 1, after, "MA")) == [major, mary]
    found = await list_users(services, 9, None, "ma")
    assert isinstance(found, Page)
    assert await counted(found) == 2
    nothing = await list_users(services, 9, None, "ma%")
    assert isinstance(nothing, Page)
    assert (nothing.items, nothing.has_next, nothing.has_previous) == ([], False, False)
    assert await counted(nothing) == 0


@pytest.mark.parametrize("search", ["", " ", "x" * 255, "\0", "\ud800"])
async def test_a_search_for_nothing(embedded: World, search: str) -> None:
    """1.7: what cannot be the beginning of a name is a bad `search`."""
    found = await list_users(embedded.services, 9, None, search)
    assert isinstance(found, BadArgument)
    assert found.name == "search"


async def test_systems_by_status(world: World) -> None:
    """Systems come in the order they were made, of one status where one is named."""
    made = [await world.system(f"system {number}") for number in range(3)]
    agent = await activated(world, made[1].system.pbx_id, made[1].activation_code)
    systems = [made[0].system, agent.system, made[2].system]
    services = world.services
    assert await walk(lambda after: list_systems(services, 2, after, None)) == systems
    waiting = await list_systems(services, 9, None, SystemStatus.ACTIVATING)
    assert isinstance(waiting, Page)
    assert ([row for _, row in waiting.items], await counted(waiting)) == ([agent.system], 1)


async def test_api_keys(world: World) -> None:
    """API keys come in the order they were made, without a total."""
    made = [(await world.key_caller(role)).key.id for role in (Role.ADMIN, Role.USER, Role.USER)]
    services = world.services

    found = await walk(lambda after: list_api_keys(services, 2, after))
    assert [key.id for key in found] == made
    page = await list_api_keys(services, 2, None)
    assert isinstance(page, Page)
    assert await counted(page) is None


async def test_the_audit_latest_first(world: World) -> None:
    """The audit comes latest first, of one user or system where one is named."""
    mary, made = await world.user(), await world.system()
    await world.signed_in()
    services, events = world.services, await world.events()
    assert await walk(lambda after: list_events(services, 2, after, None, None)) == events[::-1]
    of_mary = [event for event in events[::-1] if event.user_id == mary.id]
    assert await walk(lambda after: list_events(services, 1, after, mary.id, None)) == of_mary
    of_system = [event for event in events if event.system_id == made.system.id]
    found = await walk(lambda after: list_events(services, 9, after, None, made.system.id))
    assert found == of_system
    for owner in ("nothing", "\0", "\ud800"):
        nothing = await list_events(services, 9, None, owner, owner)
        assert nothing == Page([], has_next=False, has_previous=False)


async def test_deliveries_latest_first(world: World) -> None:
    """Deliveries come latest first, of one state where one is named."""
    await world.user(jid_im="mary@localhost")
    services, effects = world.services, await world.effects()
    assert await walk(lambda after: list_deliveries(services, 2, after, None)) == effects[::-1]
    assert len(await walk(lambda after: list_deliveries(services, 9, after, EffectState.PENDING))) == 3
    assert await walk(lambda after: list_deliveries(services, 9, after, EffectState.FAILED)) == []


async def test_arguments_that_name_nothing(embedded: World) -> None:
    """1.7: a bad `first` or `after` is refused by every list."""
    services: Services = embedded.services
    for first, after, name in ((0, None, "first"), (201, None, "first"), (1, "?", "after")):
        for found in (
            await list_users(services, first, after, None),
            await list_users(services, first, after, "ma"),
            await list_systems(services, first, after, None),
            await list_api_keys(services, first, after),
            await list_events(services, first, after, None, None),
            await list_deliveries(services, first, after, None),
        ):
            assert isinstance(found, BadArgument)
            assert found.name == name


async def test_a_search_behind_no_name(world: World) -> None:
    """1.7: a cursor that holds NUL is a bad `after` on both databases.

    Planted: NUL let through, which PostgreSQL refuses to compare; seen to fail.
    """
    await world.user()
    found = await list_users(world.services, 1, "AA", "ma")
    assert isinstance(found, BadArgument)
    assert found.name == "after"


async def test_sessions_by_user(world: World) -> None:
    """Live sessions are read for many users at once; ended and stale ones are not among them."""
    mary, john, zoe = [await world.user(name) for name in ("mary", "john", "zoe")]
    first, second = await world.caller(), await world.caller()
    await world.caller("john")
    await world.change("john")
    ids = [mary.id, john.id, zoe.id]
    found = await sessions_of(world.services, ids)
    assert {each.id for each in found[mary.id]} == {first.session.id, second.session.id}
    assert (found[john.id], found[zoe.id]) == ([], [])
    world.chance.forward(timedelta(days=7))
    assert not await sessions_of(world.services, ids)


async def test_chat_accounts_and_their_passwords(world: World) -> None:
    """R7: accounts are read for many users at once; their passwords for one owner only, of one epoch.

    A session that asked before a change, and read after it, was shown what the change had made.
    Planted: read by the user alone; seen to fail.
    """
    mary = await world.user(jid_im="mary@localhost", jid_tel="mary-tel@localhost")
    john, zoe = await world.user("john", None, jid_tel="john@localhost"), await world.user("zoe", None)
    found = await chat_accounts_of(world.services, [mary.id, john.id, zoe.id])
    assert [(each.kind, each.jid) for each in found[mary.id]] == [
        (ChatAccountKind.IM, "mary@localhost"),
        (ChatAccountKind.TEL, "mary-tel@localhost"),
    ]
    assert ([each.jid for each in found[john.id]], found[zoe.id]) == (["john@localhost"], [])
    passwords = await jid_passwords(world.services, mary.id, mary.epoch)
    assert passwords == {jid: await world.account(jid) for jid in ("mary@localhost", "mary-tel@localhost")}
    assert await jid_passwords(world.services, zoe.id, zoe.epoch) == {}
    await world.change("mary")
    assert await jid_passwords(world.services, mary.id, mary.epoch) == {}
    assert await jid_passwords(world.services, mary.id, mary.epoch + 1) == passwords


async def test_a_password_that_nobody_holds(world: World) -> None:
    """An account whose password was forgotten shows none."""
    mary = await world.user(jid_im="mary@localhost")
    sealed = world.services.vault.seal(
        Secret("x"), table="xmpp_accounts", row="mary@localhost", column="sealed", purpose="xmpp-password"
    )
    store = world.services.store
    await store.write(lambda unit: unit.xmpp_accounts.set_password("mary@localhost", sealed, is_code=True))
    assert await jid_passwords(world.services, mary.id, mary.epoch) == {"mary@localhost": Secret("x")}
    await store.write(lambda unit: unit.xmpp_accounts.forget_code("mary@localhost", sealed))
    assert await jid_passwords(world.services, mary.id, mary.epoch) == {}
