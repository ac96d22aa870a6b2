"""credentials/tokens.py."""

import json
from datetime import timedelta
from typing import Any

import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credentials.chance import Chance
from credentials.encoding import base64url
from credentials.key_schedule import DatedKey, KeySchedule
from credentials.tokens import AccessClaims, AccessTokens, SigningKey
from tests.chance import START, FixedChance

KEY = SigningKey.new(FixedChance(seed="key"))  # its id names tests: the same in every test process
OTHER = SigningKey.new(Chance())
ISSUER, AUDIENCE = "https://rekey.example.org", "rekey"
TTL = timedelta(minutes=15)
HOUR = timedelta(hours=1)
NOW = int(START.timestamp())
HEADER = {"alg": "ES256", "typ": "at+jwt", "kid": KEY.kid}
CLAIMS: dict[str, Any] = {
    "iss": ISSUER,
    "aud": AUDIENCE,
    "sub": "user",
    "sid": "session",
    "jti": "token",
    "iat": NOW,
    "nbf": NOW,
    "exp": NOW + 900,
}


def tokens(chance: Chance | None = None, signing: SigningKey = KEY, *former: SigningKey) -> AccessTokens:
    """Return what issues and reads, on a clock that stands; `former` keys were made two hours before."""
    keys = [DatedKey(signing, START - 2 * HOUR), *(DatedKey(key, START - 4 * HOUR) for key in former)]
    return AccessTokens(ISSUER, AUDIENCE, KeySchedule(keys, 2 * HOUR), chance or FixedChance())


def signed(header: bytes, claims: bytes, key: SigningKey = KEY) -> str:
    """Sign whatever bytes are given as header and claims."""
    content = f"{base64url(header)}.{base64url(claims)}"
    return f"{content}.{base64url(key.sign(content.encode()))}"


def made(header: dict[str, Any] | None = None, claims: dict[str, Any] | None = None) -> str:
    """Sign a header and claims that differ from good ones in what is given; None takes a name out."""
    parts = (HEADER | (header or {}), CLAIMS | (claims or {}))
    spelled = [json.dumps({k: v for k, v in part.items() if v is not None}).encode() for part in parts]
    return signed(spelled[0], spelled[1])


def test_issued_token_is_read() -> None:
    """What is issued names user and session, expires when it says, and has an id of its own."""
    one, other = tokens().issue("u1", "s1", TTL), tokens().issue("u1", "s1", TTL)
    assert one.expires_at == START + TTL
    claims = tokens().read(one.token.reveal())
    assert claims is not None
    assert (claims.user_id, claims.session_id, claims.expires_at) == ("u1", "s1", one.expires_at)
    assert tokens().read(other.token.reveal()) != claims


def test_issued_token_is_what_others_read() -> None:
    """PyJWT reads an issued token by the published key: header and claims are the documented ones."""
    text = tokens(Chance()).issue("u1", "s1", TTL).token.reveal()
    (jwk,) = tokens().jwks()["keys"]
    found = jwt.decode_complete(text, jwt.PyJWK(jwk), ["ES256"], audience=AUDIENCE, issuer=ISSUER)
    assert found["header"] == HEADER
    assert found["payload"].keys() == CLAIMS.keys()
    assert found["payload"]["exp"] - found["payload"]["iat"] == 900


def test_time_is_ours() -> None:
    """A token is dead at the second of `exp` and not before (RFC 7519 4.1.4). Planted: a leeway; failed."""
    chance = FixedChance()
    access = tokens(chance)
    text = access.issue("u1", "s1", TTL).token.reveal()
    chance.forward(TTL - timedelta(milliseconds=1))
    assert access.read(text) is not None
    chance.forward(timedelta(milliseconds=1))
    assert access.read(text) is None


def test_clocks_may_differ_by_seconds() -> None:
    """A token from a node whose clock is 5 seconds ahead is read, one of 6 seconds is not."""
    for name in ("iat", "nbf"):
        assert tokens().read(made(claims={name: NOW + 5})) is not None
        assert tokens().read(made(claims={name: NOW + 6})) is None


def test_keys_rotate() -> None:
    """Tokens of a key that still verifies are read, of an unknown one not; the signing key comes first."""
    text = tokens(None, OTHER).issue("u1", "s1", TTL).token.reveal()
    assert tokens(None, KEY, OTHER).read(text) is not None
    assert tokens(None, KEY).read(text) is None
    assert [jwk["kid"] for jwk in tokens(None, KEY, OTHER).jwks()["keys"]] == [KEY.kid, OTHER.kid]


def test_unknown_keys_are_told_apart() -> None:
    """Only a header of ours with the id of a key never heard of is worth asking the database for.

    Planted: a retired key counts as unknown; seen to fail.
    """
    chance = FixedChance()
    reader = tokens(chance, KEY)
    foreign = made({"kid": "another"})
    assert reader.names_unknown_key(foreign)
    others = (made(), made({"kid": 1}), made({"kid": "x", "typ": "JWT"}), "a.b.c", "", "é.é.é", "x" * 5000)
    assert not any(reader.names_unknown_key(text) for text in others)
    reader = tokens(chance, KEY, OTHER)
    text = tokens(chance, OTHER).issue("u1", "s1", timedelta(days=1)).token.reveal()
    chance.forward(timedelta(hours=2))
    assert reader.read(text) is None
    assert not reader.names_unknown_key(text)


def test_a_token_that_was_proved_is_looked_at_again() -> None:
    """Its signature alone is remembered: not its time, nor that its key is believed, nor another spelling.

    Planted: the claims remembered with the time of then; a key that is gone not looked for; seen to fail.
    """
    chance = FixedChance()
    reader = tokens(chance, KEY)
    text = reader.issue("u1", "s1", TTL).token.reveal()
    for _ in range(2):
        assert reader.read(text) is not None
        assert reader.read(text + "=") is None
    reader.use(KeySchedule([DatedKey(OTHER, START)], HOUR))
    assert reader.read(text) is None
    reader.use(KeySchedule([DatedKey(KEY, START)], HOUR))
    assert reader.read(text) is not None
    chance.forward(TTL)
    assert reader.read(text) is None


def test_new_keys_are_used_at_once() -> None:
    """What `use` is given signs and believes from then on."""
    reader = tokens(None, KEY)
    reader.use(KeySchedule([DatedKey(OTHER, START)], HOUR))
    assert reader.keys.knows(OTHER.kid)
    assert reader.read(made()) is None
    assert reader.read(reader.issue("u1", "s1", TTL).token.reveal()) is not None


def test_good_claims_are_read() -> None:
    """The token that the next tests spoil is read as it is."""
    assert tokens().read(made()) == AccessClaims("user", "session", "token", START + TTL)


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"},
        {"alg": "HS256"},
        {"alg": "ES384"},
        {"alg": "es256"},
        {"alg": None},
        {"alg": ["ES256"]},
        {"typ": "JWT"},
        {"typ": "AT+JWT"},
        {"typ": "application/at+jwt"},
        {"typ": None},
        {"kid": None},
        {"kid": "unknown"},
        {"kid": [KEY.kid]},
        {"kid": 1},
        {"crit": ["b64"]},
        {"b64": False},
        {"jwk": KEY.jwk()},
        {"jku": "https://example.org"},
    ],
)
def test_other_headers_are_refused(header: dict[str, Any]) -> None:
    """One algorithm, one type, a known key and nothing else (RFC 8725 3.1, 3.11). Planted: any typ."""
    assert tokens().read(made(header)) is None


@pytest.mark.parametrize("name", list(CLAIMS))
@pytest.mark.parametrize("value", [None, "", True, 1.5, [], {}, [AUDIENCE], str(NOW + 900), -1, 10**12])
def test_other_claims_are_refused(name: str, value: object) -> None:
    """Each claim is required with its type and, where it is ours, its value (RFC 8725 3.8, 3.9).

    `sub`, `sid` and `jti` may be any text, and -1 is a time long ago. Planted: `isinstance` of int, which
    takes True; failed.
    """
    read = tokens().read(made(claims={name: value}))
    if (name in {"sub", "sid", "jti"} and isinstance(value, str)) or (name in {"iat", "nbf"} and value == -1):
        assert read is not None
    else:
        assert read is None


@pytest.mark.parametrize(
    ("header", "claims"),
    [
        (json.dumps(HEADER)[:-1] + ', "typ": "at+jwt"}', json.dumps(CLAIMS)),
        (json.dumps(HEADER), json.dumps(CLAIMS)[:-1] + ', "sub": "admin"}'),
        (json.dumps(HEADER), json.dumps([CLAIMS])),
        (json.dumps(HEADER), '"text"'),
        (json.dumps(HEADER), "[" * 2500),
        ("[" * 2500, json.dumps(CLAIMS)),
        (json.dumps(HEADER), json.dumps(CLAIMS).replace(str(NOW + 900), "9" * 2000 + ".0")),
        (json.dumps(HEADER), json.dumps(CLAIMS).replace(str(NOW + 900), "NaN")),
        (json.dumps(HEADER), "\ufeff" + json.dumps(CLAIMS)),
        (json.dumps(HEADER), ""),
    ],
)
def test_other_json_is_refused(header: str, claims: str) -> None:
    """Doubled names, no object, deep nesting and no JSON are refused though signed. Planted: doubles."""
    assert tokens().read(signed(header.encode(), claims.encode())) is None


def test_claims_that_are_no_utf8_are_refused() -> None:
    """Bytes that are no UTF-8 are refused though signed."""
    spoiled = json.dumps(CLAIMS).replace("user", "u\udcff").encode("utf-8", "surrogatepass")
    assert tokens().read(signed(json.dumps(HEADER).encode(), b"\xff" + spoiled)) is None


def test_other_spellings_are_refused() -> None:
    """Padding, blanks, stray bits, more or fewer parts are refused (PyJWT takes one more `=`)."""
    good = made()
    header, claims, signature = good.split(".")
    stray = signature[:-1] + chr(ord(signature[-1]) + 1)  # 64 bytes leave four unused bits
    spelled = [good + "=", good + "==", f" {good}", f"{good}\n", f"{good}.", f".{good}", f"{header}.{claims}"]
    spelled += [f"{header}.{claims}.", f"{header}..{signature}", f"{header}=.{claims}.{signature}"]
    spelled += [f"{header}.{claims}.{stray}", "", "..", "é.é.é", f"{header}.{claims}.{signature}é"]
    assert [tokens().read(text) for text in spelled] == [None] * len(spelled)


def test_length_is_bounded() -> None:
    """4,096 characters are read, more are not, however good. Planted: no bound; failed."""
    padding = {"pad": ""}
    longest = made(claims=padding | {"pad": "x" * (2 * 4096)})
    assert tokens().read(longest) is None
    room = (4096 - len(made(claims=padding))) * 3 // 4
    fitting = made(claims={"pad": "x" * (room - 2)})
    assert len(fitting) <= 4096
    assert tokens().read(fitting) is not None
    assert tokens().read(made(claims={"pad": "x" * (room + 4)})) is None


@given(st.text() | st.from_regex(r"[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*"))
def test_any_text_is_no_token(text: str) -> None:
    """Arbitrary text raises nothing and passes never."""
    assert tokens().read(text) is None


@settings(deadline=None)
@given(st.data())
def test_changed_token_is_no_token(data: st.DataObject) -> None:
    """A genuine token with any character changed raises nothing and passes never."""
    good = made()
    at = data.draw(st.integers(0, len(good) - 1))
    other = data.draw(st.characters().filter(lambda character: character != good[at]))
    assert tokens().read(good[:at] + other + good[at + 1 :]) is None
    assert tokens().read(good[:at]) is None
