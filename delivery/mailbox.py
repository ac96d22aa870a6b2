"""A folder that takes mails as files: what development has for a mail server."""

from __future__ import annotations

import asyncio
import fcntl
import os
import re
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Final

from delivery.faults import PassingFault
from store.work_threads import WorkThreads

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from delivery.messages import Message

#: Nothing that a path could be built of.
_EFFECT_ID: Final = re.compile(r"[a-z0-9]{1,64}")
#: For the owner alone: the files hold links that set passwords.
_FOLDER_MODE: Final = 0o700
_FILE_MODE: Final = 0o600


class DirectoryMailbox:
    """Writes each mail to `{effect_id}.eml`, whole or not at all; a repeat replaces the same file.

    Args:
        folder: made with its parents at the first mail; only the owner may enter it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._thread = WorkThreads(1, "rekey-mailbox")  # the folder takes one mail at a time

    async def send(self, message: Message, effect_id: str) -> None:
        """Writes one mail, off the event loop; when this returns it is on the disk.

        Raises:
            PassingFault: the folder cannot be written now; no part of the mail is left in it.
            ValueError: the effect's id is not `[a-z0-9]{1,64}`.
        """
        if not _EFFECT_ID.fullmatch(effect_id):
            reason = "An effect's id is made of 1 to 64 small letters and digits."
            raise ValueError(reason)
        try:
            await self._thread.run(partial(self._write, effect_id, message.octets()))
        except OSError as fault:
            reason = f"The mail could not be written to the mailbox folder: {fault.strerror}."
            raise PassingFault(reason) from fault

    async def close(self) -> None:
        """Lets what is written be written."""
        await asyncio.to_thread(self._thread.close)

    def _write(self, effect_id: str, content: bytes) -> None:
        self._folder.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
        temporary = self._folder / f".{effect_id}.tmp"
        with _locked(self._folder) as folder:
            try:
                _write_through(temporary, content)
                temporary.replace(self._folder / f"{effect_id}.eml")
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
            os.fsync(folder)


@contextmanager
def _locked(folder: Path) -> Iterator[int]:
    """Keeps other relays out meanwhile, so that the temporary name can be a fixed one.

    A fixed name is what leaves nothing behind: the try after a crash writes over it.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _write_through(file: Path, content: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
    with os.fdopen(os.open(file, flags, _FILE_MODE), "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
