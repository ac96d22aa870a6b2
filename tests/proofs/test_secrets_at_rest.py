"""A copy of all that is kept yields nothing (ASVS 13.3.1, 16.2.5): no byte of it is part of a secret."""

from __future__ import annotations

import base64
import json
import subprocess
from email import message_from_bytes, policy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from credentials.secret import Secret
from store.opening import upgrade
from tests.conftest import DATABASES
from tests.postgres import missing_postgres, postgres_server
from tests.proofs.client import clients
from tests.proofs.every_flow import MARY, Flows
from tests.proofs.secret_search import forms, leaks
from tests.requirements import require
from tests.servers import server_process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.postgres import PostgresServer
    from tests.servers import RunningServer

pytestmark = pytest.mark.anyio

SECRET = 'Zwölf/Boxkämpfer "jagen" & Viktor+quer'  # noqa: S105  a test's
TOKEN = "Zz9_-" * 8 + "abc"
#: What the service makes and shows, or keeps: each must have been seen by the search.
MADE = {
    *("access token", "refresh token", "JID password", "temporary password"),
    *("activation code", "system's password", "API key"),
}
#: What a database keeps, by where it was found.
Kept = dict[str, bytes]
#: The settings that name a database, and what reads everything that it keeps.
Database = tuple[dict[str, Any], "Callable[[RunningServer], Kept]"]


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A database of its own: the settings that name it, and what reads everything that it keeps."""
    if request.param == "sqlite":
        yield {}, embedded_files
        return
    require(missing_postgres())
    with postgres_server() as server:
        url = server.create_database("secrets")
        upgrade(Secret(url))
        yield {"REKEY_DATABASE_URL": url}, lambda _: cluster_files(server)


def embedded_files(server: RunningServer) -> Kept:
    """The database with its journals: all of the data directory but the root key and the mailbox."""
    files = [file for file in (server.folder / "var").iterdir() if file.is_file() and file.name != "root.key"]
    return {file.name: file.read_bytes() for file in files}


def cluster_files(server: PostgresServer) -> Kept:
    """A dump of the database, its files, and the write-ahead log."""

    def call(program: str, *arguments: str) -> bytes:
        command = [str(server.binaries / program), "--dbname", server.url("secrets"), *arguments]
        return subprocess.run(command, check=True, capture_output=True).stdout

    call("psql", "-c", "CHECKPOINT")
    query = "SELECT current_setting('data_directory'), oid FROM pg_database WHERE datname = 'secrets'"
    folder, number = call("psql", "-At", "-F", "\n", "-c", query).decode().split()
    files = [*Path(folder, "base", number).iterdir(), *Path(folder, "pg_wal").glob("0*")]
    return {"dump": call("pg_dump")} | {file.name: file.read_bytes() for file in files}


def mails(mailbox: Path) -> Kept:
    """Each mail as it is, and with its parts decoded."""
    found = {file.name: file.read_bytes() for file in mailbox.iterdir()}
    for name, content in list(found.items()):
        for part in message_from_bytes(content, policy=policy.default).iter_parts():
            found[f"{name}, {part.get_content_type()}"] = part.get_content().encode()
    return found


async def test_no_secret_is_kept_anywhere(database: Database, tmp_path: Path) -> None:
    """After every flow, with the log at debug, no byte of database, journals, mails or log holds a secret.

    But what belongs into mails stands there. Planted: the endpoint logs each document at debug; an effect
    keeps the typed address; the audit keeps the key that was presented; each seen to fail.
    """
    settings, kept = database
    with server_process(tmp_path, REKEY_LOG_LEVEL="debug", **settings) as server:
        flows = await go_through(server)
        flows.secrets["root key"] = (tmp_path / "var" / "root.key").read_text().strip()
        assert {name.rpartition(" ")[0] for name in flows.secrets} >= MADE
        every = flows.secrets | flows.mailed
        for name, content in (kept(server) | {"log": server.log().encode()}).items():
            assert not leaks(content, every), name
        assert any(leaks(content, {"address": MARY}) for content in kept(server).values())
        for name, content in mails(server.mailbox).items():
            assert not leaks(content, flows.secrets), name
        assert any(leaks(content, flows.mailed) for content in mails(server.mailbox).values())
        server.stop()
        for name, content in (kept(server) | {"log": server.log().encode()}).items():
            assert not leaks(content, every), name


async def go_through(server: RunningServer) -> Flows:
    """Runs every flow."""
    async with clients(server.url) as (client,):
        flows = Flows(client, server.mailbox, (server.admin_username, server.admin_password))
        await flows.run()
        return flows


@pytest.mark.parametrize("secret", [SECRET, TOKEN, "ABC-DEF"])
def test_a_secret_is_found_in_every_form(secret: str) -> None:
    """Wherever a secret stands in whatever form, the search names the form."""
    for name, form in forms(secret).items():
        assert f"it as {name}" in leaks(b"\x01noise" + form + b"noise" + b"\0" * 4096, {"it": secret})


@pytest.mark.parametrize("around", range(6))
def test_a_secret_is_found_inside_what_others_encoded(around: int) -> None:
    """A secret in the middle of a text that was encoded as a whole is found too, wherever it begins."""
    whole = b"x" * around + SECRET.encode() + b"y" * around
    for content in (base64.b64encode(whole), base64.urlsafe_b64encode(whole), whole.hex().encode()):
        assert leaks(content, {"it": SECRET})
    assert leaks(json.dumps({"deep": [whole.decode()]}).encode(), {"it": SECRET})


def test_what_is_no_secret_is_not_found() -> None:
    """Another text is not taken for the secret, nor a part of it."""
    others = ("Zwölf Boxkämpfer jagen Viktor", SECRET[:-1], SECRET.upper())
    for other in others:
        assert not leaks(b"".join(forms(other).values()), {"it": SECRET})
