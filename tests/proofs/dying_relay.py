"""A relay in a process of its own that is killed at a step of its work, or lives to its end.

A step is before or after a writing transaction, a delivery, or a stanza to the XMPP server. Started by
`multiprocessing`'s forkserver, which imports all this once.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from collections import Counter
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from string import digits
from typing import TYPE_CHECKING, Any

from credentials.digests import Digests
from credentials.key_ring import KeyRing
from credentials.kinds import ChannelName
from credentials.model import EffectKind
from credentials.secret import Secret
from credentials.vault import Vault
from delivery.mail import open_mail
from delivery.post import Post
from delivery.relay import Relay
from delivery.reset_mail import ResetMail
from delivery.webhooks import WebhookChannel
from delivery.xmpp import XmppChannel
from delivery.xmpp_connection import XmppConnection
from delivery.xmpp_server import XmppServer
from delivery.xmpp_url import read_xmpp_url
from store.opening import open_store
from store.unit_of_work import Store
from tests.chance import FixedChance
from tests.webhook_receiver import Receiver
from tests.world import RULES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path
    from xml.etree.ElementTree import Element

    from credentials.model import Effect
    from delivery.settlement import Deliver, Settlement
    from delivery.xmpp_url import XmppLogin
    from store.unit_of_work import Unit
    from tests.certificates import Certificates

#: Seconds; a run takes a tenth of one.
PATIENCE = 60.0
ENDPOINT = "crm"

_doing = ContextVar("_doing", default="relay")


@dataclass(frozen=True)
class Job:
    """What a relay is started with.

    Attributes:
        database: the URL.
        ring: the root keys, as their file has them.
        now: where the clock stands.
        certificates: whose authority mail server and webhooks' receiver are trusted by.
        mail: the mail server's URL.
        xmpp: the XMPP server's.
        webhooks: the port of the webhooks' receiver.
        steps: a file that each step's name is added to, before anything else happens.
        dies_at: the name of the step at which the process kills itself; None: it lives.
    """

    database: str
    ring: str = field(repr=False)
    now: datetime
    certificates: Certificates
    mail: str
    xmpp: str
    webhooks: int
    steps: Path
    dies_at: str | None = None


class Steps:
    """Names the steps, writes them down, and kills the process at one of them."""

    def __init__(self, job: Job) -> None:
        self._file = os.open(job.steps, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._dies_at = job.dies_at
        self._counts: Counter[str] = Counter()

    @contextmanager
    def around(self, what: str) -> Iterator[None]:
        """The two steps of something that is done: before, and after it went well."""
        name = f"{_doing.get()}, {what}"
        self._counts[name] += 1
        self._pass(f"{name} {self._counts[name]}: before")
        yield
        self._pass(f"{name} {self._counts[name]}: after")

    def _pass(self, step: str) -> None:
        os.write(self._file, f"{step}\n".encode())
        if step == self._dies_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def delivering(self, deliver: Deliver) -> Deliver:
        """A channel with its steps; those within carry the effect's name."""

        async def delivered(effect: Effect) -> Settlement:
            kind = effect.kind.channel
            # Accounts are named alike in each run, but for a number.
            name = effect.target.partition("@")[0].rstrip(digits) if kind is ChannelName.XMPP else ""
            _doing.set(f"{effect.kind} {name}".strip())
            with self.around("deliver"):
                return await deliver(effect)

        return delivered


class SteppedStore(Store):
    """A store whose writing transactions are steps."""

    def __init__(self, inner: Store, steps: Steps) -> None:
        super().__init__()
        self._inner = inner
        self._steps = steps

    async def write(self, work: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  as the store's
        """As the store's."""
        with self._steps.around(f"write {_name(work)}"):
            return await super().write(work, *args, **kwargs)

    async def _write(self, work: Callable[[Unit], Any]) -> Any:  # noqa: ANN401  as the store's
        return await self._inner.write(work)

    async def _read(self, work: Callable[[Unit], Any]) -> Any:  # noqa: ANN401  as the store's
        return await self._inner.read(work)

    async def _glance(self, work: Callable[[Unit], Any]) -> Any:  # noqa: ANN401  as the store's
        return await self._inner.glance(work)

    async def _close(self) -> None:
        await self._inner.close()


def _name(work: Callable[..., Any]) -> str:
    return work.__qualname__.removesuffix(".<locals>.<lambda>")


class SteppedServer(XmppServer):
    """An XMPP server to which each stanza is a step."""

    def __init__(self, login: XmppLogin, steps: Steps) -> None:
        super().__init__(login)
        self._steps = steps

    async def connection(self) -> XmppConnection:
        """As the server's."""
        return _SteppedConnection(await super().connection(), self._steps)


class _SteppedConnection(XmppConnection):
    def __init__(self, inner: XmppConnection, steps: Steps) -> None:
        self._inner = inner
        self._steps = steps
        self.jid = inner.jid

    async def ask(self, to: str, question: Element, kind: str = "set") -> Element:
        with self._steps.around("ask"):
            return await self._inner.ask(to, question, kind)

    async def tell(self, message: Element) -> None:
        with self._steps.around("tell"):
            await self._inner.tell(message)


async def _deliver(job: Job) -> None:
    steps, chance, ring = Steps(job), FixedChance(job.now), KeyRing.parse(job.ring)
    store, vault = SteppedStore(open_store(Secret(job.database)), steps), Vault(ring, chance)
    resets = ResetMail(
        store=store,
        digests=Digests(ring),
        vault=vault,
        chance=chance,
        page_url="https://accounts.example.org/reset-password",
        help_url=None,
        ttl=RULES.reset_token_ttl,
    )
    mail = open_mail(job.mail)
    post = Post(mail, "Rekey <no-reply@example.org>", None, resets)
    chat = XmppChannel(SteppedServer(read_xmpp_url(Secret(job.xmpp)), steps), store, vault, chance)
    endpoint = Receiver(job.certificates, job.webhooks).endpoint(ENDPOINT)
    webhooks = WebhookChannel([endpoint], chance)
    carriers = {
        ChannelName.MAIL: steps.delivering(post.deliver),
        ChannelName.XMPP: steps.delivering(chat.deliver),
        ChannelName.WEBHOOK: steps.delivering(webhooks.deliver),
    }
    relay = Relay(store, chance, {kind: carriers[kind.channel] for kind in EffectKind})
    while await relay.step():
        pass
    for each in (mail, chat, webhooks, store):
        await each.close()


def _run(job: Job) -> None:
    asyncio.run(_deliver(job))


async def run_relay(job: Job) -> int:
    """Runs a relay until nothing is due, or its death; gives its exit status.

    On the event loop and not in threads: `multiprocessing` looks after all its processes at each start, and
    would take an exit status away from who waits for it.
    """
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload([__name__])
    process = processes.Process(target=_run, args=(job,))
    process.start()
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(process.sentinel, ended.set)
    try:
        async with asyncio.timeout(PATIENCE):
            await ended.wait()
    finally:
        loop.remove_reader(process.sentinel)
    process.join()
    assert process.exitcode is not None
    return process.exitcode
