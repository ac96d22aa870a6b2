"""Sessions as rows, on both databases."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Engine, event, insert

from store.opening import open_store
from store.sessions import PIECE, is_alive
from store.tables import sessions
from tests.chance import START
from tests.direct import direct, held_open
from tests.rows import HOUR, add_user, session_of
from tests.statements import statements

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection

    from credentials.model import Session, User
    from credentials.secret import Secret
    from store.unit_of_work import Store, Unit

pytestmark = pytest.mark.anyio

RACERS = 12
SECOND = timedelta(seconds=1)


def _change(unit: Unit, /, user: User, *, turn: bool = True, **values: object) -> User:
    changed = unit.users.change(user.id, user.epoch, values or {"locale": "de_DE"}, turn=turn)
    assert changed is not None
    return changed


async def test_a_session_comes_back_with_its_user_in_one_statement(store: Store) -> None:
    """Both as they are now."""
    user = await store.write(add_user)
    session = session_of(user)
    assert await store.write(lambda unit: unit.sessions.begin(session))
    assert await store.glance(lambda unit: unit.sessions.with_user("session")) == (session, user)
    assert await store.glance(lambda unit: unit.sessions.with_user("other")) is None


async def test_no_session_begins_in_an_old_epoch(store: Store) -> None:
    """A password that was changed while the old one was proved opens nothing; nor does a disabled user's."""
    user = await store.write(add_user)
    changed = await store.write(_change, user)
    assert not await store.write(lambda unit: unit.sessions.begin(session_of(user)))
    disabled = await store.write(_change, changed, is_disabled=True, turn=False)
    assert not await store.write(lambda unit: unit.sessions.begin(session_of(disabled)))
    assert not await store.write(lambda unit: unit.sessions.begin(replace(session_of(user), user_id="x")))


async def test_a_change_under_way_is_waited_for(
    databases: Callable[[str], AbstractContextManager[Secret]],
) -> None:
    """PostgreSQL: a change that commits between look and insert. Planted: no FOR SHARE; seen to fail."""
    with databases("postgresql") as url:
        store = open_store(url)
        user = await store.write(add_user)
        async with held_open(url, "UPDATE users SET epoch = epoch + 1"):
            begun = asyncio.create_task(store.write(lambda unit: unit.sessions.begin(session_of(user))))
            done, _ = await asyncio.wait([begun], timeout=0.3)
            assert not done
        assert not await begun
        await store.close()


async def test_a_refresh_number_is_spent_once(store: Store) -> None:
    """Twelve refreshes with one number: one winner. Planted: the number not compared; seen to fail."""
    user = await store.write(add_user)
    session = session_of(user)
    await store.write(lambda unit: unit.sessions.begin(session))

    def rotate(unit: Unit) -> bool:
        return unit.sessions.rotate(session, at=START + SECOND, expires_at=START + 2 * HOUR)

    won = await asyncio.gather(*(store.write(rotate) for _ in range(RACERS)))
    assert won.count(True) == 1
    found = await store.read(lambda unit: unit.sessions.with_user("session"))
    assert found is not None
    rotated = replace(session, refresh_n=1, refreshed_at=START + SECOND, expires_at=START + 2 * HOUR)
    assert found[0] == rotated


async def test_an_ended_session_is_not_refreshed(store: Store) -> None:
    """The end of a session is final, and is told once."""
    user = await store.write(add_user)
    session = session_of(user)
    await store.write(lambda unit: unit.sessions.begin(session))
    assert not await store.write(lambda unit: unit.sessions.end("session", "id-other", START))
    assert await store.write(lambda unit: unit.sessions.end("session", user.id, START))
    assert not await store.write(lambda unit: unit.sessions.end("session", user.id, START))
    assert not await store.write(
        lambda unit: unit.sessions.rotate(session, at=START, expires_at=START + HOUR)
    )


async def test_an_expired_session_cannot_be_ended(store: Store) -> None:
    """At the very moment of its expiry it is over."""
    user = await store.write(add_user)
    await store.write(lambda unit: unit.sessions.begin(session_of(user)))
    assert not await store.write(lambda unit: unit.sessions.end("session", user.id, START + HOUR))


async def test_the_sessions_of_an_epoch_end_together(store: Store) -> None:
    """Those that were alive are counted; other users' are left alone."""
    user, other = await store.write(add_user), await store.write(add_user, "other")

    def begin(unit: Unit) -> None:
        for session in (
            session_of(user, "one"),
            session_of(user, "two"),
            session_of(user, "over", expires_at=START),
            session_of(other, "other"),
        ):
            assert unit.sessions.begin(session)
        assert unit.sessions.end("two", user.id, START)

    await store.write(begin)
    assert await store.write(lambda unit: unit.sessions.end_all(user.id, user.epoch + 1, START)) == 0
    assert await store.write(lambda unit: unit.sessions.end_all(user.id, user.epoch, START)) == 1
    alive = await store.read(lambda unit: unit.sessions.of_users([user.id, other.id], START))
    assert [session.id for session in alive] == ["other"]


async def test_live_sessions_are_listed_the_oldest_first(store: Store) -> None:
    """Not those of an epoch that is gone."""
    user, other = await store.write(add_user), await store.write(add_user, "other")

    def begin(unit: Unit) -> None:
        unit.sessions.begin(session_of(user, "b", created_at=START + SECOND))
        unit.sessions.begin(session_of(user, "a", created_at=START + SECOND))
        unit.sessions.begin(session_of(other, "c"))

    def listed(unit: Unit) -> list[str]:
        return [session.id for session in unit.sessions.of_users([user.id, other.id, "none"], START)]

    await store.write(begin)
    assert await store.read(listed) == ["c", "a", "b"]
    await store.write(_change, user)
    assert await store.read(listed) == ["c"]


@pytest.mark.parametrize(
    ("changes", "alive"),
    [
        ({}, True),
        ({"ended_at": START}, False),
        ({"expires_at": START}, False),
        ({"epoch": 2}, False),
    ],
)
async def test_a_session_speaks_while_nothing_ended_it(
    store: Store, changes: dict[str, object], *, alive: bool
) -> None:
    """Ended, expired, of another epoch, or of a disabled user: it is dead."""
    user = await store.write(add_user)
    session: Session = replace(session_of(user), **changes)  # type: ignore[arg-type]  # columns by name
    assert is_alive(session, user, START) is alive
    assert not is_alive(session, replace(user, is_disabled=True), START)


async def test_who_is_alive_is_asked_for_many_at_once(store: Store) -> None:
    """In one statement, by the rule of `is_alive`. Planted: each condition left out; seen to fail."""
    user, changed, disabled = [await store.write(add_user, name) for name in ("mary", "john", "dora")]

    def begin(unit: Unit) -> None:
        for one, name in ((user, "live"), (user, "ended"), (changed, "turned"), (disabled, "disabled")):
            assert unit.sessions.begin(session_of(one, name))
        assert unit.sessions.begin(session_of(user, "over", expires_at=START))
        assert unit.sessions.end("ended", user.id, START - SECOND)

    await store.write(begin)
    await store.write(_change, changed)
    await store.write(_change, disabled, is_disabled=True, turn=False)
    everyone = ["live", "ended", "turned", "disabled", "over", "none"]
    with statements() as asked:
        assert await store.read(lambda unit: unit.sessions.alive(everyone, START)) == {"live"}
    assert len([each for each in asked if each.startswith("SELECT")]) == 1


@contextmanager
def _written() -> Iterator[list[int]]:
    """How many rows each statement wrote meanwhile."""
    counts: list[int] = []

    def note(*call: Any) -> None:
        _, cursor, statement, *_ = call
        if statement.startswith("UPDATE"):
            counts.append(cursor.rowcount)

    event.listen(Engine, "after_cursor_execute", note)
    try:
        yield counts
    finally:
        event.remove(Engine, "after_cursor_execute", note)


def _many(connection: Connection, user: User) -> None:
    values = asdict(session_of(user))
    connection.execute(insert(sessions), [{**values, "id": f"session{n}"} for n in range(PIECE + 1)])


async def test_all_sessions_of_a_user_end_however_many_there_are(store: Store, database_url: Secret) -> None:
    """All are counted; those beyond a bound end by the turn of the epoch alone.

    Planted: one statement for all of them, which PostgreSQL's driver cuts off after two seconds; seen to
    fail.
    """
    user = await store.write(add_user)
    await direct(database_url, lambda connection: _many(connection, user))

    def end_all(unit: Unit) -> int:
        _change(unit, user)
        return unit.sessions.end_all(user.id, user.epoch, START)

    with _written() as counts:
        assert await store.write(end_all) == PIECE + 1
    assert max(counts) == PIECE
    names = [f"session{n}" for n in range(PIECE + 1)]
    assert await store.read(lambda unit: unit.sessions.alive(names, START)) == set()


async def test_every_session_ends_piece_by_piece(store: Store, database_url: Secret) -> None:
    """Those that live, of all users, in one transaction. Planted: one statement, as above; seen to fail."""
    user, other = await store.write(add_user), await store.write(add_user, "other")
    await direct(database_url, lambda connection: _many(connection, user))
    await store.write(lambda unit: unit.sessions.begin(session_of(other, "other")))
    await store.write(lambda unit: unit.sessions.begin(session_of(other, "over", expires_at=START)))
    with _written() as counts:
        assert await store.write(lambda unit: unit.sessions.end_every(START)) == PIECE + 2
    assert max(counts) <= PIECE
    assert await store.write(lambda unit: unit.sessions.end_every(START)) == 0
