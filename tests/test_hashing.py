"""credentials/hashing.py."""

import asyncio
import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest
from argon2.low_level import Type, hash_secret
from hypothesis import given, settings
from hypothesis import strategies as st

from credentials.chance import Chance
from credentials.hashing import HashingEngine, HashParameters, Overload, Place, Verifier
from credentials.key_ring import KeyRing
from credentials.phc import read_phc
from credentials.secret import Secret

OLD = KeyRing([bytes(32)])
RING = KeyRing([bytes(32), bytes(range(32))])
CHEAP = HashParameters(memory_kib=8, time_cost=1, parallelism=1)  # RFC 9106's least: tests are quick
ANY = st.characters(exclude_categories=())  # surrogates among them
PASSWORD = Secret("correct horse battery staple")

T = TypeVar("T")


def cheap_engine(
    ring: KeyRing = RING, parameters: HashParameters = CHEAP, alarm: Callable[[str], None] = print
) -> HashingEngine:
    """Return an engine whose hashes cost nearly nothing."""
    return HashingEngine(ring, parameters, workers=1, max_wait=5, chance=Chance(), alarm=alarm)


@pytest.fixture(scope="module")
def engine() -> Iterator[HashingEngine]:
    """One cheap engine for the tests that do not close it."""
    made = cheap_engine()
    yield made
    made.close()


def held(engine: HashingEngine) -> Place:
    """Return a place that must be granted."""
    place = engine.reserve("one")
    assert isinstance(place, Place)
    return place


def sealed(engine: HashingEngine, password: Secret) -> Verifier:
    """Seal a password and wait for it."""

    async def work() -> Verifier:
        with held(engine) as place:
            return await engine.seal(place, password)

    return asyncio.run(work())


def proved(engine: HashingEngine, verifier: Verifier | None, password: Secret) -> bool:
    """Prove a password and wait for it."""

    async def work() -> bool:
        with held(engine) as place:
            return await engine.prove(place, verifier, password)

    return asyncio.run(work())


def ran(engine: HashingEngine, function: Callable[[], T]) -> T:
    """Run a function on the engine's threads and wait for it."""

    async def work() -> T:
        with held(engine) as place:
            return await engine.run(place, function)

    return asyncio.run(work())


@settings(max_examples=30, deadline=None)
@given(password=st.text(ANY), other=st.text(ANY))
def test_password_proves_itself_only(engine: HashingEngine, password: str, other: str) -> None:
    """Any password, NUL and surrogates included, proves its own verifier and no other one's."""
    verifier = sealed(engine, Secret(password))
    assert proved(engine, verifier, Secret(password))
    assert proved(engine, verifier, Secret(other)) == (password == other)


def test_verifier_is_argon2id_keyed_by_the_current_key(engine: HashingEngine) -> None:
    """A verifier names the current key, whose derived key makes it other than argon2-cffi's own hash.

    NIST SP 800-63B-4 section 3.1.1.2 asks for a keyed step. Planted: an empty key; failed.
    """
    verifier = sealed(engine, PASSWORD)
    assert verifier.key_id == RING.current_id
    phc = read_phc(verifier.phc)
    assert phc is not None
    assert phc.parameters == CHEAP
    unkeyed = hash_secret(PASSWORD.utf8(), phc.salt, 1, 8, 1, 32, Type.ID).decode()
    assert unkeyed.rpartition("$")[0] == verifier.phc.rpartition("$")[0]
    assert unkeyed != verifier.phc


def test_salts_differ(engine: HashingEngine) -> None:
    """The same password twice gives two verifiers."""
    assert sealed(engine, PASSWORD) != sealed(engine, PASSWORD)


def test_older_key_still_proves(engine: HashingEngine) -> None:
    """After a rotation an older verifier is proved by its own key, and is stale."""
    other = cheap_engine(OLD)
    verifier = sealed(other, PASSWORD)
    other.close()
    assert proved(engine, verifier, PASSWORD)
    assert engine.is_stale(verifier)
    assert not engine.is_stale(sealed(engine, PASSWORD))


@pytest.mark.parametrize(
    ("memory", "passes", "lanes", "answer"),
    [
        (32, 1, 1, True),
        (33, 1, 1, False),
        (8, 16, 1, True),
        (8, 17, 1, False),
        (32, 4, 4, True),
        (32, 5, 4, False),
    ],
)
def test_dearer_verifiers_are_bounded(
    engine: HashingEngine, memory: int, passes: int, lanes: int, *, answer: bool
) -> None:
    """Up to 4 times the memory and 16 times the work is proved, more is a no. Planted: no bound; failed."""
    other = cheap_engine(RING, HashParameters(memory, passes, lanes))
    verifier = sealed(other, PASSWORD)
    other.close()
    assert proved(engine, verifier, PASSWORD) is answer
    assert engine.is_stale(verifier)


def test_absurd_lanes_are_not_computed() -> None:
    """A verifier that asks for nine lanes where we use one is a no, though its memory is little."""
    ours, other = cheap_engine(RING, HashParameters(72)), cheap_engine(RING, HashParameters(72, 1, 9))
    assert not proved(ours, sealed(other, PASSWORD), PASSWORD)
    assert proved(other, sealed(other, PASSWORD), PASSWORD)
    ours.close()
    other.close()


def test_what_cannot_be_proved_is_a_no_after_the_same_work() -> None:
    """No verifier, an unknown key, no PHC string, an absurd one: each costs one hash of ours, no more.

    All but the missing one are told to the operator, without the verifier. Planted: no work without a
    verifier; an absurd one passed over in silence; failed. No caller may learn whether an account exists
    (ASVS 6.3.8).
    """
    dear = HashParameters(memory_kib=8192)  # some milliseconds, enough to tell from nothing
    told = list[str]()
    engine = cheap_engine(RING, dear, told.append)
    real = sealed(engine, PASSWORD)
    absurd = real.phc.replace("m=8192", "m=4194304")
    kinds = [real, None, Verifier(real.phc, "00000000"), Verifier("*", RING.current_id)]
    kinds.append(Verifier(absurd, RING.current_id))

    def timed(verifier: Verifier | None) -> float:
        start = time.process_time()
        assert not proved(engine, verifier, Secret("wrong"))
        return time.process_time() - start

    times = [min(timed(verifier) for _ in range(9)) for verifier in kinds]
    assert min(times) > max(times) / 2
    assert [engine.is_stale(verifier) for verifier in kinds if verifier] == [False, True, True, True]
    reasons = [reason.rpartition(": ")[2] for reason in sorted(set(told))]
    assert reasons == [
        "HashParameters(memory_kib=4194304, time_cost=1, parallelism=1) is far beyond the settings.",
        "it is not a PHC string of Argon2id as Rekey writes it.",
        "its root key is not in the key file.",
    ]
    assert real.phc[-20:] not in "".join(told)
    engine.close()


def test_hashing_threads_step_back(engine: HashingEngine) -> None:
    """What Python computes runs on a thread of its own at nice 10, so that the event loop goes first."""
    nice = ran(engine, lambda: os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
    assert nice == 10
    assert ran(engine, lambda: threading.current_thread().name) == "beside-hashing"


def test_errors_of_other_work_are_raised(engine: HashingEngine) -> None:
    """What a function raises on a thread reaches who awaits it, and its place is free again."""
    with pytest.raises(ZeroDivisionError):
        ran(engine, lambda: 1 // 0)
    assert engine.places_taken == 0


def test_a_hash_does_not_wait_for_what_python_computes() -> None:
    """Nor does one piece of that run beside another, where both would wait for the interpreter's lock.

    Planted: both kinds on the hashing threads; failed.
    """
    engine = cheap_engine()
    began, finish = list[int](), threading.Event()

    async def compute(number: int) -> None:
        def slow() -> None:
            began.append(number)
            assert finish.wait(10)

        with held(engine) as place:
            await engine.run(place, slow)

    async def scene() -> None:
        computing = [asyncio.create_task(compute(number)) for number in range(2)]
        await asyncio.sleep(0)
        with held(engine) as place:
            await engine.seal(place, PASSWORD)
        assert began in ([], [0])
        finish.set()
        await asyncio.gather(*computing)

    asyncio.run(scene())
    assert began == [0, 1]
    engine.close()


def test_cancelled_request_stays_counted_while_its_job_runs(engine: HashingEngine) -> None:
    """A job that runs when its request is cancelled keeps its place; one that waits never runs.

    Planted: the place freed when the request leaves; failed.
    """
    began, finish = threading.Event(), threading.Event()
    late: list[str] = []

    async def request(work: Callable[[], object]) -> None:
        with held(engine) as place:
            await engine.run(place, work)

    def slow() -> None:
        began.set()
        assert finish.wait(10)

    async def scene() -> None:
        running = asyncio.create_task(request(slow))
        await asyncio.to_thread(began.wait, 10)
        waiting = asyncio.create_task(request(lambda: late.append("ran")))
        await asyncio.sleep(0)
        assert engine.places_taken == 2
        for task in (running, waiting):
            task.cancel()
        await asyncio.gather(running, waiting, return_exceptions=True)
        assert engine.places_taken == 1
        finish.set()
        await request(lambda: None)

    asyncio.run(scene())
    assert engine.places_taken == 0
    assert late == []


def test_queue_is_bounded_by_the_measured_cost() -> None:
    """Where a hash is measured at half a second and nobody may wait longer, the third is refused."""

    class Ticking(Chance):
        """A clock on which half a second passes between two looks."""

        ticks = 0.0

        def monotonic(self) -> float:
            self.ticks += 0.5
            return self.ticks

    engine = HashingEngine(RING, CHEAP, workers=1, max_wait=0.5, chance=Ticking(), alarm=print)
    with held(engine), held(engine):
        assert engine.reserve("one") == Overload(retry_after=0.5)
    held(engine)
    engine.close()


def test_close_drains_and_then_refuses() -> None:
    """Closing waits for what was begun; a job that comes later is an error that frees its place."""
    engine = cheap_engine()
    done: list[str] = []

    def slow() -> None:
        time.sleep(0.05)
        done.append("ran")

    async def scene() -> None:
        with held(engine) as place:
            task = asyncio.create_task(engine.run(place, slow))
            await asyncio.sleep(0)
            engine.close()
            assert done == ["ran"]
            await task
        with pytest.raises(RuntimeError), held(engine) as place:
            await engine.run(place, lambda: None)

    asyncio.run(scene())
    assert engine.places_taken == 0


def test_hashing_leaves_the_interpreter_free() -> None:
    """While a hash runs, other threads run: Argon2 is computed with the interpreter's lock released."""
    engine = cheap_engine(RING, HashParameters(memory_kib=65536))

    async def scene() -> int:
        with held(engine) as place:
            task = asyncio.create_task(engine.seal(place, PASSWORD))
            turns = 0
            while not task.done():
                await asyncio.sleep(0)
                turns += 1
            return turns

    assert asyncio.run(scene()) > 10
    engine.close()
