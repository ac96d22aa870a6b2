"""`rekey delivery` and `rekey xmpp`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from credentials.chance import Chance
from credentials.kinds import EffectState
from credentials.secret import Secret
from delivery.relay import Relay
from store.opening import open_store
from tests.commands import Rekey
from tests.rows import add_effects, claim_mail

if TYPE_CHECKING:
    from pathlib import Path

    from store.unit_of_work import Unit

XMPP = {"REKEY_XMPP_URL": "xmpp://admin%40localhost:hunter2@127.0.0.1:1"}  # port 1 is served nowhere


@pytest.fixture
def rekey(tmp_path: Path) -> Rekey:
    """The command, in a folder of its own."""
    return Rekey(tmp_path, {})


def _fail_all(unit: Unit) -> None:
    now = Chance().now()
    for effect in claim_mail(unit, "lease", now, now):
        unit.due.settle(effect, "lease", EffectState.FAILED, now=now, reason="No such receiver.")


def _failed(rekey: Rekey, *names: str) -> None:
    """Puts mails that failed into the outbox."""

    async def put() -> None:
        store = open_store(Secret(f"sqlite:///{rekey.folder}/var/rekey.db"))
        for name in names:
            await store.write(add_effects, name, subject=name)
        await store.write(_fail_all)
        await store.close()

    asyncio.run(put())


def _skip_all(rekey: Rekey) -> None:
    """Has what is queued carried out, by nobody."""

    async def work() -> None:
        store = open_store(Secret(f"sqlite:///{rekey.folder}/var/rekey.db"))
        relay = Relay(store, Chance(), {})
        while await relay.step():
            pass
        await store.close()

    asyncio.run(work())


def test_deliveries_are_listed_with_their_reasons(rekey: Rekey) -> None:
    """The newest first, of one state or of all; a table for people."""
    assert rekey.ok("delivery", "list") == {"deliveries": []}
    _failed(rekey, "one", "two")
    found = rekey.ok("delivery", "list", "--state", "failed")["deliveries"]
    assert [(each["id"], each["state"], each["lastError"]) for each in found] == [
        ("two", "FAILED", "No such receiver."),
        ("one", "FAILED", "No such receiver."),
    ]
    assert rekey.ok("delivery", "list", "--state", "PENDING") == {"deliveries": []}
    assert len(rekey.ok("delivery", "list", "--limit", "1")["deliveries"]) == 1
    assert "No such receiver." in rekey("delivery", "list").output


def test_what_failed_is_tried_again(rekey: Rekey) -> None:
    """By its id, or all of them, the oldest first; they are pending then."""
    rekey.ok("user", "list")
    _failed(rekey, "one", "two", "three")
    (again,) = rekey.ok("delivery", "retry", "two")["deliveries"]
    assert (again["id"], again["state"]) == ("two", "PENDING")
    rest = rekey.ok("delivery", "retry", "--failed")["deliveries"]
    assert [each["id"] for each in rest] == ["one", "three"]
    assert rekey.ok("delivery", "list", "--state", "failed") == {"deliveries": []}


def test_what_is_no_failed_delivery_is_refused(rekey: Rekey) -> None:
    """An unknown one, and one that waits already; with neither ids nor --failed, or both, usage is wrong."""
    rekey.ok("user", "list")
    _failed(rekey, "one")
    assert rekey.refused("delivery", "retry", "nothing") == "NOT_FOUND"
    rekey.ok("delivery", "retry", "one")
    assert rekey.refused("delivery", "retry", "one") == "CONFLICT"
    assert rekey("delivery", "retry").status == 2
    assert rekey("delivery", "retry", "one", "--failed").status == 2


def test_accounts_are_synced_where_there_is_a_server(rekey: Rekey) -> None:
    """Each account's password is queued once more; without a server to tell it is refused."""
    rekey.ok("system", "create", "--name", "exchange")
    _skip_all(rekey)
    assert rekey.refused("xmpp", "sync") == "BAD_SETTINGS"
    with_server = Rekey(rekey.folder, XMPP)
    assert with_server.ok("xmpp", "sync") == {"accounts": 1}
    (queued,) = with_server.ok("delivery", "list", "--state", "pending")["deliveries"]
    assert queued["kind"] == "XMPP_PASSWORD"
    assert "1" in with_server("xmpp", "sync").output
