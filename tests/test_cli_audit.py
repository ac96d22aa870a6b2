"""`rekey audit`."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from credentials.audit_chain import AuditChain
from credentials.secret import Secret
from server.root_key import read_root_key
from store.opening import open_store
from tests.commands import Rekey

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def rekey(tmp_path: Path) -> Rekey:
    """The command, in a folder of its own, with two users made."""
    command = Rekey(tmp_path, {})
    for name in ("mary", "john"):
        address = f"{name}@example.org"
        command.ok("user", "create", "--username", name, "--email", address, "--generate-password")
    return command


def seal(rekey: Rekey) -> None:
    """Seals what there is, as a server does; no command waits for that."""
    ring = read_root_key(rekey.folder / "var" / "root.key")

    async def work() -> None:
        store = open_store(Secret(f"sqlite:///{rekey.folder}/var/rekey.db"))
        await store.write(lambda unit: unit.events.seal(99, AuditChain(ring)))
        await store.close()

    asyncio.run(work())


def tamper(rekey: Rekey, statement: str) -> None:
    """Does something to the database."""
    with closing(sqlite3.connect(rekey.folder / "var" / "rekey.db")) as connection, connection:
        connection.execute(statement)


def test_what_happened_is_listed(rekey: Rekey) -> None:
    """The latest first, about one user, and from a time on; for people as a table."""
    events = rekey.ok("audit", "list")["events"]
    assert [(each["kind"], each["count"], each["position"]) for each in events] == [
        ("USER_CREATED", 1, None)
    ] * 2
    mary = rekey.ok("user", "list", "--search", "mary")["users"][0]["id"]
    assert [each["userId"] for each in rekey.ok("audit", "list", "--user", mary)["events"]] == [mary]
    assert rekey.ok("audit", "list", "--system", "none")["events"] == []
    assert len(rekey.ok("audit", "list", "--limit", "1")["events"]) == 1
    assert len(rekey.ok("audit", "list", "--since", "2026-01-01")["events"]) == 2
    assert rekey.ok("audit", "list", "--since", "2999-01-01T00:00:00")["events"] == []
    assert "USER_CREATED" in rekey("audit", "list").output


def test_an_audit_that_is_whole(rekey: Rekey) -> None:
    """How many lines, and the head to keep; an audit that waits for its seal is whole too."""
    assert rekey.ok("audit", "verify") == {"lines": 0, "from": 1, "head": "0:"}
    seal(rekey)
    head = rekey.ok("audit", "head")["head"]
    assert head.startswith("2:")
    assert rekey.ok("audit", "verify", "--head", head) == {"lines": 2, "from": 1, "head": head}
    assert head in rekey("audit", "verify").output
    assert [each["position"] for each in rekey.ok("audit", "list")["events"]] == [2, 1]


def test_an_audit_that_was_changed(rekey: Rekey) -> None:
    """Status 1, and the first wrong position in words; no trace."""
    seal(rekey)
    tamper(rekey, "UPDATE events SET actor = 'nobody' WHERE position = 2")
    assert rekey.refused("audit", "verify") == "AUDIT_BROKEN"
    assert "at position 2: The line was changed" in rekey("audit", "verify").errors


def test_a_tail_that_was_cut(rekey: Rekey) -> None:
    """Found by the head that was kept elsewhere, where the database itself was put back."""
    empty = rekey.ok("audit", "head")["head"]
    seal(rekey)
    head = rekey.ok("audit", "head")["head"]
    tamper(rekey, "DELETE FROM events")
    tamper(rekey, "UPDATE event_seal SET last_position = 0, digest = NULL, stamp = NULL")
    assert rekey.ok("audit", "verify", "--head", empty)["lines"] == 0
    assert rekey.refused("audit", "verify", "--head", head) == "AUDIT_BROKEN"


def test_a_head_of_before_the_pruning_is_refused(rekey: Rekey) -> None:
    """As is what is none."""
    seal(rekey)
    tamper(rekey, "UPDATE event_checkpoint SET last_position = 1")
    assert rekey.refused("audit", "verify", "--head", "0:") == "HEAD_PRUNED"
    assert rekey("audit", "verify", "--head", "2").status == 2
