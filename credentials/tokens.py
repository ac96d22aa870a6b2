"""Access tokens: JWTs (RFC 7519, RFC 9068) that name a session and carry no rights."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from credentials.chance import Chance
from credentials.encoding import base64url, read_base64url
from credentials.key_schedule import KeySchedule
from credentials.proven_tokens import Proven, ProvenTokens
from credentials.secret import Secret
from credentials.signing_keys import SigningKey

__all__ = ["AccessClaims", "AccessTokens", "IssuedToken", "SigningKey"]

_LONGEST = 4096  # characters; ours have about 500
_TYPE = "at+jwt"  # RFC 9068 section 2.1
_SKEW = 5  # seconds that nodes' clocks may differ, far within RFC 7519's "few minutes" (section 4.1.5)
_LATEST = int(datetime(9999, 12, 31, tzinfo=UTC).timestamp())  # the last day of the calendar
_TEXTS = ("iss", "aud", "sub", "sid", "jti")
_NOTHING = ["", "", ""]
_TIMES = ("iat", "nbf", "exp")  # seconds since 1970 (RFC 7519 section 2, NumericDate)


class IssuedToken(NamedTuple):
    """A new access token.

    Attributes:
        token: The JWT.
        expires_at: When it expires, in whole seconds, aware, UTC.
    """

    token: Secret
    expires_at: datetime


class AccessClaims(NamedTuple):
    """What a genuine, current access token says.

    Attributes:
        user_id: Whose session it is (`sub`).
        session_id: The session to look up (`sid`).
        token_id: The token's own id (`jti`).
        expires_at: When it expires (`exp`), aware, UTC.
    """

    user_id: str
    session_id: str
    token_id: str
    expires_at: datetime


class AccessTokens:
    """Issues and reads access tokens, by the one algorithm ES256 (RFC 8725 sections 3.1 and 3.2).

    Args:
        issuer: The claim `iss`.
        audience: The claim `aud`.
        keys: Which key signs when, and whose tokens are still believed.
        chance: Clock and ids.
    """

    def __init__(self, issuer: str, audience: str, keys: KeySchedule, chance: Chance) -> None:
        self._issuer = issuer
        self._audience = audience
        self._keys = keys
        self._chance = chance
        self._proven = ProvenTokens()

    @property
    def keys(self) -> KeySchedule:
        """The keys as they were last told."""
        return self._keys

    def use(self, keys: KeySchedule) -> None:
        """Take these keys from now on in place of those before."""
        self._keys = keys

    def issue(self, user_id: str, session_id: str, ttl: timedelta) -> IssuedToken:
        """Issue a token for a session; it lives for that time, in whole seconds from the last one."""
        issued = self._chance.now().replace(microsecond=0)
        expires = issued + timedelta(seconds=int(ttl.total_seconds()))
        start = int(issued.timestamp())
        claims = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": user_id,
            "sid": session_id,
            "jti": self._chance.new_id(),
            "iat": start,
            "nbf": start,
            "exp": int(expires.timestamp()),
        }
        key = self._keys.signing(issued)
        header = {"alg": "ES256", "typ": _TYPE, "kid": key.kid}
        signed = f"{_spell(header)}.{_spell(claims)}"
        signature = base64url(key.sign(signed.encode("ascii")))
        return IssuedToken(Secret(f"{signed}.{signature}"), expires)

    def read(self, text: str) -> AccessClaims | None:
        """Read a token that somebody sent.

        Returns:
            What it says, or None for everything else: a text over 4 KiB, another spelling of base64url,
            another header than ours, a claim that is missing, doubled, of another type or not ours, a
            wrong signature, a time that is not now. It raises nothing.
        """
        if len(text) > _LONGEST:
            return None
        proven = self._proven.find(text) or self._prove(text)
        if proven is None or self._keys.find(proven.kid, self._chance.now()) is None:
            return None
        return self._believe(proven.claims)

    def names_unknown_key(self, text: str) -> bool:
        """Tell whether a token has our header with the id of a key that these keys were never told of."""
        kid = _kid(read_base64url(_parts(text)[0]))
        return kid is not None and not self._keys.knows(kid)

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """Return the public keys as a JSON Web Key Set (RFC 7517 section 5), the signing one first."""
        return {"keys": [key.jwk() for key in self._keys.published(self._chance.now())]}

    def _prove(self, text: str) -> Proven | None:
        parts = _parts(text)
        header, claims, signature = (read_base64url(part) for part in parts)
        kid = _kid(header)
        key = None if kid is None else self._keys.find(kid, self._chance.now())
        if kid is None or key is None or claims is None or signature is None:
            return None
        if not key.is_signature(signature, f"{parts[0]}.{parts[1]}".encode("ascii")):
            return None
        content = _read_object(claims)
        if content is None:
            return None
        proven = Proven(kid, content)
        self._proven.keep(text, proven)
        return proven

    def _believe(self, claims: dict[str, Any]) -> AccessClaims | None:
        if not all(type(claims.get(name)) is str for name in _TEXTS):
            return None
        if not all(type(claims.get(name)) is int for name in _TIMES):  # a truth value is none
            return None
        if claims["iss"] != self._issuer or claims["aud"] != self._audience:
            return None
        now = self._chance.now().timestamp()
        if not now < claims["exp"] <= _LATEST or max(claims["nbf"], claims["iat"]) > now + _SKEW:
            return None
        expires_at = datetime.fromtimestamp(claims["exp"], UTC)
        return AccessClaims(claims["sub"], claims["sid"], claims["jti"], expires_at)


def _parts(text: str) -> list[str]:
    """Return header, claims and signature (RFC 7515 section 7.1); three empty texts where it is no token."""
    parts = text.split(".") if len(text) <= _LONGEST else []
    return parts if len(parts) == len(_NOTHING) else _NOTHING


def _kid(data: bytes | None) -> str | None:
    """Return the key that a header of ours names; None for any other header."""
    header = None if data is None else _read_object(data)
    if header is None or header.keys() != {"alg", "typ", "kid"}:
        return None
    if header["alg"] != "ES256" or header["typ"] != _TYPE or not isinstance(header["kid"], str):
        return None
    return header["kid"]


def _spell(content: dict[str, Any]) -> str:
    return base64url(json.dumps(content, separators=(",", ":")).encode("ascii"))


def _read_object(data: bytes) -> dict[str, Any] | None:
    """Read a JSON object without doubled names (RFC 7519 section 4), or None."""
    try:
        content = json.loads(data.decode("utf-8"), object_pairs_hook=_without_doubles)
    except (ValueError, RecursionError):  # no UTF-8, no JSON, doubled names, too many digits; too deep
        return None
    return content if isinstance(content, dict) else None


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        message = "A name stands twice."
        raise ValueError(message)
    return content
