"""Tokens that were altered, forged, or made for another door: refused over HTTP, all by the same answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from credentials.chance import Chance
from credentials.encoding import base64url, read_base64url
from credentials.key_ring import KeyRing
from credentials.secret import Secret
from credentials.vault import Vault
from resolvers.known_keys import open_keys
from store.opening import open_store
from tests.proofs.client import reset_mails
from tests.proofs.forger import Forger
from tests.proofs.strangers import PROXIED, Strangers
from tests.servers import server_process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import httpx

    from credentials.signing_keys import SigningKey
    from tests.servers import RunningServer

#: NIST SP 800-186 3.2.1.3.
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ME = "{ me { username } }"
PASSWORD = "violet anvil harvest 74 moon"  # noqa: S105  a test's


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server in development."""
    with server_process(tmp_path_factory.mktemp("forged"), **PROXIED | {"REKEY_RELAY": "true"}) as running:
        yield running


@pytest.fixture(scope="module")
def strangers(server: RunningServer) -> Iterator[Strangers]:
    """Who asks it; Mary is there."""
    asking = Strangers(server)
    make_user(asking, "mary")
    yield asking
    asking.close()


def make_user(strangers: Strangers, name: str) -> str:
    """Makes a user; their address."""
    given = {"username": name, "emailAddress": f"{name}@example.org", "jidIm": f"{name}@localhost"}
    strangers.do("createUser", given | {"password": PASSWORD}, "user { id }", strangers.admin)
    return given["emailAddress"]


def signed_in(strangers: Strangers, login: str = "mary") -> dict[str, Any]:
    """Signs a user in: their tokens, and the password of their XMPP account."""
    given = {"login": login, "password": PASSWORD}
    chosen = "accessToken refreshToken user { id chatAccounts { jidPassword } }"
    return dict(strangers.do("signIn", given, chosen))


def stolen_key(folder: Path) -> SigningKey:
    """The key that signs, as who has the root key and the database can read it."""
    ring = KeyRing.parse((folder / "root.key").read_text())
    store = open_store(Secret(f"sqlite:///{folder / 'rekey.db'}"))

    async def read() -> SigningKey:
        kept = await store.read(lambda unit: unit.signing_keys.all())
        await store.close()
        return open_keys(kept, Vault(ring, Chance()))[0].key

    return asyncio.run(read())


@pytest.fixture(scope="module")
def forger(server: RunningServer, strangers: Strangers) -> Forger:
    """Has Mary's token, and the key."""
    return Forger(signed_in(strangers)["accessToken"], stolen_key(server.folder / "var"))


def seen(answer: httpx.Response) -> tuple[int, bytes, list[tuple[str, str]]]:
    """All that a caller sees, but what is of each request: when it was, and its id."""
    of_each = ("date", "x-request-id")
    return (
        answer.status_code,
        answer.content,
        [each for each in answer.headers.items() if each[0] not in of_each],
    )


def ask_as(
    strangers: Strangers, text: str, scheme: str = "Bearer"
) -> tuple[int, bytes, list[tuple[str, str]]]:
    """What whoever shows this text as a bearer sees."""
    return seen(strangers.post(ME, None, f"{scheme} {text}"))


def test_the_genuine_token_works(strangers: Strangers, forger: Forger) -> None:
    """What the next test alters is believed as it is, and so is the same made again with the stolen key."""
    for text in (forger.text, forger.made()):
        assert b'"username":"mary"' in ask_as(strangers, text)[1].replace(b" ", b"")


@pytest.mark.parametrize("kind", ["algorithms", "headers", "claims", "spellings"])
def test_every_alteration_is_refused_alike(strangers: Strangers, forger: Forger, kind: str) -> None:
    """RFC 8725 2 and 3: whatever was altered, status, headers and body are those of no bearer at all.

    Planted: any typ; any header beside the three; claims that stand twice; padding; no look at the
    audience; each seen to fail.
    """
    another = strangers.do("signIn", {"login": "mary", "password": PASSWORD}, "user { id }")["user"]["id"]
    assert another == forger.claims["sub"]
    nobody = seen(strangers.post(ME))
    assert b"UNAUTHENTICATED" in nobody[1]
    tables = {
        "algorithms": forger.algorithms,
        "headers": forger.headers,
        "claims": lambda: forger.changed_claims(forger.claims["jti"]),
        "spellings": forger.spellings,
    }
    tried = list(tables[kind]())
    assert len(tried) > 15
    assert [name for name, text in tried if ask_as(strangers, text) != nobody] == []


class Made(NamedTuple):
    """A live secret: whose it is, the one door that it opens, and its text."""

    address: str
    door: str
    text: str


#: Every door that takes a secret: its mutation, and its input for a secret and its owner's address.
DOORS: dict[str, tuple[str, Callable[[str, str], dict[str, Any]]]] = {
    "refresh": ("refreshSession", lambda text, _: {"refreshToken": text}),
    "link": ("resetPassword", lambda text, to: reset(to, token=text)),
    "code": ("resetPassword", lambda text, to: reset(to, code=text)),
    "temporary": ("resetPassword", lambda text, to: reset(to, temporaryPassword=text)),
    "activation": ("activateSystem", lambda text, _: {"pbxId": "PBX-1", "activationCode": text}),
    "confirmation": ("confirmSystemActivation", lambda text, _: {"pbxId": "PBX-1", "password": text}),
    "password": ("signIn", lambda text, to: {"login": to, "password": text}),
}
REFUSED = {"InvalidToken", "InvalidInput", "InvalidCredentials", "PasswordExpired"}


def reset(address: str, **proof: str) -> dict[str, Any]:
    """What resets a password by this proof."""
    return {"proof": proof, "emailAddress": address, "newPassword": "amber turbine 19 window orchard"}


def every_secret(strangers: Strangers, mailbox: Path) -> dict[str, Made]:
    """One of each kind that the service makes, all of them live."""
    admin, ann, tom = strangers.admin, make_user(strangers, "ann"), make_user(strangers, "tom")
    signed = signed_in(strangers, "ann")
    strangers.do("requestPasswordReset", {"emailAddress": ann}, "message")
    mail = asyncio.run(reset_mails(mailbox, ann))[ann]
    given = {"user": {"username": "tom"}}
    temporary = strangers.do("adminResetPassword", given, "temporaryPassword", admin)
    system = {"name": "exchange", "pbxId": "PBX-1"}
    code = strangers.do("createSystem", system, "activationCode", admin)["activationCode"]
    key = strangers.do("createApiKey", {"name": "portal", "role": "ADMIN"}, "apiKey", admin)["apiKey"]
    (account,) = signed["user"]["chatAccounts"]
    return {
        "access token": Made(ann, "bearer", signed["accessToken"]),
        "API key": Made(ann, "bearer", key),
        "refresh token": Made(ann, "refresh", signed["refreshToken"]),
        "mailed token": Made(ann, "link", mail.token),
        "mailed code": Made(ann, "code", mail.code),
        "temporary password": Made(tom, "temporary", temporary["temporaryPassword"]),
        "activation code": Made(ann, "activation", code),
        "JID password": Made(ann, "none", account["jidPassword"]),
        "password": Made(ann, "password", PASSWORD),
        "user's id": Made(ann, "none", signed["user"]["id"]),
    }


def test_no_secret_opens_another_door(server: RunningServer, strangers: Strangers) -> None:
    """RFC 8725 3.12: what was made for one purpose is refused for every other, and as a bearer like nobody.

    Afterwards each still opens its own. Planted: a refresh token taken for a bearer; seen to fail.
    """
    secrets, nobody = every_secret(strangers, server.mailbox), seen(strangers.post(ME))
    as_bearers = {name: made for name, made in secrets.items() if made.door != "bearer"}
    assert [name for name, made in as_bearers.items() if ask_as(strangers, made.text) != nobody] == []
    key = secrets["API key"].text
    for altered in (key[:-1], f"{key}=", f"{key[:-1]}!", key.upper(), key.replace("rk_", "")):
        assert ask_as(strangers, altered) == nobody
    opened = {
        (name, door): kind
        for name, made in secrets.items()
        for door in DOORS
        if made.door != door and (kind := shown(strangers, door, made)) not in REFUSED
    }
    assert opened == {}
    for name in ("refresh token", "mailed token", "temporary password", "activation code"):
        assert shown(strangers, secrets[name].door, secrets[name]).endswith("Success"), name


def shown(strangers: Strangers, door: str, made: Made) -> str:
    """What comes of showing a secret at a door."""
    name, give = DOORS[door]
    kind = name[0].upper() + name[1:]
    document = f"mutation ($i: {kind}Input!) {{ {name}(input: $i) {{ __typename }} }}"
    return str(
        strangers.post(document, {"i": give(made.text, made.address)}).json()["data"][name]["__typename"]
    )


def test_other_spellings_of_a_token_are_the_same_token(strangers: Strangers) -> None:
    """RFC 9110 11.1: the scheme has no case. The token's session is looked up: it ends in any spelling.

    The other number that ECDSA signs the same with is one too: nothing here is kept by a token's text.
    Planted: the scheme Basic; seen to fail.
    """
    text = signed_in(strangers)["accessToken"]
    spelled = [("bearer", text), ("BEARER", text), ("Bearer ", text), ("Bearer", mirrored(text))]
    nobody = seen(strangers.post(ME))
    for scheme, spelling in spelled:
        assert b"mary" in ask_as(strangers, spelling, scheme)[1]
    strangers.post("mutation { signOut { success } }", None, f"Bearer {text}")
    for scheme, spelling in spelled:
        assert ask_as(strangers, spelling, scheme) == nobody
    for scheme in ("Basic", "Token", "JWT", "Bearer:", "Bearer,"):
        assert ask_as(strangers, strangers.admin, scheme) == nobody


def mirrored(text: str) -> str:
    """The same token with the signature (r, n - s)."""
    content, _, signature = text.rpartition(".")
    both = read_base64url(signature) or b""
    s = P256_ORDER - int.from_bytes(both[32:], "big")
    return f"{content}.{base64url(both[:32] + s.to_bytes(32, 'big'))}"
