"""Everything below the GraphQL face, opened on a real database, with a clock that the test moves."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from credentials.deadline import Deadline
from credentials.digests import Digests
from credentials.hash_parameters import HashParameters
from credentials.hashing import HashingEngine
from credentials.key_ring import KeyRing
from credentials.key_schedule import DatedKey, KeySchedule
from credentials.model import Role
from credentials.places import account_password
from credentials.policy import PolicyChecker
from credentials.policy_rules import PasswordPolicy
from credentials.refresh_tokens import RefreshTokens
from credentials.secret import Secret
from credentials.signing_keys import SigningKey
from credentials.tokens import AccessTokens
from credentials.vault import Vault
from resolvers.authenticate import authenticate
from resolvers.create_api_key import ApiKeyCreated, create_api_key
from resolvers.create_system import SystemCreated, create_system
from resolvers.create_user import UserCreated, create_user
from resolvers.feed import Feed
from resolvers.known_keys import Keyroom, KnownKeys, seal_key
from resolvers.services import KeyCaller, OperatorCaller, Origin, Rules, Services, SessionCaller
from resolvers.sessions import SignedIn
from resolvers.sign_in import sign_in
from resolvers.user_input import NewUser
from store.installation import CheckValue
from store.sessions import is_alive
from tests.chance import FixedChance

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from credentials.model import Effect, Event, EventKind, User
    from store.unit_of_work import Store

#: The cheapest parameters that Argon2 takes (RFC 9106 3.1: 8 KiB a lane): these tests are not about cost.
CHEAPEST = HashParameters(memory_kib=8, time_cost=1, parallelism=1)
PASSWORD = "correct horse battery staple"  # noqa: S105  a test's
NEW_PASSWORD = "purple monkey dishwasher tango"  # noqa: S105  a test's
OPERATOR = OperatorCaller(0)

RULES = Rules(
    access_token_ttl=timedelta(minutes=15),
    refresh_token_ttl=timedelta(days=7),
    session_ttl=timedelta(days=30),
    reset_token_ttl=timedelta(minutes=60),
    temporary_password_ttl=timedelta(hours=24),
    activation_code_ttl=timedelta(hours=24),
    activation_code_digits=4,
    activation_budget=100,
    admin_may_set_password=True,
    admin_reauth_age=timedelta(minutes=15),
    require_api_key=False,
    xmpp_domain="localhost",
    xmpp_activation_code=True,
)


def origin(address: str | None = "192.0.2.1", request_id: str = "request") -> Origin:
    """A request from this address (RFC 5737's for documentation)."""
    return Origin(request_id, address, "pytest")


@dataclass
class World:
    """Services on a store, and shorthands for what most tests begin with."""

    services: Services
    chance: FixedChance
    ring: KeyRing

    def with_rules(self, **changes: Any) -> Services:
        """The same services under other rules."""
        return replace(self.services, rules=replace(self.services.rules, **changes))

    async def user(self, username: str = "mary", password: str | None = PASSWORD, **values: Any) -> User:
        """Makes a user."""
        given = None if password is None else Secret(password)
        new = NewUser(
            **{"username": username, "email_address": f"{username}@example.org", **values}, password=given
        )
        made = await create_user(self.services, origin(), OPERATOR, new)
        assert isinstance(made, UserCreated), made
        return made.user

    async def admin(self, username: str = "root") -> SessionCaller:
        """Makes an administrator and signs them in."""
        await self.user(username, roles=(Role.ADMIN,))
        return await self.caller(username)

    async def key_caller(self, role: Role = Role.ADMIN) -> KeyCaller:
        """Makes an API key and authenticates with it."""
        made = await create_api_key(self.services, origin(), OPERATOR, "script", role, None)
        assert isinstance(made, ApiKeyCreated), made
        caller = await authenticate(self.services, origin(), made.api_key)
        assert isinstance(caller, KeyCaller)
        return caller

    async def made_key(self, caller: SessionCaller) -> Secret:
        """An API key that an administrator makes."""
        made = await create_api_key(self.services, origin(), caller, "script", Role.ADMIN, None)
        assert isinstance(made, ApiKeyCreated), made
        return made.api_key

    async def key_is_alive(self, key: Secret) -> bool:
        """Whether an API key still speaks for its application."""
        return await authenticate(self.services, origin(), key) is not None

    async def system(self, name: str = "exchange", **values: Any) -> SystemCreated:
        """Makes a system."""
        made = await create_system(self.services, origin(), OPERATOR, name, **values)
        assert isinstance(made, SystemCreated), made
        return made

    async def signed_in(self, username: str = "mary", password: str = PASSWORD) -> SignedIn:
        """Signs a user in."""
        done = await sign_in(self.services, origin(), username, Secret(password))
        assert isinstance(done, SignedIn), done
        return done

    async def caller(self, username: str = "mary", password: str = PASSWORD) -> SessionCaller:
        """Signs a user in and authenticates them."""
        done = await self.signed_in(username, password)
        claims = self.services.access_tokens.read(done.access_token.reveal())
        assert claims is not None
        session_id = claims.session_id
        found = await self.services.store.read(lambda unit: unit.sessions.with_user(session_id))
        assert found is not None
        assert is_alive(*found, self.chance.now())
        return SessionCaller(found[1], found[0], done.access_token_expires_at)

    async def is_alive(self, caller: SessionCaller) -> bool:
        """Whether the caller's session still speaks for them."""
        found = await self.services.store.read(lambda unit: unit.sessions.with_user(caller.session.id))
        return found is not None and is_alive(*found, self.chance.now())

    async def user_now(self, username: str = "mary") -> User:
        """A user as the store has them now."""
        found = await self.services.store.read(lambda unit: unit.users.by_login(username))
        assert found is not None
        return found

    async def change(self, username: str = "mary", *, turn: bool = True, **values: Any) -> User:
        """Changes a user's row as another request would, by default turning the epoch."""
        user = await self.user_now(username)
        changed = await self.services.store.write(
            lambda unit: unit.users.change(user.id, user.epoch, values, turn=turn)
        )
        assert changed is not None
        return changed

    async def effects(self) -> list[Effect]:
        """The outbox, in order."""
        found = await self.services.store.read(lambda unit: unit.effects.page(None, 500, None))
        return found[::-1]

    async def events(self, *kinds: EventKind) -> list[Event]:
        """The audit, in order; of these kinds, where some are named."""
        found = await self.services.store.read(lambda unit: unit.events.page(None, 500))
        return [event for event in found[::-1] if not kinds or event.kind in kinds]

    async def account(self, jid: str) -> Secret | None:
        """The present password of an XMPP account; None where nobody may hold it, or there is none."""
        kept = await self.services.store.read(lambda unit: unit.xmpp_accounts.password(jid))
        if kept is None or kept.sealed is None:
            return None
        return self.services.vault.open(kept.sealed, **account_password(jid))


@asynccontextmanager
async def open_world(
    store: Store,
    policy: PasswordPolicy | None = None,
    chance: FixedChance | None = None,
    cost: HashParameters = CHEAPEST,
) -> AsyncIterator[World]:
    """Services with cheap hashing, unless told otherwise, on an empty database."""
    chance = chance or FixedChance()
    ring = KeyRing.parse(KeyRing.new_text(chance))
    digests = Digests(ring)
    hashing = HashingEngine(ring, cost, workers=2, max_wait=5, chance=chance, alarm=print)
    key = DatedKey(SigningKey.new(chance), chance.now())
    signing = KeySchedule([key], RULES.access_token_ttl)
    tokens = AccessTokens("http://127.0.0.1:8000", "http://127.0.0.1:8000", signing, chance)
    vault = Vault(ring, chance)
    room = Keyroom(store, ring, vault, tokens, RULES.access_token_ttl)
    services = Services(
        store=store,
        hashing=hashing,
        deadline=Deadline(hashing, ring, chance),
        policy=PolicyChecker(policy or PasswordPolicy()),
        access_tokens=tokens,
        refresh_tokens=RefreshTokens(digests),
        digests=digests,
        vault=vault,
        chance=chance,
        rules=RULES,
        feed=Feed(store, chance),
        keys=KnownKeys(room, chance, lambda: None),
    )
    check = CheckValue(ring.current_id, ring.check_value())
    await store.write(lambda unit: unit.installation.found(check))
    await store.write(lambda unit: unit.signing_keys.add(seal_key(*key, vault)))
    yield World(services, chance, ring)
    hashing.close()
