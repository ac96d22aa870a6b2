"""Rekey as it is served, with as many people as a benchmark needs, at the default cost of a hash."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from credentials.chance import Chance
from credentials.hash_parameters import HashParameters
from credentials.hash_queue import Overload
from credentials.secret import Secret
from resolvers.adding_user import add_user
from resolvers.outcomes import AlreadyExists
from resolvers.replacing import seal_new
from resolvers.user_input import NewUser
from server.composition import open_services
from server.installation import prepare
from server.settings import load
from tests.servers import environment, server_process

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from resolvers.replacing import Replacement
    from resolvers.services import Services
    from server.settings import Settings
    from store.unit_of_work import Unit

PASSWORD = "violet anvil harvest 74 moon"  # noqa: S105  of databases that live as long as a benchmark
COST = HashParameters()


class Rekey(NamedTuple):
    """A server that runs.

    Attributes:
        port: on this machine's loopback.
        pid: of its process.
    """

    port: int
    pid: int


def name(number: int) -> str:
    """The username of the person of this number."""
    return f"person{number}"


def address(number: int) -> str:
    """Where the person of this number asks from: 127.0.0.0/8 is this machine's, each a network to Rekey.

    One address for all would have to wait: with thirty sign-ins under way it fails on thirty names.
    """
    return f"127.1.{number // 250}.{1 + number % 250}"


@contextmanager
def rekey(folder: Path, people: int, **settings: str) -> Iterator[Rekey]:
    """Serves a new installation at its default settings; only a longer queue is not refused.

    Args:
        folder: an empty one.
        people: how many there are, `name(0)` and so on, all with the same password.
        settings: others, by their REKEY_ names.
    """
    asked: dict[str, Any] = {
        "REKEY_ARGON2_MEMORY_KIB": str(COST.memory_kib),
        "REKEY_ARGON2_TIME_COST": str(COST.time_cost),
        "REKEY_HASH_WORKERS": str(load({}, None).hash_workers),
        "REKEY_HASH_MAX_WAIT": "60s",
        "COVERAGE_PROCESS_CONFIG": "",
        **settings,
    }
    own = {each: value for each, value in environment(folder, **asked).items() if each.startswith("REKEY_")}
    opened = load(own, None)
    prepare(opened, may_found=True)
    asyncio.run(_settle(opened, people))
    with server_process(folder, **asked) as server:
        yield Rekey(int(server.url.rpartition(":")[2]), server.process.pid)


async def _settle(settings: Settings, people: int) -> None:
    async with open_services(settings, Chance(), may_found=True) as services:
        place = services.hashing.reserve("")
        if isinstance(place, Overload):
            raise TypeError(place)
        with place:
            sealed = await seal_new(services, place, Secret(PASSWORD))
        await services.store.write(_add, services, people, sealed)


def _add(unit: Unit, services: Services, people: int, sealed: Replacement) -> None:
    """One verifier for all: hashing for each would take longer than most benchmarks."""
    for each in map(name, range(people)):
        added = add_user(unit, services, NewUser(each, f"{each}@example.org"), sealed, services.chance.now())
        if isinstance(added, AlreadyExists):
            raise TypeError(added)
