"""A service without HTTP for tests of the schema: the real store on a temporary file, cheap Argon2."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator  # noqa: TC003  asynccontextmanager's own annotation
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from credentials.deadline import Deadline
from credentials.digests import Digests, Purpose
from credentials.hash_parameters import HashParameters
from credentials.hashing import HashingEngine
from credentials.key_ring import KeyRing
from credentials.key_schedule import DatedKey, KeySchedule
from credentials.model import ApiKey, ChatAccountKind, IdentitySource, Role, User
from credentials.one_time import api_key, read_api_key
from credentials.policy import PasswordPolicy, PolicyChecker
from credentials.refresh_tokens import RefreshTokens
from credentials.secret import Secret
from credentials.signing_keys import SigningKey
from credentials.tokens import AccessTokens
from credentials.vault import Vault
from resolvers.after_effects import seal_account
from resolvers.feed import Feed
from resolvers.known_keys import Keyroom, KnownKeys, seal_key
from resolvers.services import Origin, Rules, Services
from resolvers.sessions import new_session
from schema import build_schema
from schema.context import Context
from store.migrate import upgrade_sqlite
from store.sqlite import SqliteStore
from tests.chance import FixedChance

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    import strawberry
    from strawberry.types import ExecutionResult

    from credentials.model import Session
    from store.unit_of_work import Unit

Result = TypeVar("Result")

CHEAP_ARGON2 = HashParameters(memory_kib=8, time_cost=1)
ORIGIN = Origin(request_id="test", address="192.0.2.1", user_agent="tests")
SCHEMA = build_schema()
OLD = "violet anvil harvest 74 moon"
NEW = "amber turbine 19 window orchard"
TOP = "success heading message"
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


class InterruptedStore(SqliteStore):
    """The real store, and what happens on another connection between two of its writes."""

    between: Callable[[Unit], object] | None = None

    async def _write(self, work: Callable[[Unit], Result]) -> Result:
        result = await super()._write(work)
        if self.between is not None:
            between, self.between = self.between, None
            await super()._write(between)
        return result


@dataclass
class World:
    """The services, and what a test has to put there before it asks the schema."""

    services: Services
    chance: FixedChance
    store: InterruptedStore

    async def add_user(self, username: str, *roles: Role, password: str | None = None) -> User:
        """Adds a local user with two XMPP accounts, whose passwords are `im-` and `tel-` and the name."""
        verifier = None
        if password is not None:
            with self.services.hashing.reserve("192.0.2.1") as held:  # type: ignore[union-attr]  # the queue is empty
                verifier = await self.services.hashing.seal(held, Secret(password))
        values = self._row(username, roles or (Role.USER,)) | {
            "verifier": verifier and verifier.phc,
            "verifier_key": verifier and verifier.key_id,
            "password_changed_at": verifier and self.chance.now(),
        }
        return await self.services.store.write(self._add, values)

    def _row(self, username: str, roles: tuple[Role, ...]) -> dict[str, Any]:
        empty = {
            name: dict[str, Any]() for name in ("permissions", "permission_ids", "preferences", "properties")
        }
        return empty | {
            "id": self.chance.new_id(),
            "username": username,
            "email_address": f"{username}@example.org",
            "locale": "en_US",
            "time_zone": "UTC",
            "is_admin": Role.ADMIN in roles,
            "roles": list(roles),
            "identity_source": IdentitySource.LOCAL,
            "is_disabled": False,
            "epoch": 0,
            "password_is_temporary": False,
            "created_at": self.chance.now(),
        }

    def _add(self, unit: Unit, values: dict[str, Any]) -> User:
        unit.users.claim_names(values["id"], [values["username"], values["email_address"]])
        user = unit.users.add(values)
        for kind in ChatAccountKind:
            jid = f"{user.username}-{kind.lower()}@localhost"
            unit.xmpp_accounts.claim_for_user(user.id, kind, jid)
            secret = Secret(f"{kind.lower()}-{user.username}")
            seal_account(unit, self.services, jid, secret)
        return user

    async def sign_in(self, user: User) -> tuple[Secret, Session]:
        """Begins a session without a password; its access token and its row."""
        session = new_session(self.services, ORIGIN, user, self.chance.now())
        assert await self.services.store.write(lambda unit: unit.sessions.begin(session))
        return self.services.access_tokens.issue(user.id, session.id, timedelta(minutes=15)).token, session

    async def add_key(self, role: Role) -> Secret:
        """Adds an API key and gives it as its bearer sends it."""
        now, key_id = self.chance.now(), self.chance.new_id()
        shown = api_key(self.chance, key_id)
        parts = read_api_key(shown.reveal())
        assert parts
        digest = self.services.digests.digest(Purpose.API_KEY, key_id, parts[1])
        row = ApiKey(key_id, "portal", role, "cli:0", now, now + timedelta(days=1), None, None, None)
        await self.services.store.write(lambda unit: unit.api_keys.add(row, digest))
        return shown

    async def ask(
        self,
        document: str,
        bearer: Secret | None = None,
        variables: dict[str, Any] | None = None,
        *,
        schema: strawberry.Schema = SCHEMA,
    ) -> ExecutionResult:
        """Runs one operation as the endpoint would."""
        context = Context(services=self.services, origin=ORIGIN, bearer=bearer)
        return await schema.execute(document, variable_values=variables, context_value=context)


@asynccontextmanager
async def open_world(folder: Path, rules: Rules = RULES) -> AsyncIterator[World]:
    """Opens a new database and closes everything at the end."""
    chance = FixedChance()
    ring = KeyRing.parse(KeyRing.new_text(chance))
    database = folder / "rekey.db"
    upgrade_sqlite(database)
    digests = Digests(ring)
    store = InterruptedStore(database)
    key = DatedKey(SigningKey.new(chance), chance.now())
    signing = KeySchedule([key], rules.access_token_ttl)
    tokens, vault = AccessTokens("http://test", "http://test", signing, chance), Vault(ring, chance)
    room = Keyroom(store, ring, vault, tokens, rules.access_token_ttl)
    hashing = HashingEngine(ring, CHEAP_ARGON2, workers=1, max_wait=5.0, chance=chance, alarm=print)
    services = Services(
        store=store,
        hashing=hashing,
        deadline=Deadline(hashing, ring, chance),
        policy=PolicyChecker(PasswordPolicy()),
        access_tokens=tokens,
        refresh_tokens=RefreshTokens(digests),
        digests=digests,
        vault=vault,
        chance=chance,
        rules=rules,
        feed=Feed(store, chance),
        keys=KnownKeys(room, chance, lambda: None),
    )
    await store.write(lambda unit: unit.signing_keys.add(seal_key(*key, vault)))
    try:
        yield World(services, chance, store)
    finally:
        services.hashing.close()
        await store.close()


def codes(result: ExecutionResult) -> list[object]:
    """The codes of the entries in `errors`; an entry without one is a KeyError: a defect."""
    return [(error.extensions or {})["code"] for error in result.errors or []]


def run(folder: Path, body: Callable[[World], Awaitable[None]]) -> None:
    """Runs a test's body in a world of its own."""

    async def main() -> None:
        async with open_world(folder) as world:
            await body(world)

    asyncio.run(main())


async def mutate(
    world: World, name: str, given: dict[str, Any] | None, chosen: str = "", bearer: Secret | None = None
) -> dict[str, Any]:
    """Runs one mutation that must not end in `errors`; its answer with the fields of its success."""
    big = name[0].upper() + name[1:]
    success = "SignInSuccess" if name == "refreshSession" else f"{big}Success"
    success = "ChangePasswordSuccess" if name == "changeExpiredPassword" else success
    head, call = (
        (f"mutation($input: {big}Input!)", f"{name}(input: $input)")
        if given is not None
        else ("mutation", name)
    )
    fields = f"... on {success} {{ {chosen} }}" if chosen else ""
    document = (
        f"{head} {{ {call} {{ __typename ... on Outcome {{ {TOP} }} ... on Problem {{ code }} {fields} }} }}"
    )
    answer = await world.ask(document, bearer, None if given is None else {"input": given})
    assert not answer.errors, answer.errors
    assert answer.data
    result: dict[str, Any] = answer.data[name]
    assert result["heading"].endswith(".")
    assert result["message"].endswith(".")
    assert result["success"] is (result["__typename"] == success)
    return result


async def query(world: World, body: str, bearer: Secret | None = None, **variables: object) -> dict[str, Any]:
    """Runs one query that must not end in `errors`."""
    answer = await world.ask(body, bearer, variables)
    assert not answer.errors, answer.errors
    assert answer.data
    return answer.data


async def administrator(world: World) -> tuple[User, Secret]:
    """A signed-in administrator."""
    user = await world.add_user("root", Role.ADMIN, password=OLD)
    return user, (await world.sign_in(user))[0]
