"""The guards, each on a field of its own: who passes, who does not, and what the body is handed."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest
import strawberry
from strawberry.schema.config import StrawberryConfig

from credentials.model import Role
from credentials.secret import Secret
from resolvers import outcomes
from resolvers.services import KeyCaller
from schema import Schema
from schema.binding import bind_guards
from schema.context import Context, Info, NotPassed, administrator, handed, own_caller
from schema.errors import Denial
from schema.guards import AdminOnly, Public, SelfOnly
from schema.inputs.opened import Input
from schema.inputs.selectors import UserSelector
from schema.outcomes import Refusal
from schema.problems import InvalidToken
from schema.scalars import SCALARS
from schema.sensitive import Sensitive
from schema.token_guard import TokenAuth, TokenPurpose
from tests.graphql_world import World, codes, run


@dataclass
class Place:
    """An admission that notes whether it was given back."""

    closed: bool = False

    def close(self) -> None:
        """Gives the place back."""
        self.closed = True


@strawberry.input
class Whom:
    """An input that names a user and holds a secret."""

    user: strawberry.Maybe[UserSelector | None]
    proof: str = strawberry.field(default="", directives=[Sensitive()])


@dataclass
class Seen:
    """What the admissions of a test made."""

    places: list[Place] = field(default_factory=list)


SEEN = Seen()


async def admit(_context: Context, given: Whom) -> Place | Refusal | Denial:
    """Admits one secret, refuses the others in the ways that their names say."""
    if given.proof == "unknown":
        return outcomes.InvalidToken()
    if given.proof == "no key":
        return outcomes.Unauthenticated()
    place = Place()
    SEEN.places.append(place)
    return place


async def public(info: Info) -> bool:
    """Says whether it was handed a caller."""
    return bool(info.context.passes)


async def own(info: Info) -> str:
    """Says who the caller is."""
    return own_caller(info).user.username


async def subject(info: Info, data: Input[Whom]) -> str:
    """Says who the caller is and whether the selector is still there."""
    return f"{own_caller(info).user.username} {data.user}"


async def admin(info: Info) -> str:
    """Says what kind of administrator passed."""
    return "key" if isinstance(administrator(info), KeyCaller) else own_caller(info).user.username


async def unhanded(info: Info) -> str:
    """Asks for a caller that its guard, Public, never checked."""
    return own_caller(info).user.username


@strawberry.type
class Opened:
    """What the secret opens."""

    done: bool


async def token(info: Info, data: Input[Whom]) -> Opened | InvalidToken:
    """Notes that the body ran, with its place still held; one secret makes it fail."""
    place = handed(info, Place)
    if data.proof == "defect":
        raise ZeroDivisionError
    return Opened(done=not place.closed)


TOKEN_AUTH = TokenAuth(token="input.proof", purpose=TokenPurpose.PASSWORD_RESET, admit=admit)  # noqa: S106  a path


@strawberry.type
class Query:
    """One field for each guard."""

    public: bool = strawberry.field(resolver=public, extensions=[Public()])
    own: str = strawberry.field(resolver=own, extensions=[SelfOnly()])
    subject: str = strawberry.field(resolver=subject, extensions=[SelfOnly(subject="input.user")])
    admin: str = strawberry.field(resolver=admin, extensions=[AdminOnly()])
    unhanded: str | None = strawberry.field(resolver=unhanded, extensions=[Public()])
    token: Opened | InvalidToken = strawberry.field(resolver=token, extensions=[TOKEN_AUTH])


SCHEMA = Schema(Query, config=StrawberryConfig(scalar_map=SCALARS))
bind_guards(SCHEMA)


def test_public_needs_nobody(tmp_path: Path) -> None:
    """A public field answers without a bearer and ignores a dead one; no caller is handed over."""

    async def body(world: World) -> None:
        for bearer in (None, Secret("dead")):
            assert (await world.ask("{ public }", bearer, schema=SCHEMA)).data == {"public": False}

    run(tmp_path, body)


@pytest.mark.parametrize("guarded", ["own", "admin", "subject(input: {})"])
def test_no_live_bearer_is_unauthenticated(tmp_path: Path, guarded: str) -> None:
    """Missing, malformed, expired, of an ended session: one code and one text for all."""

    async def body(world: World) -> None:
        user = await world.add_user("ann", Role.ADMIN)
        ended, session = await world.sign_in(user)
        expired, _ = await world.sign_in(user)
        alive, _ = await world.sign_in(user)
        assert not codes(await world.ask(f"{{ {guarded} }}", alive, schema=SCHEMA))
        await world.services.store.write(
            lambda unit: unit.sessions.end(session.id, user.id, world.chance.now())
        )
        answers = [
            await world.ask(f"{{ {guarded} }}", bearer, schema=SCHEMA)
            for bearer in (None, Secret(""), Secret("no token"), ended)
        ]
        world.chance.forward(world.services.rules.access_token_ttl)
        answers.append(await world.ask(f"{{ {guarded} }}", expired, schema=SCHEMA))
        assert [codes(answer) for answer in answers] == [["UNAUTHENTICATED"]] * 5
        assert len({error.message for answer in answers for error in answer.errors or []}) == 1

    run(tmp_path, body)


def test_a_signed_in_user_passes_self_only(tmp_path: Path) -> None:
    """The body is handed the caller as they are stored."""

    async def body(world: World) -> None:
        bearer, _ = await world.sign_in(await world.add_user("ann"))
        assert (await world.ask("{ own }", bearer, schema=SCHEMA)).data == {"own": "ann"}

    run(tmp_path, body)


def test_no_api_key_passes_self_only(tmp_path: Path) -> None:
    """A key has no password of its own: FORBIDDEN, an ADMIN key too.

    Planted: the check of SessionCaller left out; seen to fail.
    """

    async def body(world: World) -> None:
        for role in (Role.ADMIN, Role.USER):
            answer = await world.ask("{ own }", await world.add_key(role), schema=SCHEMA)
            assert codes(answer) == ["FORBIDDEN"]

    run(tmp_path, body)


OWN = [{}, {"user": None}, {"user": {"username": "ANN"}}, {"user": {"emailAddress": "Ann@Example.ORG"}}]
OTHERS = [
    {"user": {"username": "bob"}},
    {"user": {"emailAddress": "bob@example.org"}},
    {"user": {"id": "nobody"}},
    {"user": {"username": "ann@example.org"}},  # an address is no username
    {"user": {"emailAddress": "ann"}},
    {"user": {"username": ""}},
]
SUBJECT = "query($input: Whom!) { subject(input: $input) }"


def test_a_subject_that_is_the_caller_passes_and_is_dropped(tmp_path: Path) -> None:
    """Left out, null, or any of the caller's own names; the body never sees the selector.

    Planted: `drop` left out; seen to fail.
    """

    async def body(world: World) -> None:
        user = await world.add_user("ann")
        bearer, _ = await world.sign_in(user)
        for given in [*OWN, {"user": {"id": user.id}}]:
            answer = await world.ask(SUBJECT, bearer, {"input": given}, schema=SCHEMA)
            assert answer.data == {"subject": "ann None"}, given

    run(tmp_path, body)


@pytest.mark.parametrize("role", [Role.USER, Role.ADMIN])
def test_a_subject_that_is_somebody_else_is_forbidden(tmp_path: Path, role: Role) -> None:
    """Another's selector, known or not, is FORBIDDEN, for administrators as well (R2).

    Planted: administrators let through; seen to fail.
    """

    async def body(world: World) -> None:
        await world.add_user("bob")
        bearer, _ = await world.sign_in(await world.add_user("ann", role))
        for given in OTHERS:
            answer = await world.ask(SUBJECT, bearer, {"input": given}, schema=SCHEMA)
            assert codes(answer) == ["FORBIDDEN"], given

    run(tmp_path, body)


def test_admin_only_lets_administrators_through(tmp_path: Path) -> None:
    """A user with the role ADMIN and an ADMIN key pass; a USER, a GUEST and a USER key are FORBIDDEN.

    Planted: `is_admin` not asked; seen to fail.
    """

    async def body(world: World) -> None:
        admin, _ = await world.sign_in(await world.add_user("ann", Role.ADMIN))
        assert (await world.ask("{ admin }", admin, schema=SCHEMA)).data == {"admin": "ann"}
        key = await world.add_key(Role.ADMIN)
        assert (await world.ask("{ admin }", key, schema=SCHEMA)).data == {"admin": "key"}
        user, _ = await world.sign_in(await world.add_user("bob", Role.USER))
        guest, _ = await world.sign_in(await world.add_user("eve", Role.GUEST))
        for bearer in (user, guest, await world.add_key(Role.USER)):
            assert codes(await world.ask("{ admin }", bearer, schema=SCHEMA)) == ["FORBIDDEN"]

    run(tmp_path, body)


def test_no_field_sees_a_caller_of_another(tmp_path: Path) -> None:
    """Beside a guarded field, a public one that asks for the caller gets nothing.

    Planted: one slot for the whole request; seen to fail.
    """

    async def body(world: World) -> None:
        bearer, _ = await world.sign_in(await world.add_user("ann"))
        answer = await world.ask("{ own unhanded }", bearer, schema=SCHEMA)
        (error,) = answer.errors or []
        assert isinstance(error.original_error, NotPassed)
        assert answer.data == {"own": "ann", "unhanded": None}

    run(tmp_path, body)


def test_a_guard_that_was_never_bound_lets_nobody_through(tmp_path: Path) -> None:
    """A schema that was built without binding its guards fails closed, on every field with a path.

    Planted: an unbound path taken for no path; seen to fail.
    """
    token_auth = TokenAuth(token="input.proof", purpose=TokenPurpose.PASSWORD_RESET, admit=admit)  # noqa: S106  a path

    @strawberry.type
    class Unbound:
        subject: str | None = strawberry.field(resolver=subject, extensions=[SelfOnly(subject="input.user")])
        token: Opened | InvalidToken | None = strawberry.field(resolver=token, extensions=[token_auth])

    schema = Schema(Unbound, config=StrawberryConfig(scalar_map=SCALARS))

    async def body(world: World) -> None:
        bearer, _ = await world.sign_in(await world.add_user("ann"))
        for document in (SUBJECT, PROVEN):
            answer = await world.ask(document, bearer, {"input": {}, "proof": "right"}, schema=schema)
            assert answer.errors
            assert not any((answer.data or {}).values())

    run(tmp_path, body)


PROVEN = "query($proof: String!) { token(input: {proof: $proof}) { __typename } }"


def test_an_admission_is_handed_over_and_given_back(tmp_path: Path) -> None:
    """The body holds the place; it is given back after it ended, by a defect too.

    Planted: `closing` left out; seen to fail.
    """

    async def body(world: World) -> None:
        SEEN.places.clear()
        answer = await world.ask(PROVEN, None, {"proof": "right"}, schema=SCHEMA)
        assert answer.data == {"token": {"__typename": "Opened"}}
        failed = await world.ask(PROVEN, None, {"proof": "defect"}, schema=SCHEMA)
        assert isinstance((failed.errors or [])[0].original_error, ZeroDivisionError)
        assert [place.closed for place in SEEN.places] == [True, True]

    run(tmp_path, body)


def test_a_refused_admission_answers_for_the_field(tmp_path: Path) -> None:
    """A refusal is folded into the union, a denial goes to `errors`, and the body does not run."""

    async def body(world: World) -> None:
        SEEN.places.clear()
        refused = await world.ask(PROVEN, None, {"proof": "unknown"}, schema=SCHEMA)
        assert refused.data == {"token": {"__typename": "InvalidToken"}}
        denied = await world.ask(PROVEN, None, {"proof": "no key"}, schema=SCHEMA)
        assert codes(denied) == ["UNAUTHENTICATED"]
        assert SEEN.places == []

    run(tmp_path, body)
