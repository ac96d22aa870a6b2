"""What the services that Rekey is compared with have in common."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.client import spell_any
from benchmarks.installing import LISTS, missing, node_environment
from benchmarks.services import Service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager, ExitStack
    from pathlib import Path

    from benchmarks.visitors import Answer

#: Seconds for one to make its database, and to listen.
START_SECONDS = 300
END_SECONDS = 10


class Peer(NamedTuple):
    """A service to compare with.

    Attributes:
        name: as the tables show it.
        lists: the lists of packages that it needs, in the order in which they are installed.
        serve: starts it in an empty folder; with `alone` in one process, where it could have several.
    """

    name: str
    lists: Sequence[str]
    serve: Callable[[Path, bool], AbstractContextManager[Service]]


def _environment(folder: Path, environment: Mapping[str, str]) -> dict[str, str]:
    return {**node_environment(), "HOME": str(folder), "PYTHONPATH": str(LISTS), **environment}


def found(command: Sequence[str], folder: Path, **environment: str) -> None:
    """Lets a service make its database."""
    with (folder / "log").open("ab") as log:
        own = _environment(folder, environment)
        subprocess.run(
            command, cwd=folder, env=own, stdout=log, stderr=log, check=True, timeout=START_SECONDS
        )


@contextmanager
def running(command: Sequence[str], folder: Path, port: int, **environment: str) -> Iterator[None]:
    """A server, from when it listens to the end of the block."""
    with (folder / "log").open("ab") as log:
        own = _environment(folder, environment)
        process = subprocess.Popen(command, cwd=folder, env=own, stdout=log, stderr=log)
    try:
        _wait(process, port, folder / "log")
        yield
    finally:
        process.terminate()
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError(log.read_text()[-2000:])


def given(*path: str) -> Callable[[Answer], str | None]:
    """Reads a token from the JSON of an answer; None where the status is not 200."""

    def token(answer: Answer) -> str | None:
        if answer.status != 200:
            return None
        found = json.loads(answer.body)
        for each in path:
            found = found[each]
        return str(found)

    return token


def bearing(path: str) -> Callable[[str], bytes]:
    """Spells the reading of a path by the bearer of a token."""
    return lambda token: spell_any("GET", path, {"Authorization": f"Bearer {token}"})


def open_peers(
    stack: ExitStack, peers: Sequence[Peer], folder: Path, *, alone: bool
) -> tuple[list[Service], list[str]]:
    """Starts those that are installed, each in a folder of its own; a line for each that is not.

    With `alone` each is one process, where it could be several.
    """
    opened, notes = list[Service](), list[str]()
    for number, peer in enumerate(peers):
        reasons = [reason for reason in map(missing, peer.lists) if reason is not None]
        if reasons:
            notes.append(f"{peer.name} is left out: {reasons[0]}.")
            continue
        own = folder / f"peer{number}"
        own.mkdir()
        try:
            opened.append(stack.enter_context(peer.serve(own, alone)))
        except (TimeoutError, subprocess.SubprocessError) as failure:
            notes.append(f"{peer.name} is left out: it does not start: {failure}")
    return opened, notes
