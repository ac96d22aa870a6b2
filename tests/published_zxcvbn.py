"""zxcvbn as it is published, in a process of its own: in this one its lists are packed."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

PUBLISHED = """
import json, sys, zxcvbn
from zxcvbn.frequency_lists import FREQUENCY_LISTS
asked = json.load(sys.stdin)
json.dump([[zxcvbn.zxcvbn(*each) for each in asked], FREQUENCY_LISTS], sys.stdout, default=str)
"""


def published(asked: Sequence[tuple[str, list[str]]]) -> tuple[list[dict[str, Any]], dict[str, list[str]]]:
    """What its own entry says of passwords with words of their users, and its lists."""
    command = [sys.executable, "-c", PUBLISHED]
    said = subprocess.run(command, input=json.dumps(asked), stdout=subprocess.PIPE, text=True, check=True)
    answers, lists = json.loads(said.stdout)
    return answers, lists
