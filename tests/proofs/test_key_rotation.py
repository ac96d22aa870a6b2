"""Signing keys change while two servers run on one database."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jwt
import pytest

from credentials.encoding import base64url
from tests.commands import Rekey
from tests.proofs.client import QUICK, clients
from tests.servers import server_process

if TYPE_CHECKING:
    from pathlib import Path

    from tests.proofs.client import Client

pytestmark = pytest.mark.anyio


def key_of(token: str) -> str:
    """The key that a token names."""
    return str(jwt.get_unverified_header(token)["kid"])


async def test_a_node_takes_a_key_that_it_has_not_heard_of(tmp_path: Path) -> None:
    """After `keys rotate --now` every session is dead on both nodes, before any of them has read again.

    A token that the first node signs with the new key is then taken by the second at once, although it
    has not read the keys since. Planted: `authenticate` without the search for the key; seen to fail.
    """
    settings: dict[str, Any] = QUICK | {
        "REKEY_RELAY": "false",
        "REKEY_DATA_DIR": str(tmp_path / "one" / "var"),
    }
    rekey = Rekey(tmp_path, settings)
    with (
        server_process(tmp_path / "one", **settings) as one,
        server_process(tmp_path / "two", **settings) as two,
    ):
        async with clients(one.url, two.url) as (here, there):
            old = (await here.sign_in(one.admin_username, one.admin_password)).fields
            assert await there.me(old["accessToken"]) == one.admin_username
            done = rekey.process("keys", "rotate", "--now", "--json")
            assert done.status == 0, done
            new = done.json["kid"]
            for node in (here, there):
                await dead(node, old)
            # The first node hears of the new key by a token that names one it does not know.
            assert await here.me(jwt_naming(new)) == "UNAUTHENTICATED"
            token = await here.bearer(one.admin_username, one.admin_password)
            assert key_of(token) == new
            assert await there.me(token) == one.admin_username
            assert await here.me(token) == one.admin_username


def jwt_naming(kid: str) -> str:
    """A token of our form that names this key, with nothing behind it."""
    header = {"alg": "ES256", "typ": "at+jwt", "kid": kid}
    return f"{base64url(json.dumps(header).encode())}.e30.e30"


async def dead(node: Client, tokens: dict[str, Any]) -> None:
    """Neither token of a session opens anything."""
    assert await node.me(tokens["accessToken"]) == "UNAUTHENTICATED"
    refreshed = await node.do("refreshSession", {"refreshToken": tokens["refreshToken"]})
    assert not refreshed.is_success
