"""What is read: one row, a page, or what belongs to some users."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from credentials.places import account_password
from resolvers.paging import BadArgument, Page, Total, ask, ask_numbered, page
from resolvers.selectors import storable
from resolvers.shape import text_fault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from credentials.model import (
        ApiKey,
        ChatAccount,
        Effect,
        EffectState,
        Event,
        Session,
        System,
        SystemStatus,
        User,
    )
    from credentials.secret import Secret
    from resolvers.selectors import SystemSelector, UserSelector
    from resolvers.services import Services


async def find_user(services: Services, by: UserSelector) -> User | None:
    """One user."""
    return await services.store.read(by.find)


async def find_system(services: Services, by: SystemSelector) -> System | None:
    """One system."""
    found = await services.store.read(by.find)
    return None if found is None else found.system


async def list_users(
    services: Services, first: int, after: str | None, search: str | None
) -> Page[User] | BadArgument:
    """Users in the order they were made; with `search` (a prefix of username or address) by that name."""
    if search is not None:
        return await _search_users(services, first, after, search)
    request = ask_numbered(first, after)
    if isinstance(request, BadArgument):
        return request
    users = await services.store.read(lambda unit: unit.user_lists.page(request.after, request.limit))
    total = Total(lambda: services.store.read(lambda unit: unit.user_lists.count()))
    return page([(user.system_user_id, user) for user in users], request, total)


async def _search_users(
    services: Services, first: int, after: str | None, search: str
) -> Page[User] | BadArgument:
    request = ask(first, after)
    if isinstance(request, BadArgument):
        return request
    if text_fault("search", search) is not None:
        return BadArgument("search", "search is the beginning of a username or an address.")
    rows = await services.store.read(
        lambda unit: unit.user_lists.search(search, request.after, request.limit)
    )
    total = Total(lambda: services.store.read(lambda unit: unit.user_lists.count(search)))
    return page(rows, request, total)


async def list_systems(
    services: Services, first: int, after: str | None, status: SystemStatus | None
) -> Page[System] | BadArgument:
    """Systems in the order they were made."""
    request = ask_numbered(first, after)
    if isinstance(request, BadArgument):
        return request
    rows = await services.store.read(lambda unit: unit.systems.page(request.after, request.limit, status))
    total = Total(lambda: services.store.read(lambda unit: unit.systems.count(status)))
    return page(rows, request, total)


async def list_api_keys(services: Services, first: int, after: str | None) -> Page[ApiKey] | BadArgument:
    """API keys in the order they were made, revoked and expired ones too."""
    request = ask_numbered(first, after)
    if isinstance(request, BadArgument):
        return request
    rows = await services.store.read(lambda unit: unit.api_keys.page(request.after, request.limit))
    return page(rows, request)


async def list_events(
    services: Services, first: int, after: str | None, user_id: str | None, system_id: str | None
) -> Page[Event] | BadArgument:
    """The audit, the latest first."""
    request = ask_numbered(first, after)
    if isinstance(request, BadArgument):
        return request
    owners = {
        "user_id": None if user_id is None else storable(user_id),
        "system_id": None if system_id is None else storable(system_id),
    }
    events = await services.store.read(lambda unit: unit.events.page(request.after, request.limit, **owners))
    return page([(event.sequence, event) for event in events], request)


async def list_deliveries(
    services: Services, first: int, after: str | None, state: EffectState | None
) -> Page[Effect] | BadArgument:
    """Deliveries, the latest first."""
    request = ask_numbered(first, after)
    if isinstance(request, BadArgument):
        return request
    effects = await services.store.read(lambda unit: unit.effects.page(request.after, request.limit, state))
    return page([(effect.sequence, effect) for effect in effects], request)


async def sessions_of(services: Services, user_ids: Sequence[str]) -> dict[str, list[Session]]:
    """The live sessions of these users."""
    now = services.chance.now()
    found = await services.store.read(lambda unit: unit.sessions.of_users(user_ids, now))
    sessions: dict[str, list[Session]] = defaultdict(list)
    for session in found:
        sessions[session.user_id].append(session)
    return sessions


async def chat_accounts_of(services: Services, user_ids: Sequence[str]) -> dict[str, list[ChatAccount]]:
    """The XMPP accounts of these users, without their passwords."""
    accounts: dict[str, list[ChatAccount]] = defaultdict(list)
    for account in await services.store.read(lambda unit: unit.xmpp_accounts.of_users(user_ids)):
        accounts[account.user_id].append(account)
    return accounts


async def jid_passwords(services: Services, user_id: str, epoch: int) -> dict[str, Secret]:
    """The passwords of a user's XMPP accounts, by JID: for their owner's eyes only.

    A change turns the epoch. What it made is not for a session that it ended, however early that asked:
    with another `epoch` than the user's there are none.
    """
    kept = await services.store.read(lambda unit: unit.xmpp_accounts.passwords_of(user_id, epoch))
    return {
        each.jid: services.vault.open(each.sealed, **account_password(each.jid))
        for each in kept
        if each.sealed is not None
    }
