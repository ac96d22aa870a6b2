"""`rekey keys export`, `import` and `forget`: the root keys' file, saved, restored, and made shorter."""

from __future__ import annotations

import os
from pathlib import Path  # noqa: TC003  Typer reads it
from typing import TYPE_CHECKING, Annotated

import structlog
from typer import Argument, Option, prompt

from credentials.chance import Chance
from credentials.key_export import LONGEST, BadExport, export_keys, import_keys
from credentials.policy import PasswordPolicy, PolicyChecker, Violation, open_password
from credentials.secret import Secret
from resolvers.services import OperatorCaller
from server.cli.answering import Refused, answering
from server.cli.opening import Desk, operate
from server.cli.output import Json, show
from server.cli.passwords import read_password
from server.logs import configure_logs
from server.root_key import place_root_keys, prepare_data_dir, read_root_key, write_private
from server.root_key_changes import alone_with, replace_root_keys
from server.settings import load

if TYPE_CHECKING:
    from credentials.key_ring import KeyRing
    from server.settings import Settings

Stdin = Annotated[bool, Option("--passphrase-stdin", help="Take the passphrase from standard input.")]

_log = structlog.get_logger()


def export(
    file: Annotated[Path, Argument(help="A file that is not there yet.")],
    passphrase_stdin: Stdin = False,
    as_json: Json = False,
) -> None:
    """Saves the root keys under a passphrase, in a file to be kept apart from the database's backup."""
    with answering(as_json):
        settings = _settings()
        ring = read_root_key(settings.root_key_file)
        passphrase = _opened(read_password() if passphrase_stdin else _ask(twice=True))
        _check_strength(passphrase)
        try:
            write_private(file, export_keys(ring, passphrase, Chance()))
        except OSError as error:
            message = f"{file} cannot be written: {error.strerror}."
            raise Refused(message, "INVALID_INPUT") from error
        _log.info("keys.exported", actor=_actor(), root_keys=ring.ids)
        show({"file": str(file), "rootKeys": ring.ids}, as_json)


def import_(
    file: Annotated[Path, Argument(help="What rekey keys export wrote.")],
    passphrase_stdin: Stdin = False,
    as_json: Json = False,
) -> None:
    """Puts saved root keys back beside those that are there; another installation's are refused."""
    with answering(as_json):
        settings = _settings()
        try:
            with file.open(encoding="ascii") as stream:
                text = stream.read(LONGEST + 1)  # one more, and it is no export
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            message = f"{file} cannot be read: {reason}."
            raise Refused(message, "INVALID_INPUT") from None
        passphrase = _opened(read_password() if passphrase_stdin else _ask(twice=False))
        try:
            ring = import_keys(text, passphrase)
        except BadExport as fault:
            raise Refused(str(fault), "INVALID_INPUT") from None
        kept = _put_back(settings, ring)
        _log.info("keys.imported", actor=_actor(), root_keys=kept.ids)
        show({"file": str(settings.root_key_file), "rootKeys": kept.ids}, as_json)


def forget(
    root_key: Annotated[str, Argument(metavar="ID", help="As rekey keys status shows it.")],
    as_json: Json = False,
) -> None:
    """Takes a root key that nothing needs any more out of its file."""
    with answering(as_json):
        path = load().root_key_file
        show({"rootKeys": operate(lambda desk: _forget(desk, path, root_key))}, as_json)


async def _forget(desk: Desk, path: Path, key_id: str) -> tuple[str, ...]:
    from resolvers.key_status import key_status  # noqa: PLC0415  SQLAlchemy's time: not for --help

    with alone_with(path):
        ring = read_root_key(path)
        found = {each.key_id: each for each in (await key_status(desk.services)).roots}
        if key_id not in ring.ids or key_id not in found:
            message = "There is no root key of this id; rekey keys status lists them."
            raise Refused(message, "NOT_FOUND")
        if found[key_id].is_current or found[key_id].uses.total():
            message = "This root key is still needed; rekey keys status says what for."
            raise Refused(message, "CONFLICT")
        ring = ring.without(key_id)
        replace_root_keys(path, ring)
    _log.info("keys.root_forgotten", actor=desk.caller.actor, root_key=key_id)
    return ring.ids


def _put_back(settings: Settings, ring: KeyRing) -> KeyRing:
    path = settings.root_key_file
    prepare_data_dir(settings.data_dir)
    if not path.exists():
        place_root_keys(path, ring, Chance())
        return ring
    with alone_with(path):
        kept = read_root_key(path)
        if not set(kept.ids) & set(ring.ids):
            message = f"{path} holds the keys of another installation; move that file away first."
            raise Refused(message, "CONFLICT")
        if not set(ring.ids) <= set(kept.ids):
            kept.learn(ring)
            replace_root_keys(path, kept)
    return kept


def _settings() -> Settings:
    settings = load()
    configure_logs(settings)
    return settings


def _actor() -> str:
    return OperatorCaller(os.getuid()).actor


def _ask(*, twice: bool) -> Secret:
    return Secret(prompt("Passphrase", hide_input=True, confirmation_prompt=twice, err=True))


def _opened(typed: Secret) -> Secret:
    opened = open_password(typed.reveal())
    if isinstance(opened, Violation):
        raise Refused(opened.message, "INVALID_INPUT")
    return opened


def _check_strength(passphrase: Secret) -> None:
    """Holds a passphrase to the default policy: whoever finds the file may guess as fast as they can."""
    checker = PolicyChecker(PasswordPolicy())
    for violation in [*checker.shape(passphrase), *checker.guessability(passphrase)]:
        message = f"The passphrase is too weak. {violation.message}"
        raise Refused(message, "INVALID_INPUT")
