"""The XMPP servers of a test process; a file asks by `pytest_plugins = ("tests.xmpp_fixtures",)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.xmpp_world import SERVERS, chat_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.ejabberd import Ejabberd
    from tests.prosody import Prosody


@pytest.fixture(scope="session", params=SERVERS)
def chat(request: pytest.FixtureRequest) -> Iterator[Prosody | Ejabberd]:
    """Each of the two, one for all tests of the process: accounts have names of their own in each test."""
    with chat_server(request.param) as running:
        yield running
