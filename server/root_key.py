"""The root key's file and the folder it lies in: made once, private, refused where others could read them."""

import os
from pathlib import Path
from stat import S_IMODE

from credentials.chance import Chance
from credentials.key_ring import BadRootKey, KeyRing
from server.settings_parsing import BadSettings

OWNER_ONLY_FOLDER = 0o700
OWNER_ONLY_FILE = 0o600
OTHERS = 0o077


def read_root_key(path: Path) -> KeyRing:
    """Reads the root key.

    Raises:
        BadSettings: the file is missing, unreadable, readable by others, or holds no key.
    """
    try:
        with path.open(encoding="utf-8") as file:
            mode = S_IMODE(os.fstat(file.fileno()).st_mode)
            text = file.read()
    except OSError as error:
        msg = f"The root key {path} cannot be read: {error.strerror}."
        raise BadSettings(msg) from error
    except UnicodeDecodeError:
        msg = f"The root key {path} is not text; restore it from its backup."
        raise BadSettings(msg) from None  # the error carries the file's bytes
    if mode & OTHERS:
        msg = f"The root key {path} can be read by others (mode {mode:o}); run chmod 600 on it."
        raise BadSettings(msg)
    try:
        return KeyRing.parse(text)
    except BadRootKey as error:
        msg = f"{path}: {error} Restore it from its backup."
        raise BadSettings(msg) from None


def make_root_key(path: Path, chance: Chance) -> KeyRing:
    """Makes a new root key, in a folder made for its owner alone where there is none.

    The key is on the disk, whole and under its name, when this returns; of several processes one makes it.

    Raises:
        FileExistsError: there is a key already; it is left as it is.
        BadSettings: the file cannot be written.
    """
    ring = KeyRing.parse(KeyRing.new_text(chance))
    place_root_keys(path, ring, chance)
    return ring


def place_root_keys(path: Path, ring: KeyRing, chance: Chance) -> None:
    """Writes the keys of a ring where no file is; as `make_root_key`."""
    draft = path.with_name(f".{path.name}.{chance.new_id()}")
    try:
        path.parent.mkdir(mode=OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
        try:
            write_private(draft, ring.text().reveal())
            os.link(draft, path)  # never replaces a file, and shows a whole one only
        finally:
            draft.unlink(missing_ok=True)
        flush_folder(path.parent)
    except OSError as error:
        if isinstance(error, FileExistsError) and path.exists():
            raise
        msg = f"The root key {path} cannot be written: {error.strerror}."
        raise BadSettings(msg) from error


def prepare_data_dir(path: Path) -> None:
    """Makes the data directory, for its owner alone; one that is there must be so already.

    Raises:
        BadSettings: it is open to others, another user's, no folder, or cannot be made.
    """
    check_owner(path)
    try:
        path.mkdir(mode=OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
    except OSError as error:
        msg = f"The data directory {path} cannot be made: {error.strerror}."
        raise BadSettings(msg) from error
    check_private(path)


def check_private(path: Path) -> None:
    """Checks that the data directory is for its owner alone.

    Raises:
        BadSettings: others may look into it.
    """
    mode = S_IMODE(path.stat().st_mode)
    if mode & OTHERS:
        msg = f"The data directory {path} is open to others (mode {mode:o}); run chmod 700 on it."
        raise BadSettings(msg)


def check_owner(data_dir: Path, user: int | None = None) -> None:
    """Checks that this process runs as the data directory's owner; one that is not there yet has none.

    Args:
        data_dir: the folder.
        user: stands for the process's effective user id.

    Raises:
        BadSettings: another user owns it, whose files would then be unreadable to one of the two.
    """
    runner = os.geteuid() if user is None else user
    try:
        owner = data_dir.stat().st_uid
    except FileNotFoundError:
        return
    except OSError as error:
        msg = f"The data directory {data_dir} cannot be read: {error.strerror}."
        raise BadSettings(msg) from error
    if owner != runner:
        msg = (
            f"The data directory {data_dir} belongs to user {owner}, and this is {runner}; run as its owner."
        )
        raise BadSettings(msg)


def write_private(path: Path, text: str) -> None:
    """Writes a new file for its owner alone; it is on the disk when this returns.

    Raises:
        OSError: there is one already, or it cannot be written.
    """
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY_FILE), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def flush_folder(folder: Path) -> None:
    """Has on the disk which files are in a folder."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
