"""Argon2 compiled for this processor by pip, from the source that the lock pins, into a folder."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from server.argon2_build import PACKAGE

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
FLAGS = "-O3 -march=native"
PIP = (sys.executable, "-m", "pip")
#: Seconds. The source is small and compiles in some; the rest is for a slow network.
PATIENCE = 600
#: Random inputs that a build is compared with OpenSSL at.
INPUTS = 300
_TOLD = 300  # characters of what another program said last


class NativeError(Exception):
    """There is no build for this processor; the text is one line that says why."""


@dataclass(frozen=True)
class Trial:
    """What a build did: how many hashes a second; 0 where that was not measured."""

    library: Path
    per_second: float


def pinned(lock: str) -> tuple[str, str]:
    """The lock's version of the package, and its whole entry with the hashes.

    Raises:
        NativeError: the lock has none.
    """
    entry = re.search(rf"^{PACKAGE}==(\S+).*?(?=^\S|\Z)", lock, re.MULTILINE | re.DOTALL)
    if entry is None:
        message = f"requirements.lock does not pin {PACKAGE}"
        raise NativeError(message)
    return entry[1], entry[0]


def find_compiler(path: str | None = None, include: str | None = None) -> None:
    """Checks that there is what C for Python is compiled with.

    Args:
        path: where the compiler is looked for, as PATH lists it; the process's own where None.
        include: the folder of Python.h; this Python's where None.

    Raises:
        NativeError: something is missing; it says what to install.
    """
    compiler = str(sysconfig.get_config_var("CC") or "cc").split()[0]
    if shutil.which(compiler, path=path) is None:
        install = "install one (Debian, Ubuntu: apt-get install gcc libc6-dev)"
        message = f"there is no C compiler ({compiler}): {install}"
        raise NativeError(message)
    if not (Path(include or sysconfig.get_paths()["include"]) / "Python.h").exists():
        install = "install this Python's headers (Debian, Ubuntu: apt-get install python3-dev)"
        message = f"Python.h is missing: {install}"
        raise NativeError(message)


def build(work: Path, entry: str, pip: Sequence[str] = PIP, patience: float = PATIENCE) -> Path:
    """Compiles the pinned source and unpacks what came of it; returns the folder of packages.

    pip checks the source against the lock's hashes. What it builds with (cffi, setuptools) it fetches for
    the build alone, and by its own rules.

    Args:
        work: an empty folder.
        entry: of the lock, as `pinned` gives it.
        pip: the command that runs pip.
        patience: how long it may take, in seconds.

    Raises:
        NativeError: it did not come about.
    """
    requirements = work / "requirements.txt"
    requirements.write_text(entry, encoding="utf-8")
    command = [*pip, "wheel", "--quiet", "--no-input", "--no-deps", "--require-hashes", "--no-cache-dir"]
    command += ["--no-binary", PACKAGE, "-r", str(requirements), "-w", str(work / "wheel")]
    _run(command, {"CFLAGS": FLAGS}, "pip could not build it", patience)
    site = work / "site"
    for wheel in (work / "wheel").glob("*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(site)
    if not site.exists():
        message = "pip built no wheel"
        raise NativeError(message)
    return site


def attempt(site: Path, inputs: int = INPUTS, seconds: float = 0, patience: float = PATIENCE) -> Trial:
    """Tries the build in a folder of packages, in a process of its own.

    Args:
        site: the folder.
        inputs: how many random ones are compared with OpenSSL.
        seconds: how long it hashes for its figure; 0: not at all.
        patience: how long all may take, in seconds.

    Raises:
        NativeError: it does not load, or computes something else than Argon2id.
    """
    command = [sys.executable, "-m", "server.native_trial", str(inputs), str(seconds)]
    said = json.loads(_run(command, {"PYTHONPATH": str(site)}, "the build does not work", patience))
    library = Path(said["library"])
    if site.resolve() not in library.resolve().parents:
        message = f"{site} holds no build"
        raise NativeError(message)
    if said["difference"] is not None:
        message = f"the build computes something else: {said['difference']}"
        raise NativeError(message)
    return Trial(library, said["perSecond"])


def _run(command: Sequence[str], variables: dict[str, str], failed: str, patience: float) -> str:
    more = [f"{name}={value}" for name, value in variables.items()]
    try:
        done = subprocess.run(  # noqa: S603  no shell, and every word is ours
            ["/usr/bin/env", *more, *command],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=patience,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        message = f"{failed} within {patience:g} seconds"
        raise NativeError(message) from late
    if done.returncode:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        last = lines[-1][:_TOLD] if lines else ""
        message = f"{failed} (status {done.returncode}): {last}"
        raise NativeError(message)
    return done.stdout
