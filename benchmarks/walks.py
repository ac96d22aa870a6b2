"""What people, administrators and the service itself do on one installation, each step timed."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager, closing
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import TYPE_CHECKING

from benchmarks.made_rows import AGENT, STRIDE
from benchmarks.servers import PASSWORD
from benchmarks.walker import ACTIVE, Unexpected, Walker, expect
from credentials.chance import Chance
from credentials.encoding import base64url
from credentials.model import Session, User
from credentials.secret import Secret
from resolvers import reset_password
from resolvers.authenticate import authenticate
from resolvers.change_password import PasswordChanged, change_password
from resolvers.expire_activation_codes import expire_activation_codes
from resolvers.paging import Page, Total
from resolvers.reads import chat_accounts_of, find_user, list_events, list_users, sessions_of
from resolvers.request_password_reset import ResetRequested, request_password_reset
from resolvers.reset_password import PasswordReset, ResetAdmission, ResetRequest
from resolvers.selectors import UserSelector
from resolvers.services import Origin, SessionCaller
from resolvers.sessions import SignedIn
from resolvers.sign_in import sign_in
from server.channels import make_sealer, open_relay
from server.composition import open_services
from store.sweep import KINDS, SESSIONS_KEPT, sweep

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from resolvers.services import Services
    from server.settings import Settings
    from store.unit_of_work import Unit

#: Sessions that are over before each sweep.
OVER = 100
OTHER_PASSWORD = "amber turbine 19 window orchard"  # noqa: S105  of a database that lives as long as this
#: How many users' names begin so, where there are as many.
PREFIXES = {"10 names": "user0000012", "1,000 names": "user00000", "10,000 names": "user0000"}
_TOKEN = re.compile(r"#token=([\w-]{43})")


async def walk(walker: Walker) -> None:
    """Goes once through everything with one user, whose password is the first one again at the end."""
    number = walker.next_user()
    await person(walker, number)
    await forgetful(walker, number)
    await administrator(walker, number)
    await service(walker, number)
    await counting(walker)


async def person(walker: Walker, number: int) -> None:
    """Signs in, shows the token, changes the password."""
    services, origin = walker.services, walker.origin(number)
    old, new = Secret(PASSWORD), Secret(OTHER_PASSWORD)
    login = walker.name(number)
    signed = expect(SignedIn, await walker.timed("sign-in", sign_in(services, origin, login, old)))
    bearer = authenticate(services, origin, signed.access_token)
    caller = expect(SessionCaller, await walker.timed("access token: session, user", bearer))
    change = change_password(services, origin, caller, old, new, None)
    expect(PasswordChanged, await walker.timed("change of password", change))
    await walker.timed("sealer: seals two events", walker.sealer.step())
    await walker.settle()


async def forgetful(walker: Walker, number: int) -> None:
    """Asks for a reset, gets its mail, and resets."""
    address, origin = f"{walker.name(number)}@example.org", walker.origin(number)
    services = walker.services
    wish = request_password_reset(services, origin, address, None, None, None)
    expect(ResetRequested, await walker.timed("wish for a reset", wish))
    await walker.timed("relay: finds, strikes, mails", walker.relay.step())
    mail = next(walker.mailbox.glob("*.eml"), None)
    if mail is None:
        reason = f"No mail to {address}, who has had an hour's worth from earlier runs: try again in an hour."
        raise Unexpected(reason)
    message = message_from_bytes(mail.read_bytes(), EmailMessage, policy=policy.default)
    found = _TOKEN.search(message.get_body(("plain",)).get_content())  # type: ignore[union-attr]  # ours
    if found is None:
        raise Unexpected(mail)
    await walker.timed("reset by its token", _reset(services, origin, Secret(found[1])))
    await walker.settle()


async def _reset(services: Services, origin: Origin, token: Secret) -> None:
    request = ResetRequest(token, None, None, None, Secret(PASSWORD), None, None, None)
    admission = expect(ResetAdmission, await reset_password.admit(services, origin, request))
    with closing(admission):
        expect(PasswordReset, await reset_password.reset_password(services, origin, admission))


async def administrator(walker: Walker, number: int) -> None:
    """Looks for users."""
    services, name = walker.services, walker.name(number)
    by_name = find_user(services, UserSelector(username=name))
    user = expect(User, await walker.timed("user by username", by_name))
    await walker.timed("user by id", find_user(services, UserSelector(id=user.id)))
    await walker.timed("user by address", find_user(services, UserSelector(email_address=user.email_address)))
    await walker.timed("a user's sessions", sessions_of(services, [user.id]))
    await walker.timed("a user's chat accounts", chat_accounts_of(services, [user.id]))
    await walker.timed("a user's audit, 20 lines", list_events(services, 20, None, user.id, None))
    expect(Page, await walker.timed("20 users from the middle", _middle(services, number)))
    for how_many, prefix in PREFIXES.items():
        found = await walker.timed(f"search: 20 of {how_many}", list_users(services, 20, None, prefix))
        expect(Page, found)


async def _middle(services: Services, number: int) -> object:
    return await list_users(services, 20, base64url(str((number + 1) // 2).encode()), None)


async def service(walker: Walker, number: int) -> None:
    """Ticks, with nothing to do; then a sweep of sessions that are over."""
    store, now = walker.services.store, walker.services.chance.now()
    await walker.timed("relay: nothing due", walker.relay.step())
    await walker.timed("sealer: nothing new", walker.sealer.step())
    await walker.timed("codes: none over", expire_activation_codes(walker.services))
    await walker.timed("sweep: nothing over", store.write(_sweep_all, now))
    await store.write(_end_some, walker, number)
    await walker.timed(f"sweep: {OVER} sessions over", store.write(_sweep_all, now))


def _sweep_all(unit: Unit, now: datetime) -> None:
    for kind in KINDS:
        sweep(unit, kind, now)


def _end_some(unit: Unit, walker: Walker, number: int) -> None:
    now = walker.services.chance.now()
    for each in range(OVER):
        owner = unit.users.by_login(walker.name(1 + (number + each * STRIDE) % walker.size))
        user = expect(User, owner)
        begun, over = now - 2 * SESSIONS_KEPT, now - SESSIONS_KEPT - SESSIONS_KEPT / 2
        new = walker.services.chance.new_id()
        address = "192.0.2.1"
        session = Session(new, user.id, user.epoch, 0, begun, begun, over, None, address, AGENT)
        unit.sessions.begin(session)


async def greeting(walker: Walker) -> None:
    """Has everybody who is busy come once: neither they nor their page of the list are new when timed."""
    for _ in range(ACTIVE):
        number = walker.next_user()
        login, origin = walker.name(number), walker.origin(number)
        expect(SignedIn, await sign_in(walker.services, origin, login, Secret(PASSWORD)))
        user = expect(User, await find_user(walker.services, UserSelector(username=login)))
        await list_events(walker.services, 20, None, user.id, None)
        expect(Page, await _middle(walker.services, number))
    await walker.settle()


async def counting(walker: Walker) -> None:
    """Counts what a search finds, last of all: it goes through more rows than all else together."""
    found = expect(Page, await list_users(walker.services, 20, None, PREFIXES["10,000 names"]))
    await walker.timed("how many of 10,000 names", expect(Total, found.total).ask())


@asynccontextmanager
async def walking(settings: Settings, size: int, *, is_anyone: bool = False) -> AsyncIterator[Walker]:
    """Opens an installation in this process, as `rekey serve` does, and goes once through everything."""
    async with open_services(settings, Chance()) as services, open_relay(settings, services) as relay:
        sealer = make_sealer(settings, services)
        walker = Walker(size, services, relay, sealer, settings.data_dir / "mail", is_anyone)
        await walk(walker)
        walker.took.clear()
        yield walker
