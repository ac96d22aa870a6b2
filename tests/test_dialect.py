"""What the two databases spell differently."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from store.dialect import upsert
from store.tables import installation
from tests.direct import direct

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from credentials.secret import Secret

pytestmark = pytest.mark.anyio


async def test_an_upsert_goes_on_where_a_row_is_there(database_url: Secret) -> None:
    """ON CONFLICT … DO UPDATE in each dialect."""

    def note(connection: Connection, key: str) -> str:
        values = {"root_key_id": key, "check_value": "", "had_user": False}
        statement = upsert(connection.dialect.name, installation).values(id=1, **values)
        connection.execute(statement.on_conflict_do_update(index_elements=[installation.c.id], set_=values))
        found: str = connection.execute(select(installation.c.root_key_id)).scalar_one()
        return found

    assert await direct(database_url, lambda connection: note(connection, "first")) == "first"
    assert await direct(database_url, lambda connection: note(connection, "second")) == "second"
