"""The wording of letters, as files: ours, and an operator's own."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from delivery.templates import (
    FOLDER,
    LANGUAGES,
    LETTERS,
    BadTemplate,
    load_templates,
    shipped_templates,
)
from delivery.templates.catalogue import FILES, LAYOUT_HTML, LAYOUT_TEXT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _room(own: Path, name: str) -> Path:
    room = own / name
    room.mkdir(parents=True, exist_ok=True)
    return room


def _write(own: Path, name: str, content: str | bytes) -> None:
    file = own / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content.encode() if isinstance(content, str) else content)


def test_the_templates_that_are_shipped_are_whole() -> None:
    """Every letter has both files in every language, and nothing else lies there."""
    assert set(shipped_templates().languages) == set(LANGUAGES) == {"en", "de", "fr", "es", "ar"}
    folders = {entry for entry in FOLDER.iterdir() if entry.is_dir() and entry.name != "__pycache__"}
    assert {folder.name for folder in folders} == set(LANGUAGES)
    for folder in folders:
        assert {file.name for file in folder.iterdir()} == FILES


@pytest.mark.parametrize("name", LANGUAGES)
def test_shipped_layouts_use_all_they_may(name: str) -> None:
    """Our own layouts name the service, the receiver and the help; an operator's may leave them out."""
    language = shipped_templates().languages[name]
    assert frozenset().union(*(paragraph.names for paragraph in language.text)) == LAYOUT_TEXT
    assert frozenset().union(*(paragraph.names for paragraph in language.html)) == LAYOUT_HTML


@pytest.mark.parametrize("name", LANGUAGES)
def test_a_language_is_not_half_another(name: str) -> None:
    """No letter is left in English: subjects and sentences differ from those of every other language."""
    languages = shipped_templates().languages
    for other in set(languages) - {name}:
        for letter in LETTERS:
            mine, theirs = languages[name].letters[letter], languages[other].letters[letter]
            assert mine.subject != theirs.subject
            shared = {each.template.template for each in mine.text} & {
                each.template.template for each in theirs.text
            }
            assert shared <= {"$link"}


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        ("en", "en"),
        ("en_US", "en"),
        ("en-GB", "en"),
        ("EN_us", "en"),
        ("de_AT", "de"),
        ("fr_CA", "fr"),
        ("es-419", "es"),
        ("ar_EG", "ar"),
        ("ar", "ar"),
        ("tlh", "en"),
        ("", "en"),
        ("../../etc", "en"),
        ("de/../en", "en"),
        ("_", "en"),
        ("\x00", "en"),
        ("zh_Hans_CN", "en"),
    ],
)
def test_a_locale_only_picks_from_the_fixed_set(locale: str, language: str) -> None:
    """A locale is compared with the set and never becomes part of a path; unknown ones get English."""
    assert shipped_templates().choose(locale).name == language


def test_only_arabic_is_written_from_right_to_left() -> None:
    """The direction is the language's, with or without a region."""
    directions = {name: each.direction for name, each in shipped_templates().languages.items()}
    assert directions == {"ar": "rtl", "de": "ltr", "en": "ltr", "es": "ltr", "fr": "ltr"}


def test_a_file_of_ones_own_stands_for_ours_alone(tmp_path: Path) -> None:
    """One file is taken from the operator's folder, all others from ours; line ends and marks do not matter.

    Planted: ours before the operator's; seen to fail.
    """
    _write(tmp_path, "de/account_deleted.txt", "\ufeffSubject: Weg\r\n\r\nAm $at.\r\n\r\nEnde.\r\n")
    (tmp_path / ".DS_Store").touch()
    (_room(tmp_path, "de") / ".account_deleted.txt.swp").touch()
    templates = load_templates(tmp_path)
    german, shipped = templates.languages["de"], shipped_templates().languages["de"]
    deleted = german.letters["account_deleted"]
    assert deleted.subject == "Weg"
    assert [each.template.template for each in deleted.text] == ["Am $at.", "Ende."]
    assert [each.template.template for each in deleted.html] == [
        each.template.template for each in shipped.letters["account_deleted"].html
    ]
    assert set(templates.languages) == set(LANGUAGES)


def test_a_region_stands_before_its_language(tmp_path: Path) -> None:
    """What `de_AT` does not have is taken from the operator's `de`, and then from ours."""
    _write(tmp_path, "de_AT/account_deleted.txt", "Subject: Servus\n\nAm $at.")
    _write(tmp_path, "de/account_deleted.txt", "Subject: Weg\n\nAm $at.")
    _write(tmp_path, "de/account_disabled.txt", "Subject: Aus\n\nAm $at.")
    templates = load_templates(tmp_path)
    austrian = templates.choose("de-at")
    assert (austrian.name, austrian.tag) == ("de_AT", "de-AT")
    subjects = [austrian.letters[name].subject for name in ("account_deleted", "account_disabled", "reset")]
    assert subjects == ["Servus", "Aus", "Passwort zurücksetzen"]
    assert templates.choose("de_DE").letters["account_deleted"].subject == "Weg"


def test_a_language_can_be_added(tmp_path: Path) -> None:
    """A folder with every file is one more language, of its own direction."""
    shutil.copytree(FOLDER / "en", tmp_path / "he")
    _write(tmp_path, "he/layout.txt", "$body")
    hebrew = load_templates(tmp_path).choose("he_IL")
    assert (hebrew.name, hebrew.direction) == ("he", "rtl")


@pytest.mark.parametrize("own", ["missing", "empty", None])
def test_there_need_be_no_folder(tmp_path: Path, own: str | None) -> None:
    """Without files of one's own the letters are the shipped ones."""
    _room(tmp_path, "empty")
    assert set(load_templates(None if own is None else tmp_path / own).languages) == set(LANGUAGES)


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("de/reset.txt", b"\xff", r"de/reset\.txt cannot be read"),
        ("de/reset.html", "<p>$link $code $expires_in $surprise</p>", r"de/reset\.html .*: surprise\."),
        ("de/layout.html", "$body $language $direction $surprise", r"layout\.html .*: surprise\."),
        ("de/layout.html", "<p>$body</p>", r"layout\.html .*: direction, language\."),
        ("de/account_deleted.html", "<p>Weg.</p>", r"account_deleted\.html .*: at\."),
        ("de/account_deleted.html", "<p>$at kostet $ 5.</p>", r"account_deleted\.html has a \$"),
        ("de/not_for_guests.txt", "Hello\n\nNo.", r"not_for_guests\.txt must begin"),
        ("de/not_for_guests.txt", "Subject: No\nNo.", r"not_for_guests\.txt must begin"),
        ("de/not_for_guests.txt", "Subject: No\tNo\n\nNo.", r"not_for_guests\.txt must begin"),
        ("de/account_deleted.txt", "Subject: $at\n\nNo.", r"account_deleted\.txt must begin"),
        ("de/reset.jpg", "", r"de/reset\.jpg is used by no letter"),
        ("de/old.txt", "", r"de/old\.txt is used by no letter"),
        ("it/reset.txt", "Subject: x\n\n$link $code $expires_in", r"it/\w+\.(txt|html) is missing"),
        ("german/reset.txt", "", r"german is no folder of a language"),
        ("reset.txt", "", r"reset\.txt is no folder of a language"),
        ("de_AT/reset.txt/x", "", r"de_AT/reset\.txt cannot be read"),
    ],
)
def test_a_spoilt_file_of_ones_own_is_named(
    tmp_path: Path, name: str, content: str | bytes, complaint: str
) -> None:
    """What is unreadable, unused, unknown or incomplete stops the start with one line that names the file.

    Planted: only `used - names` looked at, so that a missing placeholder passed; seen to fail.
    """
    _write(tmp_path, name, content)
    with pytest.raises(BadTemplate, match=complaint) as caught:
        load_templates(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("make", [lambda path: path.touch(), lambda path: path.symlink_to(path)])
def test_a_folder_that_is_none_is_named(tmp_path: Path, make: Callable[[Path], object]) -> None:
    """A file in the folder's place, or a link in a circle, stops the start: it is not no folder."""
    make(tmp_path / "templates")
    with pytest.raises(BadTemplate, match=r"^The folder of templates .*templates cannot be read\.$"):
        load_templates(tmp_path / "templates")
