"""Several server processes on one socket."""

from __future__ import annotations

import os
import resource
import signal
import socket
from contextlib import suppress
from pathlib import Path

import httpx

from tests.servers import PATIENCE, RunningServer, server_process, start


def workers_of(server: RunningServer) -> set[int]:
    """The processes that serve: the parent's children that run the spawned main."""
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    lines = {int(child): Path(f"/proc/{child}/cmdline").read_bytes() for child in children}
    return {child for child, line in lines.items() if b"spawn_main" in line}


def is_gone(worker: int) -> bool:
    """Whether a process has ended; one that nobody has waited for yet has no command line any more."""
    line = b""
    with suppress(FileNotFoundError, ProcessLookupError):
        line = Path(f"/proc/{worker}/cmdline").read_bytes()
    return not line


def answer(server: RunningServer) -> int:
    """How a new connection is answered."""
    return httpx.get(f"{server.url}/readyz", timeout=PATIENCE).status_code


def answer_without(worker: int, server: RunningServer) -> int:
    """How another process than this one answers, once it is ready."""
    os.kill(worker, signal.SIGSTOP)
    try:
        return answer(server)
    finally:
        os.kill(worker, signal.SIGCONT)


def test_a_worker_that_dies_is_replaced(tmp_path: Path) -> None:
    """After kill -9 of one process the other goes on, another takes its place, and SIGINT ends all with 0.

    Planted: the dead process kept in the list; seen to fail.
    """
    with server_process(tmp_path, workers=2) as server:
        before = workers_of(server)
        assert len(before) == 2
        os.kill(min(before), signal.SIGKILL)
        server.wait_for(lambda: len(workers_of(server) - {min(before)}) == 2)
        assert max(before) in workers_of(server)
        assert answer_without(max(before), server) == 200
        for _ in range(4):
            with httpx.Client() as client:
                assert client.get(f"{server.url}/readyz", timeout=PATIENCE).status_code == 200
        assert "server.process_ended" in server.log()
        assert server.output().count("Rekey on http") == 1
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(PATIENCE) == 0


def test_a_process_that_never_answers_ends_the_start(tmp_path: Path) -> None:
    """A process that ends before it is ready is not started for ever: the start fails, and says so.

    Planted: another put in its place; seen to fail.
    """
    server = start(tmp_path, "--workers", "2")
    try:
        server.wait_for(lambda: bool(workers_of(server)))
        os.kill(min(workers_of(server)), signal.SIGKILL)
        assert server.process.wait(PATIENCE) == 1
        assert "ended before it was ready" in server.log()
    finally:
        server.kill()


def test_a_replacement_that_fails_is_tried_again(tmp_path: Path) -> None:
    """While the root key cannot be read, no replacement starts: the others go on, and one starts after it.

    The log says when the next is tried. Planted: the start given up, as before the first answer; seen to
    fail.
    """
    key = tmp_path / "var" / "root.key"
    with server_process(tmp_path, workers=2) as server:
        first, second = sorted(workers_of(server))
        kept = key.read_text()
        key.write_text("no key")
        os.kill(first, signal.SIGKILL)
        server.wait_for(lambda: server.log().count("server.process_ended") == 3)
        assert workers_of(server) == {second}
        assert answer(server) == 200
        assert "next_in=1.0" in server.log()
        assert "next_in=2.0" in server.log()
        key.write_text(kept)
        server.wait_for(lambda: len(workers_of(server)) == 2)
        assert answer_without(second, server) == 200


def test_a_replacement_that_cannot_be_started_is_tried_again(tmp_path: Path) -> None:
    """Where the parent may open nothing more, the other process goes on; a new one serves when it may.

    Planted: the system's error not caught; seen to fail.
    """
    with server_process(tmp_path, workers=2) as server:
        first, second = sorted(workers_of(server))
        usual, most = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (0, most))
        os.kill(first, signal.SIGKILL)
        server.wait_for(lambda: "server.process_not_started" in server.log())
        assert workers_of(server) == {second}
        assert answer(server) == 200
        resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (usual, most))
        server.wait_for(lambda: len(workers_of(server)) == 2)
        assert answer_without(second, server) == 200


def test_workers_do_not_outlive_their_parent(tmp_path: Path) -> None:
    """After kill -9 of the parent its processes drain and end, and the port is free.

    Planted: processes that do not look after their parent; seen to fail.
    """
    with server_process(tmp_path, workers=2) as server:
        orphans = workers_of(server)
        server.process.kill()
        server.process.wait(PATIENCE)
        server.wait_for(lambda: all(is_gone(orphan) for orphan in orphans), ends=True)
        with socket.create_server(("127.0.0.1", int(server.url.rpartition(":")[2]))):
            pass
