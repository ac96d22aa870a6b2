"""What the doctor finds: one plain sentence, how bad it is, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is."""

    OK = "OK"
    WARN = "WARN"
    FAIL = "FAIL"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        area: Of the installation, in one word.
        level: How bad it is.
        message: One sentence, which holds no secret.
        advice: What to do; empty where there is nothing to do.
    """

    area: str
    level: Level
    message: str
    advice: str = ""


@dataclass(frozen=True)
class Area:
    """A part of the installation, whose findings all bear its name."""

    name: str

    def ok(self, message: str) -> Finding:
        """Nothing is to be done."""
        return Finding(self.name, Level.OK, message)

    def warn(self, message: str, advice: str) -> Finding:
        """It works, and somebody should look at it."""
        return Finding(self.name, Level.WARN, message, advice)

    def fail(self, message: str, advice: str) -> Finding:
        """It does not work, or is not safe."""
        return Finding(self.name, Level.FAIL, message, advice)
