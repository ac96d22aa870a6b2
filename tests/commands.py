"""The command line, run in this process and, where that says more, in one of its own."""

from __future__ import annotations

import json
import logging
import subprocess
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog
from typer.testing import CliRunner

from server.cli.app import add_commands, app
from tests.servers import COMMAND, PATIENCE, environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

add_commands()


@dataclass(frozen=True)
class Done:
    """What a command wrote, and its exit status."""

    status: int
    output: str
    errors: str

    @property
    def json(self) -> dict[str, Any]:
        """The one JSON object on standard output."""
        value = json.loads(self.output)
        assert isinstance(value, dict)
        return value


@dataclass(frozen=True)
class Rekey:
    """The command `rekey`, with all it keeps in one folder.

    Attributes:
        folder: Where its `var` is.
        settings: REKEY_ names.
    """

    folder: Path
    settings: dict[str, str]

    def __call__(self, *arguments: str, typed: str | bytes = "") -> Done:
        """Runs a command in this process; `typed` is its standard input.

        Its log is quiet, which tells of every act otherwise. What would become a server has a process.
        """
        settings = {"REKEY_LOG_LEVEL": "warning", **self.settings}
        if arguments[:1] in (("serve",), ("relay",)):
            return Rekey(self.folder, settings).process(*arguments)
        variables = environment(self.folder, **settings)
        with chdir(self.folder), _logs_as_they_were():
            result = CliRunner().invoke(app, arguments, typed, env=variables, catch_exceptions=False)
        return Done(result.exit_code, result.stdout, result.stderr)

    def ok(self, *arguments: str, typed: str | bytes = "") -> dict[str, Any]:
        """Runs a command that succeeds, with --json; gives its object."""
        done = self(*arguments, "--json", typed=typed)
        assert done.status == 0, done
        assert not done.errors
        return done.json

    def refused(self, *arguments: str, typed: str | bytes = "") -> str:
        """Runs a command that is refused, with and without --json; gives the code in its answer."""
        done = self(*arguments, typed=typed)
        assert (done.status, done.output) == (1, ""), done
        line, newline, rest = done.errors.partition("\n")
        assert (line[:7], newline, rest) == ("rekey: ", "\n", "")
        answer = self(*arguments, "--json", typed=typed)
        assert (answer.status, answer.errors) == (1, done.errors)
        assert answer.json["error"]["message"] == line.removeprefix("rekey: ")
        code: str = answer.json["error"]["code"]
        return code

    def process(self, *arguments: str, typed: str = "") -> Done:
        """Runs a command in a process of its own."""
        done = subprocess.run(
            [*COMMAND, *arguments],
            input=typed,
            cwd=self.folder,
            env=environment(self.folder, **self.settings),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)


@contextmanager
def _logs_as_they_were() -> Iterator[None]:
    # A command sets its process's log up; here the process is the tests', and the stream is soon closed.
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.reset_defaults()
