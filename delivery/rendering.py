"""Puts values into the templates of a letter."""

from __future__ import annotations

import html
import unicodedata
from dataclasses import dataclass, field
from functools import cache
from string import Template
from typing import TYPE_CHECKING, Final

from delivery.templates import FOLDER, LANGUAGES, SUBJECT, choose_language

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: Control characters, lone surrogates, line and paragraph separators.
_UNSHOWN: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
#: Unicode UAX #9 section 2: the characters that turn the direction of what follows them.
_TURNING: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class Rendered:
    """A letter in words. The texts may hold a secret, so they are not shown."""

    language: str
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)


def render(letter: str, values: Mapping[str, str | None], locale: str) -> Rendered:
    """Puts the values into both files of a letter and both layouts; everything is escaped in HTML.

    Args:
        letter: a key of `LETTERS`.
        values: those of `LETTERS[letter]`, and `name`, `to`, `service`, `help_url`; None where there is none.
        locale: a language with or without a region.
    """
    language = choose_language(locale)
    folder = FOLDER / language
    subject, *paragraphs = _paragraphs(folder / f"{letter}.txt")
    title = subject.removeprefix(SUBJECT)
    plain = {name: None if value is None else one_line(value) for name, value in values.items()}
    escaped = {name: None if value is None else html.escape(value) for name, value in plain.items()}
    page = {"language": language, "direction": LANGUAGES[language], "subject": html.escape(title)}
    text_body = _fill(tuple(paragraphs), plain)
    html_body = _fill(_paragraphs(folder / f"{letter}.html"), escaped)
    return Rendered(
        language,
        title,
        _fill(_paragraphs(folder / "layout.txt"), plain | {"body": text_body}) + "\n",
        _fill(_paragraphs(folder / "layout.html"), escaped | page | {"body": html_body}) + "\n",
    )


def one_line(value: str) -> str:
    """The value without what could break out of its line: controls, separators, turns of direction."""
    kept = (" " if unicodedata.category(sign) in _UNSHOWN else sign for sign in value if sign not in _TURNING)
    return " ".join("".join(kept).split())


@cache
def _paragraphs(file: Path) -> tuple[str, ...]:
    return tuple(file.read_text(encoding="utf-8").strip().split("\n\n"))


def _fill(paragraphs: tuple[str, ...], values: Mapping[str, str | None]) -> str:
    templates = [Template(paragraph) for paragraph in paragraphs]
    absent = {name for name, value in values.items() if value is None}
    return "\n\n".join(
        template.substitute(values) for template in templates if absent.isdisjoint(template.get_identifiers())
    )
