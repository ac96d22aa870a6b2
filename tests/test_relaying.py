"""`rekey relay`: a process of its own that delivers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from contextlib import contextmanager
from itertools import count, takewhile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from credentials.hash_threads import NICENESS
from tests.commands import Rekey
from tests.servers import COMMAND, PATIENCE, environment

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Hashing threads, more than a relay has threads of any kind.
WORKERS = 12


@pytest.fixture
def rekey(tmp_path: Path) -> Rekey:
    """The command, in a folder of its own."""
    return Rekey(tmp_path, {})


@contextmanager
def _relay(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A relay that said it runs."""
    process = subprocess.Popen(
        [*COMMAND, "relay", *arguments],
        cwd=folder,
        env=environment(folder, REKEY_HASH_WORKERS=str(WORKERS)),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield process
    finally:
        process.stdout.close()
        process.kill()
        process.wait(PATIENCE)


def _settled(rekey: Rekey) -> bool:
    return not rekey.ok("delivery", "list", "--state", "pending")["deliveries"]


def test_a_process_of_its_own_delivers(rekey: Rekey) -> None:
    """What a command queued is carried out, by a process that steps back and has one hashing thread.

    SIGTERM ends it with status 0. Planted: the relay at nice 0; as many hashing threads as a server has.
    """
    rekey.ok("system", "create", "--name", "exchange")
    assert not _settled(rekey)
    with _relay(rekey.folder, "--json") as process:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        assert said == {"relay": "running", "pid": process.pid}
        assert os.getpriority(os.PRIO_PROCESS, process.pid) == NICENESS
        assert len(list(Path(f"/proc/{process.pid}/task").iterdir())) < WORKERS
        end = time.monotonic() + PATIENCE
        assert any(_settled(rekey) for _ in takewhile(lambda _: time.monotonic() < end, count()))
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0


def test_it_tells_people_so_too(rekey: Rekey) -> None:
    """One line, with the number of the process."""
    with _relay(rekey.folder) as process:
        assert process.stdout is not None
        assert f"(process {process.pid})" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0


def test_what_cannot_deliver_does_not_start(tmp_path: Path) -> None:
    """A setting that names no usable channel is one line, and exit status 1."""
    folder = tmp_path / "var" / "templates" / "en"
    folder.mkdir(parents=True)
    (folder / "unknown.txt").write_text("Subject: x\n\nx\n")
    (tmp_path / "var").chmod(0o700)
    assert Rekey(tmp_path, {}).refused("relay") == "BAD_SETTINGS"
