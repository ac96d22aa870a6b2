"""credentials/key_schedule.py."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from credentials.chance import Chance
from credentials.key_schedule import MARGIN, WAIT, DatedKey, KeySchedule, KeyState
from credentials.signing_keys import SigningKey
from tests.chance import START

LIFE = timedelta(minutes=15)
TICK = timedelta(microseconds=1)
KEYS = [SigningKey.new(Chance()) for _ in range(4)]
FIRST, SECOND, THIRD = (key.kid for key in KEYS[:3])


def schedule(*made: timedelta) -> KeySchedule:
    """Return the schedule of keys made so long after the start."""
    dated = [DatedKey(key, START + age) for key, age in zip(KEYS, made, strict=False)]
    return KeySchedule(sorted(dated, key=lambda each: each.created_at, reverse=True), LIFE)


def states(keys: KeySchedule, now: datetime) -> dict[str, str]:
    """Return the state of each key by its id."""
    return {each.key.kid: each.state for each in keys.entries(now)}


def test_the_only_key_signs_at_once() -> None:
    """A lone key signs and never retires, by a clock that is behind its making too."""
    keys = schedule(timedelta())
    (entry,) = keys.entries(START - WAIT)
    assert (entry.state, entry.retires_at, entry.signs_from) == (KeyState.SIGNING, None, START)
    assert keys.signing(START - WAIT).kid == FIRST


def test_a_key_waits_signs_and_retires() -> None:
    """Published at once, it signs after an hour; the former one is believed until none of its tokens lives.

    Planted: no wait; no margin above a token's life; each seen to fail.
    """
    keys = schedule(timedelta(), timedelta(days=1))
    made = START + timedelta(days=1)
    assert states(keys, made) == {FIRST: "SIGNING", SECOND: "WAITING"}
    assert [key.kid for key in keys.published(made)] == [FIRST, SECOND]
    assert states(keys, made + WAIT - TICK) == {FIRST: "SIGNING", SECOND: "WAITING"}
    assert states(keys, made + WAIT) == {FIRST: "RETIRING", SECOND: "SIGNING"}
    assert [key.kid for key in keys.published(made + WAIT)] == [SECOND, FIRST]
    over = made + WAIT + LIFE + MARGIN
    assert keys.find(FIRST, over - TICK) is KEYS[0]
    assert states(keys, over) == {FIRST: "RETIRED", SECOND: "SIGNING"}
    assert keys.find(FIRST, over) is None
    assert keys.knows(FIRST)
    assert [key.kid for key in keys.published(over)] == [SECOND]


def test_unknown_keys_are_not_found() -> None:
    """An id that is none of the keys' is nobody's."""
    keys = schedule(timedelta())
    assert not keys.knows("other")
    assert keys.find("other", START) is None


def test_two_keys_may_wait() -> None:
    """Of two that wait each takes over in its turn."""
    keys = schedule(timedelta(), timedelta(hours=2), timedelta(hours=2, minutes=30))
    assert keys.signing(START + timedelta(hours=3)).kid == SECOND
    assert keys.signing(START + timedelta(hours=3, minutes=30)).kid == THIRD


@given(
    ages=st.lists(st.integers(0, 600), min_size=1, max_size=4, unique=True),
    issued=st.integers(0, 900),
    skew=st.integers(0, 5),
)
def test_a_living_token_is_always_believed(ages: list[int], issued: int, skew: int) -> None:
    """Whatever keys are made when, no token outlives its key, and every key is known before it signs.

    A node whose clock is behind or ahead by the tolerated seconds believes it too; minutes are drawn.
    """
    keys = schedule(*(timedelta(minutes=age) for age in ages))
    start = START + timedelta(minutes=issued)
    signed_by = keys.signing(start).kid
    last = start + LIFE - TICK
    for now in (start, last, start - timedelta(seconds=skew), last + timedelta(seconds=skew)):
        assert keys.find(signed_by, now) is not None
    oldest = min(ages)
    published = {each.key.kid: each.created_at for each in keys.entries(start)}[signed_by]
    assert published + WAIT <= start or published == START + timedelta(minutes=oldest)
