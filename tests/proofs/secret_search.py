"""A byte search for secrets, in every form in which a program may have left one behind."""

from __future__ import annotations

import base64
import json
import re
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: Pages that nothing was written to are long runs of zeros, and hold no secret.
_EMPTY = b"\0" * 512
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


@cache
def forms(secret: str) -> dict[str, bytes]:
    """The bytes to look for, by the name of the form.

    Base64 is looked for at each of the three places where a group of three bytes may begin, without the
    characters at both ends that depend on what stands beside; of a token of ours also the 32 bytes.
    """
    named = dict(_forms_of(secret.encode()))
    named |= {
        "JSON": json.dumps(secret)[1:-1].encode(),
        "JSON with letters as they are": json.dumps(secret, ensure_ascii=False)[1:-1].encode(),
        "JSON with every character escaped": "".join(f"\\u{ord(each):04x}" for each in secret).encode(),
        "URL": quote(secret, safe="").encode(),
        "URL of a form": quote_plus(secret).encode(),
        "URL with every byte escaped": "".join(f"%{byte:02X}" for byte in secret.encode()).encode(),
        "UTF-16, little end first": secret.encode("utf-16-le"),
        "UTF-16, big end first": secret.encode("utf-16-be"),
    }
    for token in _TOKEN.findall(secret):
        inside = _forms_of(base64.urlsafe_b64decode(f"{token}="))
        named |= {f"decoded token, {name}": form for name, form in inside}
    return named


def _forms_of(content: bytes) -> Iterator[tuple[str, bytes]]:
    yield "plain", content
    yield "hex", content.hex().encode()
    yield "HEX", content.hex().upper().encode()
    for before in range(3):
        padded = b"\0" * before + content
        # A character holds six bits: those at the ends are shared with what stands beside.
        first, last = (before * 8 + 5) // 6, len(padded) * 8 // 6
        yield f"base64 at {before}", base64.b64encode(padded)[first:last]
        yield f"base64url at {before}", base64.urlsafe_b64encode(padded)[first:last]


def leaks(data: bytes, secrets: Mapping[str, str]) -> list[str]:
    """Which of these secrets stand in the data, and in which form; never the secret itself."""
    data = data.replace(_EMPTY, b"")
    return [
        f"{name} as {form}"
        for name, secret in secrets.items()
        for form, content in forms(secret).items()
        if content in data
    ]
