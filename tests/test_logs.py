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
PROGRAM = """
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
    """One JSON object a line, the request's id and other libraries' warnings included, traces in a field."""
    lines = [json.loads(line) for line in written(tmp_path, PRODUCTION)]
    assert [line["event"] for line in lines] == ["rekey.info", "from elsewhere", "rekey.defect"]
    assert [line["level"] for line in lines] == ["info", "warning", "error"]
    assert (lines[0]["request_id"], lines[0]["count"]) == ("r1", 1)
    assert "ZeroDivisionError" in lines[2]["exception"]
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
