"""Puts values into the templates of a letter."""

from __future__ import annotations

import html
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from delivery.templates import Language, Paragraph

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


def render(language: Language, letter: str, values: Mapping[str, str | None]) -> Rendered:
    """Puts the values into both forms of a letter and both layouts; everything is escaped in HTML.

    Args:
        language: whose wording it is.
        letter: a key of `LETTERS`.
        values: those of `LETTERS[letter]`, and `name`, `to`, `service`, `help_url`; None where there is none.
    """
    wording = language.letters[letter]
    plain = {name: None if value is None else one_line(value) for name, value in values.items()}
    escaped = {name: None if value is None else html.escape(value) for name, value in plain.items()}
    page = {
        "language": language.tag,
        "direction": language.direction,
        "subject": html.escape(wording.subject),
        "body": _fill(wording.html, escaped),
    }
    return Rendered(
        language.tag,
        wording.subject,
        _fill(language.text, plain | {"body": _fill(wording.text, plain)}) + "\n",
        _fill(language.html, escaped | page) + "\n",
    )


def one_line(value: str) -> str:
    """The value without what could break out of its line: controls, separators, turns of direction."""
    if value.isascii() and value.isprintable():
        return " ".join(value.split())
    kept = (" " if unicodedata.category(sign) in _UNSHOWN else sign for sign in value if sign not in _TURNING)
    return " ".join("".join(kept).split())


def _fill(paragraphs: tuple[Paragraph, ...], values: Mapping[str, str | None]) -> str:
    absent = {name for name, value in values.items() if value is None}
    return "\n\n".join(
        paragraph.form % values for paragraph in paragraphs if absent.isdisjoint(paragraph.names)
    )
