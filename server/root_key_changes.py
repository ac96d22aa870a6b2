"""The root key's file while it changes: replaced whole, by one at a time, and followed by who runs."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from credentials.key_ring import KeyRing
from server.root_key import OWNER_ONLY_FILE, flush_folder, read_root_key, write_private
from server.settings_parsing import BadSettings

_log = structlog.get_logger()


def replace_root_keys(path: Path, ring: KeyRing) -> None:
    """Writes all keys of a ring into a file that is there; a reader finds the old keys or the new ones.

    Raises:
        BadSettings: the file cannot be written.
    """
    draft = path.with_name(f".{path.name}.new")
    try:
        draft.unlink(missing_ok=True)  # one that an earlier call left behind
        try:
            write_private(draft, ring.text().reveal())
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        flush_folder(path.parent)
    except OSError as error:
        msg = f"The root key {path} cannot be written: {error.strerror}."
        raise BadSettings(msg) from error


@contextmanager
def alone_with(path: Path) -> Iterator[None]:
    """Lets one process at a time change the root keys in this file; a small file beside it is the lock.

    Raises:
        BadSettings: another does so now, or the folder cannot be written to.
    """
    lock = path.with_name(f".{path.name}.lock")
    try:
        handle = os.open(lock, os.O_RDONLY | os.O_CREAT, OWNER_ONLY_FILE)
    except OSError as error:
        msg = f"The lock {lock} cannot be opened: {error.strerror}."
        raise BadSettings(msg) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            msg = f"Another command changes {path} now; try again when it has ended."
            raise BadSettings(msg) from None
        yield
    finally:
        os.close(handle)


class RootKeyFile:
    """The root key's file as a running process follows it.

    Args:
        path: the file.
        ring: what was read from it, and learns what is added.
    """

    def __init__(self, path: Path, ring: KeyRing) -> None:
        self._path = path
        self._ring = ring
        self._seen: tuple[int, int] | None = None

    def look(self) -> None:
        """Learns the keys that were added; a file that cannot be read is logged and asked again."""
        try:
            state = self._path.stat()
            seen = (state.st_ino, state.st_mtime_ns)
            if seen != self._seen:
                self._ring.learn(read_root_key(self._path))
        except (OSError, BadSettings) as fault:
            reason = fault.strerror if isinstance(fault, OSError) else str(fault)
            _log.warning("keys.root_file_unreadable", reason=reason)
        else:
            self._seen = seen
