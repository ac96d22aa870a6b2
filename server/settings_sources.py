"""Where the texts of the settings come from: the environment, a `.env` file, files that hold one secret."""

import difflib
import re
from collections.abc import Mapping
from pathlib import Path

from server.settings_parsing import BadSettings
from server.settings_table import ALL

PREFIX = "REKEY_"
ASSIGNMENT = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")
QUOTED = re.compile(r"""(["'])(.*)\1\s*(?:#.*)?""")
COMMENT = re.compile(r"(?:^|\s)#.*")


def read_dotenv(file: Path) -> dict[str, str]:
    """Reads a `.env` file: NAME=value lines, blank lines and comments; a missing file is an empty one.

    A value in single or double quotes is taken as it is; without them, ` #` starts a comment.

    Raises:
        BadSettings: a line is none of these, a name stands twice, or the file cannot be read.
    """
    values: dict[str, str] = {}
    lines = _read_text(file, str(file)).splitlines() if file.exists() else []
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        assignment = ASSIGNMENT.fullmatch(line.strip())
        if assignment is None:
            msg = f"{file}, line {number}: write NAME=value, or # before a comment."
            raise BadSettings(msg)
        name, value = assignment.groups()
        if name in values:
            msg = f"{file}, line {number}: {name} stands there twice; keep one of them."
            raise BadSettings(msg)
        quoted = QUOTED.fullmatch(value)
        values[name] = quoted[2] if quoted else COMMENT.sub("", value).strip()
    return values


def gather(environment: Mapping[str, str], dotenv: Path | None) -> dict[str, str]:
    """Gives the text of every setting that is stated; the environment wins over the file.

    Raises:
        BadSettings: a name is unknown, a value empty, a secret's file unreadable or set beside the secret.
    """
    merged = {**(read_dotenv(dotenv) if dotenv else {}), **environment}
    stated = {name: text for name, text in merged.items() if name.startswith(PREFIX)}
    files = {f"{setting.name}_FILE": setting.name for setting in ALL if setting.secret}
    names = {setting.name for setting in ALL}
    for name, text in stated.items():
        if name not in names and name not in files:
            raise BadSettings(_unknown(name, names | set(files)))
        if not text.strip():
            msg = f"{name} is empty; give it a value, or remove it to get the default."
            raise BadSettings(msg)
    for file_name, name in files.items():
        if file_name not in stated:
            continue
        if name in stated:
            msg = f"{name} and {file_name} are both set; keep one of them."
            raise BadSettings(msg)
        stated[name] = _read_secret(Path(stated.pop(file_name)), file_name)
    return stated


def _unknown(name: str, known: set[str]) -> str:
    suffixes = [each.removeprefix(PREFIX) for each in known]
    near = difflib.get_close_matches(name.removeprefix(PREFIX).upper(), suffixes, n=1)
    advice = f"did you mean {PREFIX}{near[0]}?" if near else "docs/settings.md lists them all."
    return f"{name} is no setting; {advice}"


def _read_secret(file: Path, name: str) -> str:
    lines = _read_text(file, f"the file that {name} names").splitlines()
    if len(lines) == 1 and lines[0].strip():
        return lines[0]
    msg = f"{name} must name a file that holds the secret on one line."
    raise BadSettings(msg)


def _read_text(file: Path, called: str) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        msg = f"{called} cannot be read: {error.strerror}."
    except UnicodeDecodeError:
        msg = f"{called} is not UTF-8 text."
    # Outside the handlers: the path in the first error may be a secret in the wrong place.
    raise BadSettings(msg)
