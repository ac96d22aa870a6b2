"""How values lie in columns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import make_url

from store.columns import Instant, JsonText
from tests.rows import add_user

if TYPE_CHECKING:
    from sqlalchemy import Dialect

    from store.unit_of_work import Store

DIALECTS: list[Dialect] = [
    make_url(f"{name}://").get_dialect()() for name in ("sqlite", "postgresql+asyncpg")
]
TIMES = st.datetimes(timezones=st.just(UTC))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
)


@given(time=TIMES, other=TIMES)
def test_a_time_comes_back_to_the_microsecond_and_sorts_as_its_number(
    time: datetime, other: datetime
) -> None:
    """Every time that Python knows, before 1970 too."""
    for dialect in DIALECTS:
        kept, later = (Instant().process_bind_param(each, dialect) for each in (time, other))
        assert kept is not None
        assert later is not None
        assert Instant().process_result_value(kept, dialect) == time
        assert (kept < later) is (time < other)


def test_a_time_of_another_zone_is_the_same_moment() -> None:
    """It comes back in UTC."""
    local = datetime(2026, 11, 20, 13, 0, tzinfo=timezone(timedelta(hours=1)))
    kept = Instant().process_bind_param(local, DIALECTS[0])
    found = Instant().process_result_value(kept, DIALECTS[0])
    assert found == local
    assert found is not None
    assert found.tzinfo is UTC


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_no_time_is_no_number(dialect: Dialect) -> None:
    """NULL stays NULL."""
    assert Instant().process_bind_param(None, dialect) is None
    assert Instant().process_result_value(None, dialect) is None
    assert JsonText().process_result_value(None, dialect) is None


@given(value=JSON)
def test_a_json_value_comes_back_as_it_was(value: object) -> None:
    """Whatever JSON can say, in its own text."""
    kept = JsonText().process_bind_param(value, DIALECTS[0])
    assert JsonText().process_result_value(kept, DIALECTS[0]) == value


@pytest.mark.anyio
async def test_a_number_is_never_given_again(store: Store) -> None:
    """Not even the highest, after its row is gone: a cursor or an audit line never means somebody else."""
    first = await store.write(add_user)
    await store.write(lambda unit: unit.users.delete(first.id))
    second = await store.write(add_user)
    assert second.system_user_id > first.system_user_id
