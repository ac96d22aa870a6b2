"""Several server processes on one socket."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import httpx

from tests.servers import PATIENCE, RunningServer, server_process, start


def workers_of(server: RunningServer) -> set[int]:
    """The processes that serve: the parent's children that run the spawned main."""
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    lines = {int(child): Path(f"/proc/{child}/cmdline").read_bytes() for child in children}
    return {child for child, line in lines.items() if b"spawn_main" in line}


def test_a_worker_that_dies_is_replaced(tmp_path: Path) -> None:
    """After kill -9 of one process the other goes on, another takes its place, and SIGINT ends all with 0.

    Planted: the dead process kept in the list; seen to fail.
    """
    with server_process(tmp_path, workers=2) as server:
        before = workers_of(server)
        assert len(before) == 2
        os.kill(min(before), signal.SIGKILL)
        end = time.monotonic() + PATIENCE
        while len(after := workers_of(server)) < 2 or min(before) in after:
            assert time.monotonic() < end, server.log()
            time.sleep(0.05)
        assert max(before) in after
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
        end = time.monotonic() + PATIENCE
        while not (begun := workers_of(server)):
            assert time.monotonic() < end, server.log()
        os.kill(min(begun), signal.SIGKILL)
        assert server.process.wait(PATIENCE) == 1
        assert "ended before it was ready" in server.log()
    finally:
        server.kill()
