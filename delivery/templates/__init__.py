"""The wording of letters: a text and an HTML file for each, in a folder for each language.

A `.txt` file begins with `Subject: ` and a blank line. `$name` stands for a value. A paragraph (what stands
between blank lines) that holds a placeholder without a value is left out. The two layouts go around every
letter. `check_templates` finds what is missing or unused before the first letter is written.
"""

from __future__ import annotations

from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The languages there are, with their direction of writing.
LANGUAGES: Final[Mapping[str, str]] = {"en": "ltr"}
#: What is spoken to users of all other languages.
DEFAULT_LANGUAGE: Final = "en"

#: Each letter with the placeholders that both of its files use.
LETTERS: Final[Mapping[str, frozenset[str]]] = {
    "account_deleted": frozenset({"at"}),
    "account_disabled": frozenset({"at"}),
    "address_changed_new": frozenset({"at", "other"}),
    "address_changed_old": frozenset({"at", "other"}),
    "admin_changed": frozenset({"at", "actor", "subject_name"}),
    "admin_granted": frozenset({"at", "actor", "subject_name"}),
    "api_key_created": frozenset({"at", "actor", "subject_name"}),
    "managed_elsewhere": frozenset(),
    "not_for_guests": frozenset(),
    "password_changed": frozenset({"at", "address"}),
    "password_reset": frozenset({"at", "address"}),
    "password_reset_by_admin": frozenset({"at"}),
    "reset": frozenset({"link", "code", "expires_in"}),
    "sessions_revoked": frozenset({"at"}),
    "temporary_password_set": frozenset({"at"}),
}
_LAYOUT_TEXT: Final = frozenset({"name", "body", "help_url", "service", "to"})
_LAYOUT_HTML: Final = _LAYOUT_TEXT | {"language", "direction", "subject"}

FOLDER: Final = Path(__file__).parent
SUBJECT: Final = "Subject: "


class BadTemplates(ValueError):  # noqa: N818  named for what is wrong, as the other start-up refusals are
    """A template is missing, malformed, or does not use just the placeholders it is given."""


def choose_language(locale: str) -> str:
    """The language for a locale such as `en_US`, from the fixed set; unknown ones get the default."""
    language = locale.replace("-", "_").partition("_")[0].lower()
    return language if language in LANGUAGES else DEFAULT_LANGUAGE


def check_templates(folder: Path = FOLDER) -> None:
    """Reads every template of every language, as a start of the service does.

    Raises:
        BadTemplates: with the file's name and what is wrong with it.
    """
    for language in LANGUAGES:
        room = folder / language
        _check(room / "layout.txt", _LAYOUT_TEXT)
        _check(room / "layout.html", _LAYOUT_HTML)
        for letter, placeholders in LETTERS.items():
            _check(room / f"{letter}.txt", placeholders)
            _check(room / f"{letter}.html", placeholders)
            _check_subject(room / f"{letter}.txt")
        known = {"layout", *LETTERS}
        for file in sorted(room.iterdir()):
            if file.stem not in known or file.suffix not in {".txt", ".html"}:
                reason = f"{file.name} in the templates of {language} is used by no letter."
                raise BadTemplates(reason)


def _check(file: Path, placeholders: frozenset[str]) -> None:
    try:
        template = Template(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as fault:
        reason = f"The template {file.name} cannot be read."
        raise BadTemplates(reason) from fault
    if not template.is_valid():
        reason = f"The template {file.name} has a $ that begins no placeholder; write $$ for a $."
        raise BadTemplates(reason)
    used = frozenset(template.get_identifiers())
    if used != placeholders:
        differing = ", ".join(sorted(used ^ placeholders))
        reason = f"The template {file.name} misses or does not know the placeholders: {differing}."
        raise BadTemplates(reason)


def _check_subject(file: Path) -> None:
    subject = file.read_text(encoding="utf-8").partition("\n\n")[0]
    if not subject.startswith(SUBJECT) or "\n" in subject or "$" in subject:
        reason = f"The template {file.name} must begin with a line 'Subject: ' and a blank line."
        raise BadTemplates(reason)
