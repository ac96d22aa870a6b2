"""What the event loop does at a stretch: nobody waits for another's request longer than that."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx
import pytest
from anyio.from_thread import start_blocking_portal

from credentials.hash_parameters import HashParameters
from credentials.secret import Secret
from server.app import create_app
from server.room import Room, Shared
from server.serving import Server, configure, listen
from store.opening import open_store
from tests.api import settings_for
from tests.proofs.promises import allowed
from tests.world import open_world
from tests.ws_client import place

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

pytestmark = pytest.mark.untraced

#: Seconds: a request that waits behind sixty-four others is still answered within a tenth of a second.
MOST = 0.001
#: How much of what a request takes of the event loop may be one step that takes more. A quarter was seen;
#: without the turn before a glance a third to a half.
SHARE = 1 / 3
#: What takes ten milliseconds and more where it is done on the event loop: a hash, and zxcvbn with passwords
#: that are full of signs which stand for letters.
COST = HashParameters(memory_kib=16384)
SPELT_OTHERWISE = (
    "m0ther 0f p3arl 4nd $1lver l@ntern $h1ne 1n th3 h@rb0ur t0n1ght",
    "m0ther 0f p3arl 4nd g0lden l@ntern $h1ne 1n th3 h@rb0ur t0n1ght",
)
#: Of so many tries the quickest counts: what else the machine does is no part of it.
TRIES = 8

ME = "{ me { id username roles chatAccounts { jid } sessions { id } } }"
SIGN_IN = (
    "mutation ($input: SignInInput!) { signIn(input: $input)"
    " { ... on SignInSuccess { accessToken refreshToken user { id } } } }"
)
REFRESH = (
    "mutation ($input: RefreshSessionInput!) { refreshSession(input: $input)"
    " { ... on SignInSuccess { accessToken refreshToken } } }"
)
CHANGE = (
    "mutation ($input: ChangePasswordInput!) { changePassword(input: $input)"
    " { __typename ... on ChangePasswordSuccess { deliveries { id } } } }"
)
ASK = (
    "mutation ($input: RequestPasswordResetInput!)"
    " { requestPasswordReset(input: $input) { ... on Outcome { success } } }"
)


@asynccontextmanager
async def served(url: Secret) -> AsyncIterator[str]:
    """The whole application on asyncio's own event loop; its address."""
    store = open_store(url)
    async with open_world(store, cost=COST) as world:
        await world.user(jid_im="mary@localhost", password=SPELT_OTHERWISE[0])
        config, shared = configure(create_app(settings_for(), world.services)), Shared(Room(10), {})
        server = Server(config, shared, lambda: None, lambda: None)
        server.config.load()
        server.lifespan = server.config.lifespan_class(server.config)
        with listen("127.0.0.1", 0) as listening:
            await server.startup([listening])
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
            await server.shutdown([listening])
    await store.close()


class Took(NamedTuple):
    """The longest step, in seconds, and its share of all steps together."""

    longest: float
    share: float


class Stretches:
    """The processor's seconds that each step of the event loop took."""

    def __init__(self) -> None:
        self._longest = self._whole = 0.0

    @contextmanager
    def watched(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        """Times every step."""
        run = asyncio.Handle._run  # noqa: SLF001  what the loop calls for each step

        def timed(handle: asyncio.Handle) -> None:
            begun = time.thread_time()
            run(handle)
            took = time.thread_time() - begun
            self._longest = max(self._longest, took)
            self._whole += took

        with monkeypatch.context() as patched:
            patched.setattr(asyncio.Handle, "_run", timed)
            yield

    def take(self) -> Took:
        """The longest since it was last taken."""
        took = Took(self._longest, self._longest / (self._whole or 1.0))
        self._longest = self._whole = 0.0
        return took


class Mary:
    """Does what people do, again and again."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http
        self._passwords = [*SPELT_OTHERWISE]
        self._session: dict[str, str] = {}

    def ask(self, query: str, given: dict[str, Any] | None = None) -> dict[str, Any]:
        """One operation's only field."""
        body = {"query": query} if given is None else {"query": query, "variables": {"input": given}}
        token = self._session.get("accessToken")
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        answer = self._http.post("/graphql", json=body, headers=headers).json()
        assert "errors" not in answer, answer
        (outcome,) = answer["data"].values()
        return dict(outcome)

    def sign_in(self) -> None:
        """By name."""
        self._session = self.ask(SIGN_IN, {"login": "mary", "password": self._passwords[0]})

    def read(self) -> None:
        """Herself."""
        assert self.ask(ME)["username"] == "mary"

    def refresh(self) -> None:
        """Her session."""
        self._session = self.ask(REFRESH, {"refreshToken": self._session["refreshToken"]})

    def change(self) -> None:
        """Her password; she has to sign in again."""
        old, new = self._passwords
        assert "deliveries" in self.ask(CHANGE, {"oldPassword": old, "newPassword": new})
        self._passwords.reverse()
        self._session = {}

    def forget(self) -> None:
        """Asks for a mail."""
        assert self.ask(ASK, {"emailAddress": "mary@example.org"})["success"]


def test_no_step_of_the_event_loop_is_long(
    tmp_path: Path, migrated_sqlite: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of documents that are known nothing takes a millisecond at a stretch, by what the test allows beside.

    Planted: zxcvbn on the event loop; a hash on it; no turn for others before a glance; seen to fail.
    """
    stretches, seen = Stretches(), defaultdict[str, list[Took]](list)
    url = Secret(f"sqlite:///{place(tmp_path, migrated_sqlite)}")
    with (
        stretches.watched(monkeypatch),
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(served(url)) as address,
        httpx.Client(base_url=address) as http,
    ):
        mary = Mary(http)
        for turn in range(TRIES + 1):
            for step in (mary.sign_in, mary.read, mary.refresh, mary.forget, mary.change):
                stretches.take()
                step()
                if turn:  # the first time documents are parsed
                    seen[step.__name__].append(stretches.take())
    least = {name: Took(*map(min, zip(*each, strict=True))) for name, each in seen.items()}
    for name, took in least.items():
        print(f"{name}: {took.longest * 1000:.2f} ms, {took.share:.0%}")  # noqa: T201  figures to see
    assert max(took.longest for took in least.values()) < allowed(MOST)
    assert all(took.longest < MOST or took.share < SHARE for took in least.values())
