"""What is over goes, on both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, insert, select

from credentials.kinds import EffectState
from credentials.vault import Sealed
from store.attempts import Level
from store.known_networks import KNOWN_FOR
from store.sweep import CHUNK, EFFECTS_KEPT, KINDS, SECRETS_KEPT, SESSIONS_KEPT, WISHES_KEPT, sweep
from store.tables import attempts, effects, known_networks, one_time_secrets, sessions, wishes
from tests.chance import START
from tests.direct import direct
from tests.rows import DAY, HOUR, add_effects, add_user, claim_mail, session_of, strike

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Table

    from credentials.secret import Secret
    from store.unit_of_work import Store, Unit

pytestmark = pytest.mark.anyio

MOMENT = timedelta(microseconds=1)


async def clear(store: Store, now: datetime) -> bool:
    """Sweeps each kind once; whether of any there may be more."""
    return any([await store.write(sweep, kind, now) for kind in KINDS])


async def _left(url: Secret, table: Table) -> int:
    def count(connection: Connection) -> int:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()

    return await direct(url, count)


async def test_counts_go_after_a_day(database_url: Secret, store: Store) -> None:
    """Not at the day's last moment."""
    await store.write(lambda unit: unit.attempts.reserve(Level(b"key"), START))
    await clear(store, START + DAY)
    assert await _left(database_url, attempts) == 1
    await clear(store, START + DAY + MOMENT)
    assert await _left(database_url, attempts) == 0


async def test_counts_of_a_longer_window_go_with_it(database_url: Secret, store: Store) -> None:
    """Failures in a row are remembered for as long as they are counted. Planted: a day; seen to fail."""
    await store.write(lambda unit: unit.attempts.add(b"key", START, 365 * DAY))
    await clear(store, START + 365 * DAY)
    assert await _left(database_url, attempts) == 1
    await clear(store, START + 365 * DAY + MOMENT)
    assert await _left(database_url, attempts) == 0


async def test_known_networks_go_after_ninety_days(database_url: Secret, store: Store) -> None:
    """They are known no longer."""
    user = await store.write(add_user)
    await store.write(lambda unit: unit.known_networks.saw(user.id, b"here", START))
    await clear(store, START + KNOWN_FOR)
    assert await _left(database_url, known_networks) == 1
    await clear(store, START + KNOWN_FOR + MOMENT)
    assert await _left(database_url, known_networks) == 0


async def test_sessions_go_a_week_after_their_end(database_url: Secret, store: Store) -> None:
    """Whether they expired or were ended; a live one stays."""
    user = await store.write(add_user)

    def begin(unit: Unit) -> None:
        unit.sessions.begin(session_of(user, "expired"))
        unit.sessions.begin(session_of(user, "ended", expires_at=START + 30 * DAY))
        unit.sessions.begin(session_of(user, "live", expires_at=START + 30 * DAY))
        assert unit.sessions.end("ended", user.id, START + HOUR)

    await store.write(begin)
    await clear(store, START + HOUR + SESSIONS_KEPT)
    assert await _left(database_url, sessions) == 3
    await clear(store, START + HOUR + SESSIONS_KEPT + MOMENT)
    assert await _left(database_url, sessions) == 1
    assert await store.read(lambda unit: unit.sessions.with_user("live")) is not None


async def test_secrets_go_a_day_after_they_expire(database_url: Secret, store: Store) -> None:
    """A repeated mail finds its own until then."""
    user = await store.write(add_user)
    await store.write(strike, user)
    await clear(store, START + HOUR + SECRETS_KEPT)
    assert await _left(database_url, one_time_secrets) == 1
    await clear(store, START + HOUR + SECRETS_KEPT + MOMENT)
    assert await _left(database_url, one_time_secrets) == 0


async def test_wishes_go_when_nothing_waits_for_them(database_url: Secret, store: Store) -> None:
    """A day after they were made: settled, or without an effect; a pending one stays."""

    def wish(unit: Unit) -> None:
        for name in ("pending", "failed", "orphan"):
            unit.wishes.add(name, Sealed("k1", b"box"), START)
        add_effects(unit, "failed", subject="1")
        (effect,) = claim_mail(unit, "mine", START, START + HOUR)
        assert unit.due.settle(effect, "mine", EffectState.FAILED, now=START)
        add_effects(unit, "pending", subject="2")

    await store.write(wish)
    await clear(store, START + WISHES_KEPT)
    assert await _left(database_url, wishes) == 3
    await clear(store, START + WISHES_KEPT + MOMENT)
    assert await _left(database_url, wishes) == 1
    assert await store.read(lambda unit: unit.wishes.find("pending")) is not None


async def test_effects_go_thirty_days_after_they_were_settled(database_url: Secret, store: Store) -> None:
    """One that is pending stays however old it is."""

    def settle(unit: Unit) -> None:
        add_effects(unit, "one", "two")
        (effect,) = claim_mail(unit, "mine", START, START + HOUR)
        assert unit.due.settle(effect, "mine", EffectState.DELIVERED, now=START)

    await store.write(settle)
    await clear(store, START + EFFECTS_KEPT)
    assert await _left(database_url, effects) == 2
    await clear(store, START + EFFECTS_KEPT + MOMENT)
    assert await store.read(lambda unit: unit.effects.find("one")) is None
    assert await store.read(lambda unit: unit.effects.find("two")) is not None


async def test_one_call_takes_a_bounded_number_and_two_at_once_are_in_nobodys_way(
    database_url: Secret, store: Store
) -> None:
    """The oldest first; called again it goes on, and says when there is no more."""
    old = [
        {"key": b"%d" % number, "taken": 1, "started_at": START, "waits_until": START}
        for number in range(3 * CHUNK - 1)
    ]
    await direct(database_url, lambda connection: connection.execute(insert(attempts), old))
    assert await clear(store, START + 2 * DAY)
    assert await _left(database_url, attempts) == 2 * CHUNK - 1
    await asyncio.gather(*(clear(store, START + 2 * DAY) for _ in range(2)))
    assert not await clear(store, START + 2 * DAY)
    assert await _left(database_url, attempts) == 0
