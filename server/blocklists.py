"""The operator's lists of passwords that may not be used, opened at the start."""

from __future__ import annotations

import mmap
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from credentials.breached import BadFilter, Breached
from credentials.policy import PolicyChecker
from credentials.words import Words
from server.settings_parsing import BadSettings

if TYPE_CHECKING:
    from pathlib import Path

    from server.settings import Settings

#: The operator's own list in the data directory: plain, one word or password a line.
OWN_LIST = "blocklist.txt"
#: What `rekey blocklist build` makes there.
FILTER = "blocklist.bin"
#: Lines of the own list, some 30 MB of memory in each process; what is longer belongs into a filter.
MOST_WORDS = 100_000
#: Characters of a line: what a password has at most.
LONGEST_WORD = 256
_PARTS = re.compile(r"[\W_]+")
#: Parts of names that say nothing of a service.
_NOBODYS = {"www", "localhost", "noreply", "reply", "mail", "example"}


def open_policy(settings: Settings) -> PolicyChecker:
    """The rules for new passwords, with the lists that lie in the data directory.

    Raises:
        BadSettings: a list cannot be read, or is not what it should be; the line names it.
    """
    policy = settings.password_policy
    if not policy.blocklist:
        return PolicyChecker(policy)
    return PolicyChecker(
        policy,
        service_words(settings),
        own=_own(settings.data_dir / OWN_LIST),
        breached=_breached(settings.data_dir / FILTER),
    )


def service_words(settings: Settings) -> tuple[str, ...]:
    """The names of this service: Rekey's, the host's, and those of who sends its mail."""
    host = urlsplit(settings.public_url).hostname or ""
    labels = host.split(".")
    sender, _, domain = settings.mail_from.rpartition("@")
    parts = _PARTS.split(" ".join([*(labels[:-1] if host[-1:].isalpha() else []), sender]))
    parts += _PARTS.split(domain.rstrip(">").rpartition(".")[0])
    found = dict.fromkeys(part.casefold() for part in ["rekey", *parts] if part)
    return tuple(word for word in found if word not in _NOBODYS and not word.isdecimal())


def _own(path: Path) -> Words:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return Words([])
    except OSError as fault:
        raise _unreadable(path, fault) from fault
    except UnicodeDecodeError:
        msg = f"The list {path} is not UTF-8 text."
        raise BadSettings(msg) from None  # the error carries the file's bytes
    if len(lines) > MOST_WORDS:
        msg = f"The list {path} has more than {MOST_WORDS} lines; give it to rekey blocklist build."
        raise BadSettings(msg)
    for number, line in enumerate(lines, start=1):
        if len(line) > LONGEST_WORD:
            msg = f"Line {number} of the list {path} has more than {LONGEST_WORD} characters."
            raise BadSettings(msg)
    return Words(line.strip() for line in lines)


def _breached(path: Path) -> Breached | None:
    try:
        with path.open("rb") as file:
            return Breached(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except FileNotFoundError:
        return None
    except OSError as fault:
        raise _unreadable(path, fault) from fault
    except ValueError as fault:  # a BadFilter is one; mmap raises it for an empty file
        reason = str(fault) if isinstance(fault, BadFilter) else "it is empty"
        msg = f"The filter {path} cannot be used: {reason}. Build it again."
        raise BadSettings(msg) from fault


def _unreadable(path: Path, fault: OSError) -> BadSettings:
    return BadSettings(f"The list {path} cannot be read: {fault.strerror}.")
