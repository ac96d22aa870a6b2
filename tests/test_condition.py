"""What a database's server says of itself, on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from credentials.chance import Chance
from server.settings_urls import url_scheme

if TYPE_CHECKING:
    from credentials.secret import Secret
    from store.unit_of_work import Store

pytestmark = pytest.mark.anyio


async def test_a_server_says_who_rekey_is_there(store: Store, database_url: Secret) -> None:
    """The role, its power, the database's size and the server's clock; an embedded one has no server."""
    found = await store.read(lambda unit: unit.condition.server())
    if url_scheme(database_url) == "sqlite":
        assert found is None
    else:
        assert found is not None
        assert (found.role, found.is_superuser) == ("postgres", True)
        assert found.size > 0
        assert abs(found.now - Chance().now()) < timedelta(minutes=1)
