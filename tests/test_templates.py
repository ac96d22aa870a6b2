"""The wording of letters, as files."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from delivery.templates import FOLDER, LANGUAGES, BadTemplates, check_templates, choose_language

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_the_templates_that_are_shipped_are_whole() -> None:
    """Every letter has both files in every language, using just the placeholders it is given."""
    check_templates()


def test_every_folder_of_templates_is_a_language() -> None:
    """No folder lies there unused."""
    folders = {entry.name for entry in FOLDER.iterdir() if entry.is_dir() and entry.name != "__pycache__"}
    assert folders == set(LANGUAGES)


def _append(name: str, text: str) -> Callable[[Path], object]:
    def spoil(room: Path) -> None:
        file = room / name
        file.write_text(file.read_text(encoding="utf-8") + text, encoding="utf-8")

    return spoil


def _write(name: str, content: bytes) -> Callable[[Path], object]:
    return lambda room: (room / name).write_bytes(content)


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda room: (room / "reset.html").unlink(), r"reset\.html cannot be read"),
        (_write("reset.txt", b"\xff"), r"reset\.txt cannot be read"),
        (_append("reset.txt", "$surprise"), r"reset\.txt .*: surprise\."),
        (_append("layout.html", "$surprise"), r"layout\.html .*: surprise\."),
        (_write("account_deleted.html", b"<p>Gone.</p>"), r"account_deleted\.html .*: at\."),
        (_append("reset.txt", "It costs $ 5."), r"reset\.txt has a \$"),
        (_write("not_for_guests.txt", b"Hello\n\nNo."), r"not_for_guests\.txt must begin"),
        (_write("not_for_guests.txt", b"Subject: No\nNo."), r"not_for_guests\.txt must begin"),
        (_write("account_deleted.txt", b"Subject: $at\n\nNo."), r"account_deleted\.txt must begin"),
        (_write("reset.jpg", b""), r"reset\.jpg .* is used by no letter"),
        (_write("old.txt", b""), r"old\.txt .* is used by no letter"),
    ],
)
def test_a_spoilt_template_is_named(tmp_path: Path, spoil: Callable[[Path], object], complaint: str) -> None:
    """What is missing, unreadable, unused or unknown stops the start with one line that names the file.

    Planted: `<=` for the equality of placeholders, so that a missing one passed; seen to fail.
    """
    shutil.copytree(FOLDER / "en", tmp_path / "en")
    check_templates(tmp_path)
    spoil(tmp_path / "en")
    with pytest.raises(BadTemplates, match=complaint) as caught:
        check_templates(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "locale", ["en", "en_US", "en-GB", "EN_us", "tlh", "", "../../etc", "en/../..", "_", "\x00", "de_DE"]
)
def test_a_locale_only_picks_from_the_fixed_set(locale: str) -> None:
    """A locale is compared with the set and never becomes part of a path; unknown ones get English."""
    assert choose_language(locale) == "en"
