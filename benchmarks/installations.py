"""Installations with any number of users, filled once; one that is there already is taken as it is."""

from __future__ import annotations

import asyncio
import logging
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from benchmarks.filling import fill
from benchmarks.made_rows import Given
from benchmarks.servers import CHEAPEST, PASSWORD
from credentials.chance import Chance
from credentials.hashing import Overload
from credentials.secret import Secret
from server.composition import open_services
from server.installation import migrate, prepare
from server.settings import load
from store.columns import EPOCH, MICROSECOND
from store.opening import embedded_path
from store.postgresql import connect

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from credentials.hashing import Verifier
    from server.settings import Settings


def settings_of(folder: Path, url: str | None = None) -> Settings:
    """Everything at its default but the cost of a hash, and the log, which says errors only."""
    given = {"REKEY_DATA_DIR": str(folder / "data"), "REKEY_LOG_LEVEL": "error"}
    return replace(load(given | ({} if url is None else {"REKEY_DATABASE_URL": url}), None), hashing=CHEAPEST)


def made(folder: Path, size: int, url: str | None = None) -> Settings:
    """Makes an installation in a folder, with so many users; call it outside any event loop.

    Args:
        folder: a new one, or one where this was called before.
        size: users.
        url: of an empty PostgreSQL database; without, the embedded one.
    """
    settings = settings_of(folder, url)
    folder.mkdir(parents=True, exist_ok=True)
    prepare(settings, may_found=True)
    if embedded_path(settings.database_url) is None:
        migrate(settings.database_url)
    if (folder / "filled").exists():
        return settings
    verifier = asyncio.run(_verifier(settings))
    fill(settings.database_url, Given(size, verifier, (Chance().now() - EPOCH) // MICROSECOND))
    (folder / "filled").touch()
    return settings


async def _verifier(settings: Settings) -> Verifier:
    async with open_services(settings, Chance(), may_found=True) as services:
        place = services.hashing.reserve("")
        if isinstance(place, Overload):
            raise TypeError(place)
        with place:
            return await services.hashing.seal(place, Secret(PASSWORD))


def bytes_of(settings: Settings) -> int:
    """What a database takes on the disk."""
    path = embedded_path(settings.database_url)
    if path is not None:
        return path.stat().st_size
    return asyncio.run(_postgresql_bytes(settings))


async def _postgresql_bytes(settings: Settings) -> int:
    connection = await connect(settings.database_url)
    size: int = await connection.fetchval("SELECT pg_database_size(current_database())")
    await connection.close()
    return size


@contextmanager
def quiet() -> Iterator[None]:
    """Lets the log say errors alone, until the block ends."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    try:
        yield
    finally:
        structlog.configure(**before)
