"""`make native`: Argon2 built for this processor takes the place of the published one, if it is as good."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from typer import echo

from server.argon2_build import (
    BEFORE,
    MARKER,
    PACKAGE,
    Native,
    Origin,
    find_build,
    is_recorded,
    loaded_library,
    package_of,
    processor_flags,
    read_note,
)
from server.native_build import LOCK, PIP, NativeError, attempt, build, find_compiler, pinned

if TYPE_CHECKING:
    from collections.abc import Sequence

UNDO = "To undo it: make native ARGS=--undo"


class Workshop(NamedTuple):
    """What a build is made with.

    Attributes:
        pip: the command that runs pip.
        lock: what it may install.
        path: where a compiler is looked for; the process's PATH where None.
        turn: seconds that each build is measured in each round.
        rounds: in which both builds take turns: what disturbs one disturbs the other.
    """

    pip: Sequence[str] = PIP
    lock: Path = LOCK
    path: str | None = None
    turn: float = 1.5
    rounds: int = 3


def make(library: Path, workshop: Workshop) -> None:
    """Builds, tries, and puts the build in the place of the installed library, unless it is one already.

    The library is replaced in one step, by a build that was tried: whatever fails or breaks off before
    leaves it as it is.

    Raises:
        NativeError: there is no such build, or it does not compute what it has to.
    """
    version, entry = pinned(workshop.lock.read_text(encoding="utf-8"))
    found = find_build(library)
    if found.lacking:  # made for another processor: it may end the process that measures it
        undo(library)
    elif found.origin is Origin.NATIVE and found.version == version:
        echo(f"Argon2 is built for this processor already ({PACKAGE} {version}). {UNDO}")
        return
    package = package_of(library)
    if package is None or package.version != version:
        message = f"{PACKAGE} {version} is not installed; run make install first"
        raise NativeError(message)
    find_compiler(workshop.path)
    echo(f"Building {PACKAGE} {version} for this processor.")
    with tempfile.TemporaryDirectory(prefix="rekey-native-") as scratch:
        site = build(Path(scratch), entry, workshop.pip)
        made = attempt(site).library
        before, after = _compare(library.parent.parent, site, workshop)
        _install(made, library, version)
    echo(f"It computes the known tags and those of OpenSSL, and is installed. {UNDO}")
    echo(f"Hashes a second in two threads: {before:.1f} before, {after:.1f} now, {after / before:.2f} times.")


def undo(library: Path) -> None:
    """Puts the library back that was there before.

    Raises:
        NativeError: it is not there any more.
    """
    before, note = library.with_name(BEFORE), library.with_name(MARKER)
    if find_build(library).origin in {Origin.PUBLISHED, Origin.INSTALLED}:
        for each in (before, note):
            each.unlink(missing_ok=True)
        echo("The installed build of Argon2 runs; there is nothing to undo.")
        return
    package = package_of(library)
    if package is None or not before.exists() or not is_recorded(before.read_bytes(), library, package):
        message = f"the build of before is gone; run {PIP[0]} -m pip install --force-reinstall {PACKAGE}"
        raise NativeError(message)
    before.replace(library)
    note.unlink(missing_ok=True)
    echo("The installed build of Argon2 is back.")


def remind(library: Path) -> None:
    """Says it where an installation has replaced what `make native` made."""
    if read_note(library.parent) is not None and find_build(library).origin is not Origin.NATIVE:
        echo("Argon2 was built for this processor, and this installation replaced it: run make native again.")


def _compare(installed: Path, made: Path, workshop: Workshop) -> tuple[float, float]:
    """Hashes a second of the builds in two folders, which take turns; the medians."""
    rounds = [
        [attempt(site, 0, workshop.turn).per_second for site in (installed, made)]
        for _ in range(workshop.rounds)
    ]
    before, after = zip(*rounds, strict=True)
    return median(before), median(after)


def _install(made: Path, library: Path, version: str) -> None:
    """Replaces the library, and keeps the recorded one beside it."""
    package, content = package_of(library), library.read_bytes()
    if package is not None and is_recorded(content, library, package):
        library.with_name(BEFORE).write_bytes(content)
        shutil.copymode(library, library.with_name(BEFORE))
    draft = library.with_name(f"{library.name}.new")
    shutil.copyfile(made, draft)
    shutil.copymode(library, draft)
    with draft.open("rb+") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
    Native(digest, version, processor_flags()).write(library.parent)
    draft.replace(library)


def main(arguments: Sequence[str], library: Path | None = None, workshop: Workshop | None = None) -> int:
    """Does what is asked; returns the exit status: 0 done, 1 not, 2 wrong usage."""
    place = library or loaded_library()
    try:
        match arguments:
            case []:
                make(place, workshop or Workshop())
            case ["--undo"]:
                undo(place)
            case ["--remind"]:
                remind(place)
            case _:
                echo("make native: there is ARGS=--undo, and nothing else", err=True)
                return 2
    except (NativeError, OSError) as problem:
        echo(f"make native: {problem}. Argon2 is as it was.", err=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
