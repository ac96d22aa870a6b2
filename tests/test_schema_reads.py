"""Lists, loaders, and what the service says about itself."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from credentials.model import EffectState, Role, Session
from credentials.secret import Secret
from schema.context import Context
from store.unit_of_work import Unit
from tests.graphql_world import ORIGIN, SCHEMA, World, administrator, codes, mutate, query, run
from tests.rows import claim_mail

USERS = """{ users { totalCount pageInfo { hasNextPage } edges { node {
    username sessions { isCurrent } chatAccounts { jid jidPassword }
} } } }"""


@dataclass
class Watched:
    """Notes which users a loader reads, and lets it read them."""

    load: Callable[[list[str]], Awaitable[Any]]
    batches: list[list[str]] = field(default_factory=list)

    async def __call__(self, users: list[str]) -> list[list[Session]]:
        """Reads."""
        self.batches.append(users)
        found: list[list[Session]] = await self.load(users)
        return found


def test_the_sessions_of_a_page_are_read_at_once(tmp_path: Path) -> None:
    """All users of a page share one read; an administrator's own session is marked, no XMPP password shown.

    Planted: the field reads for itself; seen to fail.
    """

    async def body(world: World) -> None:
        _, admin = await administrator(world)
        for name in ("ann", "bob"):
            await world.sign_in(await world.add_user(name))
        context = Context(world.services, ORIGIN, admin)
        watched = context.sessions.load_fn = Watched(context.sessions.load_fn)
        answer = await SCHEMA.execute(USERS, context_value=context)
        assert not answer.errors
        assert answer.data
        nodes = [edge["node"] for edge in answer.data["users"]["edges"]]
        assert {node["username"]: node["sessions"] for node in nodes} == {
            "root": [{"isCurrent": True}],
            "ann": [{"isCurrent": False}],
            "bob": [{"isCurrent": False}],
        }
        assert {one["jidPassword"] for node in nodes for one in node["chatAccounts"]} == {None}
        assert [len(batch) for batch in watched.batches] == [3]

    run(tmp_path, body)


def test_a_key_reads_as_an_administrator(tmp_path: Path) -> None:
    """An ADMIN key sees what an administrator sees; no session is its own."""

    async def body(world: World) -> None:
        await administrator(world)
        seen = await query(world, USERS, await world.add_key(Role.ADMIN))
        (edge,) = seen["users"]["edges"]
        assert edge["node"]["sessions"] == [{"isCurrent": False}]
        assert seen["users"]["totalCount"] == 1

    run(tmp_path, body)


@pytest.mark.parametrize("name", ["users", "systems", "apiKeys", "auditEvents", "deliveries"])
@pytest.mark.parametrize("arguments", ["first: 0", "first: 201", 'after: "no cursor"'])
def test_a_bad_argument_is_bad_user_input(tmp_path: Path, name: str, arguments: str) -> None:
    """Every list refuses a page of no or too many entries, and a cursor that it never gave."""

    async def body(world: World) -> None:
        _, admin = await administrator(world)
        answer = await world.ask(f"{{ {name}({arguments}) {{ edges {{ cursor }} }} }}", admin)
        assert codes(answer) == ["BAD_USER_INPUT"]

    run(tmp_path, body)


def test_lists_take_their_filters(tmp_path: Path) -> None:
    """A prefix, a status, a user, a state; null is the same as not sent."""

    async def body(world: World) -> None:
        row, admin = await administrator(world)
        await world.add_user("ann")
        seen = await query(
            world,
            """query($id: ID) {
                users(search: "an", after: null) { edges { node { username } } }
                auditEvents(userId: $id, systemId: null) { edges { node { kind } } }
                deliveries(state: PENDING) { edges { node { kind } } }
            }""",
            admin,
            id=row.id,
        )
        assert seen == {
            "users": {"edges": [{"node": {"username": "ann"}}]},
            "auditEvents": {"edges": []},
            "deliveries": {"edges": []},
        }

    run(tmp_path, body)


FAILED = "{ deliveries(state: FAILED) { edges { node { id lastError } } } }"


def give_up(unit: Unit, now: datetime) -> None:
    """Fails what is pending, as the relay would."""
    for effect in claim_mail(unit, "lease", now, now + timedelta(minutes=1)):
        unit.due.settle(effect, "lease", EffectState.FAILED, now=now, reason="full")


def test_a_failed_delivery_is_tried_again(tmp_path: Path) -> None:
    """`retryDelivery` of an unknown id is NotFound, of a pending one Conflict, of a failed one a success."""

    async def body(world: World) -> None:
        _, admin = await administrator(world)
        await world.add_user("ann", password="x" * 15)
        given = {"user": {"username": "ann"}, "sendMail": True}
        mailed = await mutate(world, "adminResetPassword", given, "deliveries { id }", admin)
        pending = {"id": mailed["deliveries"][0]["id"]}
        assert (await mutate(world, "retryDelivery", {"id": "none"}, bearer=admin))["code"] == "NOT_FOUND"
        assert (await mutate(world, "retryDelivery", pending, bearer=admin))["code"] == "CONFLICT"
        await world.store.write(give_up, world.chance.now())
        failed = await query(world, FAILED, admin)
        assert [edge["node"] for edge in failed["deliveries"]["edges"]] == [pending | {"lastError": "full"}]
        done = await mutate(world, "retryDelivery", pending, "delivery { state attempts }", admin)
        assert done["delivery"] == {"state": "PENDING", "attempts": 0}

    run(tmp_path, body)


def test_the_policy_and_the_service_are_public(tmp_path: Path) -> None:
    """A front end shows the rules and the version before anyone has signed in."""

    async def body(world: World) -> None:
        seen = await query(world, "{ passwordPolicy { minLength maxAgeDays } serviceInfo { name version } }")
        assert seen["passwordPolicy"] == {"minLength": 15, "maxAgeDays": None}
        assert seen["serviceInfo"] == {"name": "Rekey", "version": version("rekey")}

    run(tmp_path, body)


def test_the_schema_logs_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A refused caller and a document with a secret in it leave no line: the endpoint logs, and masks.

    Planted: Strawberry's own `process_errors`; seen to fail.
    """

    async def body(world: World) -> None:
        assert codes(await world.ask("{ me { id } }")) == ["UNAUTHENTICATED"]
        wrong = 'mutation { signIn(input: {login: "ann", password: "hunter2", extra: 1}) { __typename } }'
        assert (await world.ask(wrong, Secret("dead"))).errors

    with caplog.at_level(logging.DEBUG, logger="strawberry"):
        run(tmp_path, body)
    assert not [record for record in caplog.records if record.name.startswith("strawberry")]
