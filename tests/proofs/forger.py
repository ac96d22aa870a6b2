"""What can be made of a genuine access token by who has it, and by who stole the key that signed it."""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384

from credentials.chance import Chance
from credentials.encoding import base64url, read_base64url
from credentials.signing_keys import SigningKey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HOUR = 3600
#: What a kid may try where a server looks its keys up by it: a path, SQL, a command, an address, nothing.
KIDS = ["../../../../dev/null", "' OR '1'='1", "$(id)", "https://evil.example/key", "", "\0", "x" * 3000]
EVIL = "https://evil.example/keys.json"
#: No value of a claim: of each type that JSON has.
VALUES: list[object] = [None, "", True, 1.5, [], {}, -1, 10**12]
TIMES = ("iat", "nbf", "exp")


@dataclass(frozen=True)
class Forger:
    """Has a genuine token and the server's own key.

    Attributes:
        text: The token.
        key: The key that signed it.
    """

    text: str
    key: SigningKey

    @property
    def header(self) -> dict[str, Any]:
        """The genuine header."""
        return dict(json.loads(read_base64url(self.text.split(".")[0]) or b""))

    @property
    def claims(self) -> dict[str, Any]:
        """The genuine claims."""
        return dict(json.loads(read_base64url(self.text.split(".")[1]) or b""))

    def made(self, claims: dict[str, Any] | None = None, /, **header: object) -> str:
        """A token that the server's key signed, with other claims or another header; None takes one out."""
        parts = (self.header | header, self.claims | (claims or {}))
        whole, said = ({name: value for name, value in part.items() if value is not None} for part in parts)
        return self.signed(json.dumps(whole).encode(), json.dumps(said).encode())

    def signed(self, header: bytes, claims: bytes, sign: Callable[[bytes], bytes] | None = None) -> str:
        """Any bytes for header and claims, signed by the server's key or otherwise."""
        content = f"{base64url(header)}.{base64url(claims)}"
        return f"{content}.{base64url((sign or self.key.sign)(content.encode()))}"

    def _named(self, alg: str, sign: Callable[[bytes], bytes]) -> str:
        header = json.dumps(self.header | {"alg": alg}).encode()
        return self.signed(header, json.dumps(self.claims).encode(), sign)

    def algorithms(self) -> Iterator[tuple[str, str]]:
        """RFC 8725 2.1 and 3.1: no algorithm, the public key as a shared secret, keys of other kinds."""
        for none in ("none", "None", "NONE", "nOnE", ""):
            yield f"alg {none}, not signed", self._named(none, lambda _: b"")
            yield f"alg {none}, signed", self._named(none, self.key.sign)
        public = self.key.jwk()
        for secret in (
            b"",
            json.dumps(public).encode(),
            *(read_base64url(public[each]) or b"" for each in "xy"),
        ):
            yield f"alg HS256 by {secret[:8]!r}", self._named("HS256", _hs256(secret))
        rsa_key = rsa.generate_private_key(65537, 2048)
        yield "alg RS256", self._named("RS256", lambda text: rsa_key.sign(text, padding.PKCS1v15(), SHA256()))
        yield "alg ES384", self._named("ES384", _es384)
        for alg in ("ES384", "es256", "ES256K", "EdDSA", "PS256"):
            yield f"alg {alg} for ES256", self._named(alg, self.key.sign)
        stranger = SigningKey.new(Chance())
        yield "another key", self._named("ES256", stranger.sign)
        yield "another key in jwk", self._with(stranger, jwk=stranger.jwk())
        yield "another key by its kid", self._with(stranger, kid=stranger.kid)
        yield "a signature of zeros", self._named("ES256", lambda _: b"\0" * 64)
        yield "a signature in DER", self._named("ES256", lambda text: _der(self.key.sign(text)))

    def _with(self, key: SigningKey, **header: object) -> str:
        whole = json.dumps(self.header | header).encode()
        return self.signed(whole, json.dumps(self.claims).encode(), key.sign)

    def headers(self) -> Iterator[tuple[str, str]]:
        """RFC 8725 3.10 and 3.11: keys that the token brings or names, other types, extensions."""
        for name in ("jku", "x5u"):
            yield name, self.made(**{name: EVIL})
        yield "jwk", self.made(jwk=self.key.jwk())
        yield "x5c", self.made(x5c=[base64url(b"certificate")])
        for kid in (*KIDS, [self.key.kid], {"kid": self.key.kid}, 1, True):
            yield f"kid {str(kid)[:20]!r}", self.made(kid=kid)
        for name in self.header:
            yield f"no {name}", self.made(**{name: None})
        for typ in ("JWT", "jwt", "AT+JWT", "application/at+jwt", "rt+jwt", "logout+jwt", "", 1):
            yield f"typ {typ}", self.made(typ=typ)
        yield "crit", self.made(crit=["exp"])
        yield "crit of b64", self.made(crit=["b64"], b64=False)
        yield "zip", self.made(zip="DEF")
        yield "cty", self.made(cty="JWT")

    def changed_claims(self, another_user: str) -> Iterator[tuple[str, str]]:
        """RFC 8725 3.8 and 3.9: claims that are missing, of other types, or somebody else's."""
        for name in self.claims:
            for value in VALUES:
                # A time long ago is one, and an id of the token's own is not looked up.
                if not ((name in ("iat", "nbf") and value == -1) or (name == "jti" and value == "")):
                    yield f"{name} {value!r}", self.made({name: value})
        for name in TIMES:
            yield f"{name} as text", self.made({name: str(self.claims[name])})
        for name in ("iss", "aud"):
            for value in (EVIL, self.claims[name] + "/", [self.claims[name]], self.claims[name].upper()):
                yield f"{name} {value}", self.made({name: value})
        yield "expired", self.made({"exp": self.claims["iat"] - 1})
        yield "not yet", self.made({"nbf": self.claims["exp"] - 1})
        yield "issued later", self.made({"iat": self.claims["exp"] - 1})
        yield "another's name", self.made({"sub": another_user})
        yield "an unknown session", self.made({"sid": self.claims["jti"]})

    def spellings(self) -> Iterator[tuple[str, str]]:
        """RFC 7515 2 and RFC 7519 4: padding, blanks, stray bits, names that stand twice, parts."""
        header, claims, signature = self.text.split(".")
        # 64 bytes leave four bits of the last character unused.
        stray = signature[:-1] + chr(ord(signature[-1]) + 1)
        yield "one =", f"{self.text}="
        yield "two =", f"{self.text}=="
        yield "= in the header", f"{header}=.{claims}.{signature}"
        yield "= in the claims", f"{header}.{claims}=.{signature}"
        yield "stray bits", f"{header}.{claims}.{stray}"
        for name, blank in (("blank", " "), ("tab", "\t"), ("comma", ","), ("hard blank", "\xa0")):
            yield f"{name} inside", f"{header}.{claims}{blank}.{signature}"
            yield f"{name} in the middle", self.text[:50] + blank + self.text[50:]
        yield "quoted", f'"{self.text}"'
        yield "in the other alphabet", f"{header}.{claims}.{_other_alphabet(signature)}"
        yield "escaped", self.text.replace(".", "%2E")
        yield "a part more", f"{self.text}.{signature}"
        yield "a part fewer", f"{header}.{claims}"
        yield "five parts", f"{header}..{header}.{claims}.{signature}"
        yield "twice", f"{self.text},{self.text}"
        yield "no signature", f"{header}.{claims}."
        yield "cut", self.text[:-1]
        yield "other case", f"{header}.{claims}.{signature.swapcase()}"
        whole, said = (json.dumps(part).encode() for part in (self.header, self.claims))
        yield "a header twice", self.signed(whole[:-1] + b', "alg": "ES256"}', said)
        yield (
            "a claim twice",
            self.signed(whole, said[:-1] + b', "sub": ' + json.dumps(self.claims["sub"]).encode() + b"}"),
        )
        yield "no object", self.signed(whole, b"[" + said + b"]")
        yield "no UTF-8", self.signed(whole, said[:-1] + b', "x": "\xff"}')
        yield "a mark before", self.signed(whole, b"\xef\xbb\xbf" + said)
        yield "over 4 KiB", self.made({"pad": "x" * 4000})


def _hs256(secret: bytes) -> Callable[[bytes], bytes]:
    return lambda text: hmac.digest(secret, text, "sha256")


def _es384(text: bytes) -> bytes:
    pair = decode_dss_signature(ec.generate_private_key(ec.SECP384R1()).sign(text, ec.ECDSA(SHA384())))
    return b"".join(each.to_bytes(48, "big") for each in pair)


def _der(signature: bytes) -> bytes:
    halves = (signature[:32].lstrip(b"\0"), signature[32:].lstrip(b"\0"))
    numbers = b"".join(_number(b"\0" + half if half[0] > 127 else half) for half in halves)
    return b"\x30" + bytes([len(numbers)]) + numbers


def _number(content: bytes) -> bytes:
    return b"\x02" + bytes([len(content)]) + content


def _other_alphabet(text: str) -> str:
    return text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4)
