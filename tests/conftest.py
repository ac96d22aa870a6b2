"""The databases that the contract is held against: SQLite always, PostgreSQL where it is installed."""

from __future__ import annotations

import sys
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from greenlet import enable_optional_cleanup, getcurrent

from credentials.secret import Secret
from store.opening import open_store, upgrade
from tests.postgres import missing_postgres, postgres_server
from tests.requirements import require
from tests.world import open_world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from contextlib import AbstractContextManager

    from store.unit_of_work import Store
    from tests.postgres import PostgresServer
    from tests.world import World

TEMPLATE = "rekey_template"
DATABASES = ["sqlite", "postgresql"]
#: The tests of what the two databases do differently: both are traced.
DIFFERENT = (
    "test_known_keys.py",
    "test_migrations.py",
    "test_query_plans.py",
    "test_reset_system_password.py",
    "test_store_",
    *(f"test_{file.stem}" for file in (Path(__file__).parent.parent / "store").glob("[a-z]*.py")),
)


# When a thread ends its greenlet goes, and coverage, which knows each by a weak reference, is told by a
# function in Python, inside a pending call. CPython 3.11 never comes out of a traced function there while
# another such call waits. A greenlet that is kept tells nobody; without this, all objects would be searched
# for who keeps it.
enable_optional_cleanup(False)  # noqa: FBT003  the one argument that there is
_greenlets: list[object] = []


def _keep_greenlet(*_event: object) -> None:  # pragma: no cover - runs before its thread is traced
    _greenlets.append(getcurrent())
    sys.setprofile(None)


threading.setprofile(_keep_greenlet)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what need not be traced: the proofs, and a use case's tests once more on PostgreSQL.

    Tracing doubles the time of a test.
    """
    embedded = {_name(item) for item in items if _database(item) == "sqlite"}
    for item in items:
        again = _database(item) == "postgresql" and _name(item) in embedded
        again = again and not item.path.name.startswith(DIFFERENT)
        if again or item.path.parent.name == "proofs":
            item.add_marker("untraced")


def _database(item: pytest.Item) -> object:
    callspec = getattr(item, "callspec", None)
    return None if callspec is None else callspec.params.get("database_url")


def _name(item: pytest.Item) -> tuple[Path, str]:
    return item.path, item.name.partition("[")[0]


@pytest.fixture
def anyio_backend() -> str:
    """Asynchronous tests run on asyncio, as the service does."""
    return "asyncio"


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One cluster for each test process, with a migrated template."""
    require(missing_postgres())
    with postgres_server() as server:
        # In a thread: an asynchronous test may be the first to ask for the cluster.
        with ThreadPoolExecutor(1) as aside:
            aside.submit(upgrade, Secret(server.create_database(TEMPLATE))).result()
        yield server


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of an empty, migrated embedded database."""
    path = tmp_path_factory.mktemp("template") / "rekey.db"
    upgrade(Secret(f"sqlite:///{path}"))
    return path.read_bytes()


@pytest.fixture
def path(tmp_path: Path, migrated_sqlite: bytes) -> Path:
    """A migrated file."""
    file = tmp_path / "rekey.db"
    file.write_bytes(migrated_sqlite)
    return file


@pytest.fixture
def databases(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Callable[[str], AbstractContextManager[Secret]]:
    """Opens an empty, migrated database of either kind: gives its URL."""

    @contextmanager
    def database(kind: str) -> Iterator[Secret]:
        if kind == "sqlite":
            path = tmp_path / "rekey.db"
            path.write_bytes(request.getfixturevalue("migrated_sqlite"))
            yield Secret(f"sqlite:///{path}")
        else:
            server: PostgresServer = request.getfixturevalue("postgres")
            name = f"test_{uuid.uuid4().hex}"
            yield Secret(server.create_database(name, TEMPLATE))
            server.drop_database(name)

    return database


@pytest.fixture(params=DATABASES)
def database_url(
    request: pytest.FixtureRequest, databases: Callable[[str], AbstractContextManager[Secret]]
) -> Iterator[Secret]:
    """The URL of an empty, migrated database: each test runs on both kinds."""
    with databases(request.param) as url:
        yield url


@pytest.fixture
async def store(database_url: Secret) -> AsyncIterator[Store]:
    """An open store on either kind of database."""
    opened = open_store(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def world(store: Store) -> AsyncIterator[World]:
    """The services on either kind of database."""
    async with open_world(store) as opened:
        yield opened


@pytest.fixture
async def embedded(databases: Callable[[str], AbstractContextManager[Secret]]) -> AsyncIterator[World]:
    """The services on SQLite alone, for what is answered before any database is asked."""
    with databases("sqlite") as url:
        store = open_store(url)
        async with open_world(store) as opened:
            yield opened
        await store.close()
