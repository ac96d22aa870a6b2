"""A relay that is killed at every step of its work, and started once more."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from credentials.kinds import EffectKind, EffectState
from credentials.policy_rules import PasswordPolicy
from credentials.secret import Secret
from delivery.relay import Relay
from delivery.sealer import Sealer
from delivery.webhook_announcements import Announcements
from resolvers.change_password import PasswordChanged, change_password
from resolvers.request_password_reset import request_password_reset
from store.opening import open_store
from tests.certificates import make_certificates
from tests.chat_servers import url_of
from tests.following import CHAIN
from tests.mail_servers import mail_server
from tests.proofs.dying_relay import ENDPOINT, Job, run_relay
from tests.prosody import missing_prosody, prosody_server
from tests.requirements import require
from tests.webhook_receiver import receiver
from tests.world import NEW_PASSWORD, PASSWORD, open_world, origin
from tests.xmpp_client import logged_in, opens

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from credentials.model import Effect
    from tests.certificates import Certificates
    from tests.mail_servers import MailServer
    from tests.prosody import Prosody
    from tests.webhook_receiver import Receiver
    from tests.world import World
    from tests.xmpp_client import XmppClient

pytestmark = pytest.mark.anyio

OLD = "the password before"
#: After this a relay's lease is over.
LATER = timedelta(minutes=2)
#: Passwords are not what this is about: guessing them takes as long as the rest of a change.
QUICK = PasswordPolicy(min_guessability=0)
#: Runs at once: they mostly wait for one another's processes.
AT_ONCE = 6


@dataclass(frozen=True)
class Seen:
    """What the world has seen: by effect, how often, and the state that the outbox has it in."""

    times: Counter[str]
    states: dict[str, EffectState]
    told: bool


@dataclass(frozen=True)
class Table:
    """What all runs share."""

    chat: Prosody
    certificates: Certificates
    folder: Path
    database: bytes


@dataclass(frozen=True)
class Row:
    """One change of a password, one wish for a reset, and who hears of them."""

    job: Job
    chat: Prosody
    world: World
    mail: MailServer
    hooks: Receiver
    effects: list[Effect]
    im: XmppClient
    tel: XmppClient

    async def look(self) -> Seen:
        """What was seen up to now; nothing is under way any more."""
        await self.mail.hang_up()
        catching_up = [asyncio.create_task(each) for each in (self.im.catch_up(), self.im.end())]
        _, other = await asyncio.wait(catching_up, return_when=asyncio.FIRST_COMPLETED)
        for task in other:
            task.cancel()
        mails = [str(each.message["Message-ID"]) for each in self.mail.received]
        times = Counter(each.strip("<>").partition("@")[0] for each in mails)
        times.update(each.headers["webhook-id"].removeprefix("msg_") for each in self.hooks.taken)
        (notice,) = (each for each in self.effects if each.kind is EffectKind.XMPP_NOTICE)
        times[notice.id] += len(self.im.messages())
        now = {each.id: each for each in await self.world.effects()}
        told = self.im.jid in now[notice.id].progress.get("told", [])
        return Seen(times, {each.id: now[each.id].state for each in self.effects}, told)

    async def check(self, after_death: Seen) -> None:
        """All of it happened: once, or once more where nobody had written down that it did."""
        at_last = await self.look()
        assert set(at_last.states.values()) == {EffectState.DELIVERED}
        for effect in self.effects:
            if effect.kind in (EffectKind.XMPP_PASSWORD, EffectKind.XMPP_DISCONNECT):
                continue
            known = after_death.states[effect.id] is EffectState.DELIVERED
            known = known or (effect.kind is EffectKind.XMPP_NOTICE and after_death.told)
            before = after_death.times[effect.id]
            assert 1 <= at_last.times[effect.id] == before + (not known), effect.kind
            assert before <= 1
        await asyncio.gather(self.im.end(), self.tel.end())
        assert len({each.get("id") for each in self.im.messages()}) == 1
        assert self.im.outline() == ["message"] * len(self.im.messages()) + ["the end"]
        assert self.tel.outline() == ["the end"]
        await asyncio.gather(self._is_new(self.im), self._is_new(self.tel))

    async def _is_new(self, client: XmppClient) -> None:
        jid = client.jid.partition("/")[0]
        current = await self.world.account(jid)
        assert current is not None
        opened = await asyncio.gather(*(opens(self.chat, jid, each) for each in (OLD, current.reveal())))
        assert opened == [False, True]


@asynccontextmanager
async def row(table: Table, number: int) -> AsyncIterator[Row]:
    """A user whose password was just changed, and who asked for a reset; nothing is delivered."""
    path = table.folder / f"{number}.db"
    path.write_bytes(table.database)
    store = open_store(Secret(f"sqlite:///{path}"))
    async with AsyncExitStack() as stack:
        stack.push_async_callback(store.close)
        world = await stack.enter_async_context(open_world(store, QUICK))
        mail = await stack.enter_async_context(mail_server(table.certificates))
        hooks = await stack.enter_async_context(receiver(table.certificates))
        im, tel = (table.chat.register(f"{kind}{number}", OLD) for kind in ("im", "tel"))
        effects = await change(world, hooks, im, tel)
        clients = [await stack.enter_async_context(logged_in(table.chat, each, OLD)) for each in (im, tel)]
        job = Job(
            f"sqlite:///{path}",
            world.ring.text().reveal(),
            world.chance.now(),
            table.certificates,
            mail.url(),
            url_of(table.chat.port).reveal(),
            hooks.port,
            path.with_suffix(".steps"),
        )
        yield Row(job, table.chat, world, mail, hooks, effects, *clients)


async def change(world: World, hooks: Receiver, im: str, tel: str) -> list[Effect]:
    """Changes a user's password and asks for a reset mail: the effects."""
    services = world.services
    await world.user(jid_im=im, jid_tel=tel)
    caller = await world.caller()
    told_to_nobody = Relay(services.store, world.chance, {})
    while await told_to_nobody.step():
        pass
    before = len(await world.effects())
    changed = await change_password(services, origin(), caller, Secret(PASSWORD), Secret(NEW_PASSWORD), None)
    assert isinstance(changed, PasswordChanged)
    await request_password_reset(services, origin(), "mary@example.org", None, None, None)
    endpoint = replace(hooks.endpoint(ENDPOINT), events=frozenset({"password.changed"}))
    await Sealer(services.store, Announcements([endpoint], world.chance).fan_out, CHAIN).step()
    return (await world.effects())[before:]


@pytest.fixture(scope="module")
def chat() -> Iterator[Prosody]:
    """A Prosody for all runs."""
    require(missing_prosody())
    with prosody_server() as running:
        yield running


async def test_kill_9_at_every_step(
    chat: Prosody, migrated_sqlite: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """R5 R6 R8: whatever the relay was at when it was killed, the next one brings all to its end.

    Each effect took place. A mail, a webhook or a message went out once more only where the one before was
    taken and nobody had written that down; the old chat passwords are refused and the new ones work.

    Planted: effects are settled as they are claimed; the progress of a notice is not written; each seen to
    fail.
    """
    table = Table(chat, make_certificates(tmp_path), tmp_path, migrated_sqlite)
    async with row(table, 0) as whole:
        assert len(whole.effects) == 8  # three and two of chat, two mails, a webhook
        before = await whole.look()
        assert await run_relay(whole.job) == 0
        await whole.check(before)
        steps = whole.job.steps.read_text().splitlines()
    assert len(steps) == len(set(steps))
    places = asyncio.Semaphore(AT_ONCE)
    twice: dict[str, list[str]] = {}

    async def die(number: int, step: str) -> None:
        async with places, row(table, number) as dying:
            assert await run_relay(replace(dying.job, dies_at=step)) == -signal.SIGKILL
            after_death = await dying.look()
            assert await run_relay(replace(dying.job, now=dying.job.now + LATER)) == 0
            await dying.check(after_death)
            times = (await dying.look()).times
            twice[step] = [each.kind for each in dying.effects if times[each.id] > 1]

    async with asyncio.TaskGroup() as group:
        for number, step in enumerate(steps, start=1):
            group.create_task(die(number, step))
    # It died before it settled the notice, and after the server had taken the message.
    assert not twice["XMPP_NOTICE im, deliver 1: after"]
    with capsys.disabled():
        lines = (f"  {step:<72} {', '.join(twice[step])}".rstrip() for step in steps)
        print("\nkilled at, and what came twice:", *lines, sep="\n")  # noqa: T201  a table to see
