"""The data directory and the root key's file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from server.doctor.finding import Area, Level
from server.root_key import check_owner, check_private, read_root_key
from server.settings_parsing import BadSettings
from store.opening import embedded_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from credentials.key_ring import KeyRing
    from server.doctor.finding import Finding
    from server.settings import Settings

FILES = Area("files")
KEYS = Area("keys")


def look_at_files(settings: Settings, user: int | None = None) -> Finding:
    """The data directory: there, this user's, and closed to others.

    Args:
        settings: name it.
        user: stands for the process's effective user id.
    """
    folder = settings.data_dir
    try:
        check_owner(folder, user)
        if not folder.is_dir():
            advice = "Run rekey init to make an installation, or set REKEY_DATA_DIR to where it is."
            return FILES.fail(f"There is no data directory at {folder}.", advice)
        check_private(folder)
    except BadSettings as fault:
        return FILES.fail(str(fault), "Until then nothing in it is looked at.")
    return FILES.ok(f"The data directory {folder} is its owner's alone.")


def look_at_root_key(settings: Settings, user: int | None = None) -> tuple[list[Finding], KeyRing | None]:
    """The root key's file, and the keys in it; None where they cannot be used.

    Args:
        settings: name it.
        user: stands for the process's effective user id.
    """
    path = settings.root_key_file
    if not path.exists():
        advice = "Restore it from its backup; run rekey init only where there never was an installation."
        return [KEYS.fail(f"There is no root key at {path}.", advice)], None
    try:
        ring = read_root_key(path)
    except BadSettings as fault:
        return [KEYS.fail(str(fault), "Without it no password can be proved; mend the file first.")], None
    findings = [*_owner(settings, os.geteuid() if user is None else user)]
    if not findings:
        findings = [
            KEYS.ok(f"The root key {path} is there and its owner's alone; keys in it: {len(ring.ids)}.")
        ]
    findings += _backups(settings)
    is_bad = any(each.level is Level.FAIL for each in findings)
    return findings, None if is_bad else ring


def _owner(settings: Settings, user: int) -> Iterator[Finding]:
    owner = settings.root_key_file.stat().st_uid
    if owner != user:
        message = f"The root key {settings.root_key_file} belongs to user {owner}, and this is {user}."
        yield KEYS.fail(message, "Give it to the user that Rekey runs as: chown.")


def _backups(settings: Settings) -> Iterator[Finding]:
    database = embedded_path(settings.database_url)
    if database is not None and database.absolute().parent == settings.root_key_file.absolute().parent:
        message = "The root key lies in the database's folder: one backup of it would open the database."
        advice = "Keep it apart: REKEY_ROOT_KEY_FILE elsewhere, and its own copy by rekey keys export."
        yield KEYS.warn(message, advice)
