"""The log."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.servers import ROOT, environment
from tests.test_cli import PRODUCTION

if TYPE_CHECKING:
    from pathlib import Path

#: A process of its own: a log is set up once for a process.
PROGRAM = r"""
import logging, structlog
from server.logs import configure_logs
from server.settings import load
configure_logs(load(dotenv=None))
log = structlog.get_logger()
log.debug("rekey.debug")
with structlog.contextvars.bound_contextvars(request_id="r1"):
    log.info("rekey.info", count=1)
logging.getLogger("asyncio").warning("from %s", "elsewhere")
logging.getLogger("asyncio").info("not heard")
from credentials.secret import Secret
hostile = "a\nb\x1b[2J\u202e\ud800"
log.info("rekey.hostile", text=hostile, secret=Secret("hunter2"), key=b"hunter2", long="x" * 100_000)
logging.getLogger("asyncio").warning("%s %s", hostile, Secret("hunter2"))
try:
    1 / 0
except ZeroDivisionError:
    log.exception("rekey.defect")
"""


def written(folder: Path, settings: dict[str, str]) -> list[str]:
    """The lines of the log; nothing may go to standard output."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env=environment(folder, **settings),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == ""
    return done.stderr.splitlines()


def test_production_logs_json(tmp_path: Path) -> None:
    """One JSON object a line, the request's id and other libraries' warnings included, traces in a field.

    Hostile text makes no line of its own, in others' lines neither, and what is secret is not there.
    """
    lines = [json.loads(line) for line in written(tmp_path, PRODUCTION)]
    others = ["rekey.hostile", r"a\nb\x1b[2J\u202e\ud800 Secret(…)"]
    assert [line["event"] for line in lines] == ["rekey.info", "from elsewhere", *others, "rekey.defect"]
    assert [line["level"] for line in lines] == ["info", "warning", "info", "warning", "error"]
    assert (lines[0]["request_id"], lines[0]["count"]) == ("r1", 1)
    assert lines[2]["text"] == r"a\nb\x1b[2J\u202e\ud800"
    assert (lines[2]["secret"], lines[2]["key"]) == ("<Secret>", "<bytes>")
    assert len(lines[2]["long"]) < 1100
    assert "ZeroDivisionError" in lines[4]["exception"]
    assert all(line["timestamp"].endswith("Z") for line in lines)


@pytest.mark.parametrize(
    ("level", "heard"),
    [("debug", ["rekey.debug", "rekey.info"]), ("info", ["rekey.info"]), ("error", [])],
)
def test_development_logs_text_from_its_level_on(tmp_path: Path, level: str, heard: list[str]) -> None:
    """Text without colours where nobody looks; our events from the level on, others' from WARNING on."""
    text = "\n".join(written(tmp_path, {"REKEY_LOG_LEVEL": level}))
    assert [name for name in ("rekey.debug", "rekey.info") if name in text] == heard
    assert "from elsewhere" in text
    assert "not heard" not in text
    assert "rekey.defect" in text
    assert "\x1b[" not in text
    assert text.count("rekey.hostile") == heard.count("rekey.info")
    assert "hunter2" not in text
