"""Which letters there are, what each may say, and in which languages they are shipped."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Where the shipped wording lies: a folder for each language.
FOLDER: Final = Path(__file__).parent
#: The languages that are shipped.
LANGUAGES: Final = ("ar", "de", "en", "es", "fr")
#: What is spoken to users of all other languages.
DEFAULT_LANGUAGE: Final = "en"
#: Written from right to left: the languages that Unicode CLDR gives this order of characters.
RIGHT_TO_LEFT: Final = frozenset({"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})

#: What the first line of a text begins with.
SUBJECT: Final = "Subject: "
#: The name of the two files that go around every letter.
LAYOUT: Final = "layout"
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
#: What a layout may use, and what it must: a layout of one's own need not name the service.
LAYOUT_TEXT: Final = frozenset({"name", "body", "help_url", "service", "to"})
LAYOUT_HTML: Final = LAYOUT_TEXT | {"language", "direction", "subject"}
LAYOUT_TEXT_NEEDS: Final = frozenset({"body"})
LAYOUT_HTML_NEEDS: Final = frozenset({"body", "language", "direction"})
#: Every file of a language.
FILES: Final = frozenset(f"{name}.{kind}" for name in (LAYOUT, *LETTERS) for kind in ("txt", "html"))


class BadTemplate(ValueError):  # noqa: N818  named for what is wrong, as the other start-up refusals are
    """A template is missing, unknown, malformed, or does not use the placeholders that it should."""
