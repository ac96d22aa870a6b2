"""Reads the wording of letters, the operator's before our own, and refuses what could not be sent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from string import Template
from typing import TYPE_CHECKING, Final

from delivery.templates.catalogue import (
    DEFAULT_LANGUAGE,
    FILES,
    FOLDER,
    LANGUAGES,
    LAYOUT,
    LAYOUT_HTML,
    LAYOUT_HTML_NEEDS,
    LAYOUT_TEXT,
    LAYOUT_TEXT_NEEDS,
    LETTERS,
    RIGHT_TO_LEFT,
    SUBJECT,
    BadTemplate,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

#: A language, with or without a region: ISO 639 and ISO 3166 codes, as in `de` and `de_AT`.
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(_[A-Z]{2})?")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """What stands between two blank lines: as written, as a form for the quicker `%`, its placeholders."""

    template: Template
    form: str
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Wording:
    """A letter in one language."""

    subject: str
    text: tuple[Paragraph, ...]
    html: tuple[Paragraph, ...]


@dataclass(frozen=True, slots=True)
class Language:
    """All letters in one language.

    Attributes:
        name: `de` or `de_AT`.
        text: the layout around every text.
        html: the layout around every page.
        letters: one for each key of `LETTERS`.
    """

    name: str
    text: tuple[Paragraph, ...]
    html: tuple[Paragraph, ...]
    letters: Mapping[str, Wording]

    @property
    def tag(self) -> str:
        """The language's name on the Internet (BCP 47): `de-AT`."""
        return self.name.replace("_", "-")

    @property
    def direction(self) -> str:
        """`rtl` for languages that are written from right to left, else `ltr`: HTML's `dir`."""
        return "rtl" if _spoken(self.name) in RIGHT_TO_LEFT else "ltr"


@dataclass(frozen=True, slots=True)
class Templates:
    """The wording of every letter in every language, checked and ready to be filled in."""

    languages: Mapping[str, Language]

    def choose(self, locale: str) -> Language:
        """The language for a locale such as `de_AT`, from the fixed set; unknown ones get the default."""
        spoken, *others = locale.replace("-", "_").split("_")
        names = (f"{spoken.lower()}_{others[-1].upper()}" if others else "", spoken.lower(), DEFAULT_LANGUAGE)
        return next(self.languages[name] for name in names if name in self.languages)


@cache
def shipped_templates() -> Templates:
    """The wording that is shipped, alone."""
    return load_templates()


def load_templates(own: Path | None = None) -> Templates:
    """Reads and checks every file of every language.

    Args:
        own: the operator's folder, with a folder for each language in which single files stand for ours; one
            of a region (`de_AT`) stands before its language's. A language of one's own has all files. There
            need not be such a folder.

    Raises:
        BadTemplate: one line, with the file's name and what is wrong with it.
    """
    rooms = {name: [FOLDER / name] for name in LANGUAGES}
    for room in sorted(_rooms(own), key=lambda room: room.name):  # a language comes before its regions
        rooms[room.name] = [room, *rooms.get(room.name, rooms.get(_spoken(room.name), []))]
    return Templates({name: _language(name, folders) for name, folders in rooms.items()})


def _spoken(name: str) -> str:
    return name.partition("_")[0]


def _rooms(own: Path | None) -> Iterator[Path]:
    """The languages' folders in the operator's folder; hidden files are left alone, as editors make them."""
    if own is None:
        return
    try:
        for room in own.iterdir():
            if room.name.startswith("."):
                continue
            if not room.is_dir() or not _LANGUAGE.fullmatch(room.name):
                reason = f"{room} is no folder of a language; one is named as in de or de_AT."
                raise BadTemplate(reason)
            for file in room.iterdir():
                if file.name not in FILES and not file.name.startswith("."):
                    reason = f"The template {file} is used by no letter."
                    raise BadTemplate(reason)
            yield room
    except FileNotFoundError:
        return
    except OSError as fault:
        reason = f"The folder of templates {own} cannot be read."
        raise BadTemplate(reason) from fault


def _language(name: str, folders: list[Path]) -> Language:
    letters = {}
    for letter, names in LETTERS.items():
        subject, text = _text(_find(folders, f"{letter}.txt"), names)
        letters[letter] = Wording(subject, text, _read(_find(folders, f"{letter}.html"), names, names))
    text_layout, html_layout = _find(folders, f"{LAYOUT}.txt"), _find(folders, f"{LAYOUT}.html")
    return Language(
        name,
        _read(text_layout, LAYOUT_TEXT, LAYOUT_TEXT_NEEDS),
        _read(html_layout, LAYOUT_HTML, LAYOUT_HTML_NEEDS),
        letters,
    )


def _find(folders: list[Path], name: str) -> Path:
    """The file in the first folder that has it."""
    for folder in folders:
        if (folder / name).exists():
            return folder / name
    reason = f"The template {folders[0] / name} is missing; a language of one's own has all of them."
    raise BadTemplate(reason)


def _text(file: Path, names: frozenset[str]) -> tuple[str, tuple[Paragraph, ...]]:
    subject, *paragraphs = _read(file, names, names)
    line = subject.template.template
    if not line.startswith(SUBJECT) or "\n" in line or "$" in line or not line.isprintable():
        reason = f"The template {file} must begin with a line 'Subject: ' and a blank line."
        raise BadTemplate(reason)
    return line.removeprefix(SUBJECT), tuple(paragraphs)


def _read(file: Path, names: frozenset[str], needed: frozenset[str]) -> tuple[Paragraph, ...]:
    try:
        content = file.read_text(encoding="utf-8-sig")  # some editors begin a file with a mark
    except (OSError, UnicodeDecodeError) as fault:
        reason = f"The template {file} cannot be read as UTF-8."
        raise BadTemplate(reason) from fault
    templates = [Template(paragraph) for paragraph in content.strip().split("\n\n")]
    if not all(template.is_valid() for template in templates):
        reason = f"The template {file} has a $ that begins no placeholder; write $$ for a $."
        raise BadTemplate(reason)
    made = tuple(map(_paragraph, templates))
    used = frozenset().union(*(paragraph.names for paragraph in made))
    if wrong := (needed - used) | (used - names):
        reason = f"The template {file} misses or does not know the placeholders: {', '.join(sorted(wrong))}."
        raise BadTemplate(reason)
    return made


def _paragraph(template: Template) -> Paragraph:
    names = frozenset(template.get_identifiers())
    doubled = Template(template.template.replace("%", "%%"))
    return Paragraph(template, doubled.substitute({name: f"%({name})s" for name in names}), names)
