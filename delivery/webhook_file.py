"""The file that lists where webhooks go: TOML, read once at the start, for its owner's eyes."""

from __future__ import annotations

import os
import re
import ssl
import tomllib
from stat import S_IMODE
from typing import TYPE_CHECKING, Any, Final, NoReturn

from delivery.webhook_endpoint import BadUrl, Endpoint, read_url
from delivery.webhook_events import PUBLISHED
from delivery.webhook_signature import LEAST_BYTES, MOST_BYTES, read_secret

if TYPE_CHECKING:
    from pathlib import Path

    from credentials.secret import Secret

#: Its group may read it, as where a service's secrets belong to root; nobody else, and only the owner writes.
_OTHERS: Final = 0o027
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_KEYS: Final = ("url", "secrets", "events", "allow_private", "ca")
#: A rotation needs two; each costs 48 characters of a header, and receivers bound those.
MOST_SECRETS: Final = 5
_LINE: Final = re.compile(r"\(at line ([0-9]+), column [0-9]+\)\Z")


class BadWebhooks(ValueError):  # noqa: N818  named for what is wrong, as the other start-up refusals are
    """The file cannot be used. The message is one line, and repeats nothing that may be a secret."""


def read_webhooks(path: Path) -> tuple[Endpoint, ...]:
    """Reads the file that `REKEY_WEBHOOKS_FILE` names.

    Args:
        path: a `ca` in the file that is not absolute is beside it.

    Returns:
        The endpoints, in the file's order; at least one.

    Raises:
        BadWebhooks: it cannot be read, others can read it, or it says something that it may not.
    """
    content = _parsed(path, _read(path))
    tables = content.get("endpoints")
    if set(content) != {"endpoints"} or not isinstance(tables, dict) or not tables:
        _refuse(f"The webhooks file {path} must consist of tables named [endpoints.NAME], at least one.")
    endpoints = tuple(_Table(path, name, table).endpoint() for name, table in tables.items())
    known = [secret.reveal() for endpoint in endpoints for secret in endpoint.secrets]
    if len(set(known)) < len(known):
        # Standard Webhooks 1.0.0, "Additional considerations": one receiver could speak as Rekey to another.
        _refuse(f"The webhooks file {path} has a secret twice; each endpoint needs secrets of its own.")
    return endpoints


def _read(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            mode = S_IMODE(os.fstat(file.fileno()).st_mode)
            text = file.read()
    except OSError as fault:
        reason = f"The webhooks file {path} cannot be read: {fault.strerror}."
        raise BadWebhooks(reason) from fault
    except UnicodeDecodeError:
        reason = f"The webhooks file {path} is not text."
        raise BadWebhooks(reason) from None  # the error carries the file's bytes
    if mode & _OTHERS:
        _refuse(f"The webhooks file {path} is open to others (mode {mode:o}); run chmod 600 on it.")
    return text


def _parsed(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except ValueError as fault:  # a number of too many digits is no TOMLDecodeError
        line = _LINE.search(str(fault))  # the rest of the message may repeat a key
        where = f"line {line[1]}" if line else "its end"
    # Outside the handler, so that the fault is not shown with it.
    reason = f"The webhooks file {path} is not TOML: look at {where}."
    raise BadWebhooks(reason)


def _refuse(reason: str) -> NoReturn:
    raise BadWebhooks(reason)


class _Table:
    """One endpoint's table; refusals name the endpoint and what is wrong, never a value."""

    def __init__(self, path: Path, name: str, table: object) -> None:
        if not _NAME.fullmatch(name):
            _refuse(
                f"{path}: an endpoint's name is 1 to 32 small letters, digits, - and _, the first no sign."
            )
        self._folder = path.parent
        self._begin = f"{path}: the endpoint {name}"
        self._name = name
        if not isinstance(table, dict) or not set(table) <= set(_KEYS):
            _refuse(f"{self._begin} has a key that there is not; there are {', '.join(_KEYS)}.")
        self._table = table

    def endpoint(self) -> Endpoint:
        """Reads the table.

        Raises:
            BadWebhooks: something in it is wrong.
        """
        allow_private = self._table.get("allow_private", False)
        if not isinstance(allow_private, bool):
            _refuse(f"{self._begin}: allow_private must be true or false.")
        try:
            url = read_url(self._text("url"))
        except BadUrl as fault:
            reason = f"{self._begin}: url {fault}."
            raise BadWebhooks(reason) from None  # one sentence for every fault of the file
        secrets, events, tls = self._secrets(), self._events(), self._tls()
        return Endpoint(self._name, url, secrets, events, tls, allow_private)

    def _secrets(self) -> tuple[Secret, ...]:
        texts = self._texts("secrets", [])
        read = [secret for secret in map(read_secret, texts) if secret is not None]
        if len(read) != len(texts):
            size = f"{LEAST_BYTES} to {MOST_BYTES} bytes"
            _refuse(f"{self._begin}: each of secrets must be whsec_ and {size} in base64.")
        if not 1 <= len(texts) <= MOST_SECRETS:
            _refuse(f"{self._begin}: secrets must list 1 to {MOST_SECRETS}.")
        return tuple(read)

    def _events(self) -> frozenset[str]:
        wanted = frozenset(self._texts("events", sorted(PUBLISHED)))
        if not wanted or not wanted <= PUBLISHED:
            _refuse(f"{self._begin}: events must list some of {', '.join(sorted(PUBLISHED))}.")
        return wanted

    def _tls(self) -> ssl.SSLContext:
        authority = self._folder / self._text("ca") if "ca" in self._table else None
        try:
            return ssl.create_default_context(cafile=authority)
        except OSError:  # ssl.SSLError is one
            reason = f"{self._begin}: ca must name a file with certificates in PEM that can be read."
            raise BadWebhooks(reason) from None  # one sentence for every fault of the file

    def _text(self, key: str) -> str:
        value = self._table.get(key)
        if not isinstance(value, str) or not value or "\0" in value:
            _refuse(f"{self._begin}: {key} must be a text.")
        return value

    def _texts(self, key: str, default: list[str]) -> list[str]:
        value = self._table.get(key, default)
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            _refuse(f"{self._begin}: {key} must be a list of texts.")
        return value
