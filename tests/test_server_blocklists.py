"""server/blocklists.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from credentials.breached import Packer, value_of
from credentials.secret import Secret
from server.blocklists import FILTER, MOST_WORDS, OWN_LIST, open_policy, service_words
from server.settings import BadSettings, Settings
from tests.api import PRODUCTION, settings_for

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data directory."""
    return tmp_path


def settings(folder: Path, **more: str) -> Settings:
    """Settings with this data directory."""
    return settings_for(REKEY_DATA_DIR=str(folder), **more)


def reasons(found: Settings, password: str) -> list[str]:
    """Why a password is refused, in words."""
    return [violation.message for violation in open_policy(found).shape(Secret(password))]


def test_without_lists_nothing_is_missing(folder: Path) -> None:
    """Where neither list is there, the built-in ones hold."""
    assert reasons(settings(folder), "vorhalquem zistolper") == []
    assert "tried first" in reasons(settings(folder), "qazwsxedcrfvtgb")[0]


def test_the_operators_own_words_are_refused(folder: Path) -> None:
    """What leans on a word of the own list is refused, and the reason does not say which word it was.

    Planted: the list not handed on; seen to fail.
    """
    (folder / OWN_LIST).write_text("Zistolper\n\n  quabdrin  \n", encoding="utf-8")
    (reason,) = reasons(settings(folder), "Z1stolper-20261")
    assert "not allowed here" in reason
    assert "istolper" not in reason
    assert reasons(settings(folder), "quabdrinquabdrin1") == [reason]
    assert reasons(settings(folder), "vorhalquem zistolper") == []
    off = {"REKEY_PASSWORD_BLOCKLIST": "false"}
    unlisted = settings(folder, **off)
    assert reasons(unlisted, "Z1stolper-20261") == []


def test_breached_passwords_are_refused(folder: Path) -> None:
    """A password of the filter is refused, with a suggestion in words."""
    packer = Packer(1)
    entries, places = packer.pack([value_of("vorhalquem zistolper")])
    (folder / FILTER).write_bytes(packer.header() + entries + places + packer.end())
    found = settings(folder)
    assert "breach" in reasons(found, "vorhalquem zistolper")[0]
    (violation,) = open_policy(found).shape(Secret("Vorhalquem Zistolper"))
    assert violation.suggestion
    assert reasons(found, "vorhalquem quabdrin") == []


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        (OWN_LIST, b"\xff", "not UTF-8"),
        (OWN_LIST, b"x\n" * (MOST_WORDS + 1), "more than 100000 lines"),
        (OWN_LIST, b"x\n" + b"y" * 257, "Line 2 .* more than 256 characters"),
        (FILTER, b"", "is empty"),
        (FILTER, b"another file", "no filter"),
    ],
)
def test_wrong_lists_stop_the_start(folder: Path, name: str, content: bytes, reason: str) -> None:
    """A list that is not what it should be is named, with what is wrong."""
    (folder / name).write_bytes(content)
    with pytest.raises(BadSettings, match=reason) as refused:
        open_policy(settings(folder))
    assert name in str(refused.value)


@pytest.mark.parametrize("name", [OWN_LIST, FILTER])
def test_what_cannot_be_read_stops_the_start(folder: Path, name: str) -> None:
    """A list that is there and cannot be read is not passed over."""
    (folder / name).mkdir()
    with pytest.raises(BadSettings, match="cannot be read"):
        open_policy(settings(folder))


def test_the_service_is_known_by_its_names(folder: Path) -> None:
    """The host's labels and the sender's name are words of the service; numbers and common parts are not."""
    names = {
        "REKEY_DATA_DIR": str(folder),
        "REKEY_PUBLIC_URL": "https://www.accounts.acme-telco.org",
        "REKEY_MAIL_FROM": "Acme Passwords <noreply@mail.telcomail.net>",
    }
    found = settings_for(**PRODUCTION | names)
    assert service_words(found) == ("rekey", "accounts", "acme", "telco", "passwords", "telcomail")
    assert "name of this service" in reasons(found, "telcomail-acme99")[0]
    local = settings(folder, REKEY_PUBLIC_URL="http://127.0.0.1:8000")
    assert service_words(local) == ("rekey", "no")
