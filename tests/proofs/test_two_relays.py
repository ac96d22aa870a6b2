"""Two relays, each a process, on one outbox: nothing goes out twice, and each line keeps its order."""

from __future__ import annotations

import asyncio
import signal
import subprocess
from collections import Counter, defaultdict
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from credentials.kinds import EffectState, LetterName
from store.opening import open_store
from tests.certificates import make_certificates
from tests.chance import START
from tests.mail_servers import mail_server
from tests.proofs.client import QUICK
from tests.rows import effect_values
from tests.servers import COMMAND, PATIENCE, environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from credentials.secret import Secret
    from store.unit_of_work import Store
    from tests.mail_servers import MailServer

pytestmark = pytest.mark.anyio

SUBJECTS = 100
EACH = 10
SENDERS = ("one@example.org", "two@example.org")


@contextmanager
def relay_process(folder: Path, **settings: str) -> Iterator[None]:
    """`rekey relay`, which has said that it runs; ended by SIGTERM."""
    process = subprocess.Popen(
        [*COMMAND, "relay"],
        cwd=folder,
        env=environment(folder, **settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert "delivers" in process.stdout.readline()
        yield
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        process.communicate()


def notices() -> list[dict[str, Any]]:
    """A thousand mails: a subject's lie side by side, and their ids tell their order."""
    return [
        effect_values(
            f"{number}in{subject}",
            subject=f"mail:{subject}",
            details={
                "letter": LetterName.PASSWORD_CHANGED,
                "to": f"user{subject}@example.org",
                "fullName": None,
                "locale": "en_US",
                "at": START.isoformat(),
                "address": None,
            },
        )
        for subject in range(SUBJECTS)
        for number in range(EACH)
    ]


async def until_settled(store: Store) -> None:
    """Waits until nothing is pending any more."""
    async with asyncio.timeout(PATIENCE):
        left = True
        while left:
            await asyncio.sleep(0.05)
            left = bool(await store.read(lambda unit: unit.effects.page(None, 1, EffectState.PENDING)))


def check(server: MailServer) -> None:
    """Each mail came once, and each subject's in order."""
    ids = [str(each.message["Message-ID"]).strip("<>").partition("@")[0] for each in server.received]
    assert set(Counter(ids).values()) == {1}
    assert len(ids) == SUBJECTS * EACH
    lines: dict[str, list[int]] = defaultdict(list)
    for each in ids:
        number, _, subject = each.partition("in")
        lines[subject].append(int(number))
    assert all(line == list(range(EACH)) for line in lines.values())


async def test_two_relays_share_a_thousand_mails(database_url: Secret, tmp_path: Path) -> None:
    """None of 1,000 mails is delivered twice, those to one reader arrive in order, and both relays work.

    Planted: what another relay has leased is claimed too; a subject's second effect is claimed beside its
    first; a lane forgets what ends while it writes down; each seen to fail.
    """
    async with mail_server(make_certificates(tmp_path)) as server:
        settings = QUICK | {"REKEY_DATABASE_URL": database_url.reveal(), "REKEY_MAIL_URL": server.url()}
        with ExitStack() as relays:
            for sender in SENDERS:
                each = relay_process(tmp_path, REKEY_MAIL_FROM=f"Rekey <{sender}>", **settings)
                relays.enter_context(each)
            store = open_store(database_url)
            await store.write(lambda unit: unit.effects.add(notices()))
            await until_settled(store)
            await store.close()
        check(server)
        shares = Counter(each.sender for each in server.received)
        assert min(shares[sender] for sender in SENDERS) >= EACH
