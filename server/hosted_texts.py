"""The languages of the hosted pages: their words, and which of them a reader wants."""

import html
import json
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any, Final

from starlette.requests import Request

HOSTED: Final = Path(__file__).parent / "pages" / "hosted"
#: The languages of the letters, in the order in which the pages offer them.
LANGUAGES: Final = ("en", "de", "fr", "es", "ar")
DEFAULT_LANGUAGE: Final = LANGUAGES[0]
# A file a language, for its translators. Section "page" fills the HTML; the script has the others too.
TEXTS: Final[Mapping[str, Mapping[str, Any]]] = {
    language: json.loads((HOSTED / "texts" / f"{language}.json").read_text(encoding="utf-8"))
    for language in LANGUAGES
}
# Longer than any browser's: the rest of such a header is nobody's.
_MOST_PREFERENCES: Final = 1000


def choose_language(request: Request) -> str:
    """One of LANGUAGES: what ``?lang=`` names, else the best of Accept-Language, else English.

    Neither is joined to a path. A region is left aside: ``de-AT`` is read as ``de``.
    """
    asked = request.query_params.get("lang", "")
    if asked in LANGUAGES:
        return asked
    wanted = request.headers.get("accept-language", "")[:_MOST_PREFERENCES].split(",")
    # Equals keep their order, which RFC 9110 section 12.5.4 leaves open: browsers put the best first.
    best = sorted(map(_preference, wanted), key=lambda preference: -preference[1])
    return next((tag for tag, quality in best if tag in LANGUAGES and quality > 0), DEFAULT_LANGUAGE)


def _preference(part: str) -> tuple[str, float]:
    tag, _, quality = part.strip().lower().partition(";")
    primary = tag.strip().partition("-")[0]
    name, _, figure = quality.strip().partition("=")
    try:
        return primary, float(figure) if name == "q" else 1.0
    except ValueError:
        return primary, 0.0


def fill(page: str, language: str, places: Mapping[str, str]) -> str:
    """The HTML of a page in one language.

    Args:
        page: the text of a template whose places are the keys of section "page", and a few more.
        language: one of LANGUAGES.
        places: what the template asks for beyond words; escaped here, as the words are.
    """
    words = TEXTS[language]["page"] | places | {"language": language}
    escaped = {name: html.escape(value) for name, value in words.items()}
    return Template(page).substitute(
        escaped, direction=TEXTS[language]["direction"], language_links=_links(language)
    )


def script() -> str:
    """A JavaScript module that exports ``TEXTS``: every language, so that a switch needs no request."""
    return f"export const TEXTS = {json.dumps(TEXTS, ensure_ascii=False)};\n"


def _links(current: str) -> str:
    return "\n".join(
        _link(language, 'aria-current="true"' if language == current else "") for language in LANGUAGES
    )


def _link(language: str, state: str) -> str:
    direction, name = TEXTS[language]["direction"], html.escape(TEXTS[language]["name"])
    return f'<a href="?lang={language}" lang="{language}" dir="{direction}" {state}>{name}</a>'
