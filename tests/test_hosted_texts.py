"""The words of the hosted pages: complete in every language, none too many, readable on their ground."""

from __future__ import annotations

import json
import re
from itertools import combinations, product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from graphql import GraphQLUnionType, build_schema, parse, validate
from starlette.requests import Request

from credentials.policy_rules import PolicyRule
from delivery.templates import LANGUAGES as LETTERS_LANGUAGES
from server.hosted_texts import DEFAULT_LANGUAGE, HOSTED, LANGUAGES, TEXTS, choose_language, fill, script

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMA = build_schema((Path(__file__).parent.parent / "schema.graphql").read_text(encoding="utf-8"))
SCRIPTS = "\n".join(file.read_text(encoding="utf-8") for file in HOSTED.glob("*.js"))
TEMPLATES = "\n".join(file.read_text(encoding="utf-8") for file in HOSTED.glob("*.html"))
CSS = (HOSTED / "hosted.css").read_text(encoding="utf-8")
#: What a page never hears: changeExpiredPassword answers InvalidCredentials instead.
UNHEARD = {"EXTERNALLY_MANAGED"}


def places(texts: Mapping[str, Any]) -> dict[tuple[str, str], list[str]]:
    """Every key of a language's texts, with the places that its text has."""
    return {
        (section, key): sorted(re.findall(r"\{(\w+)\}", text))
        for section, entries in texts.items()
        if isinstance(entries, dict)
        for key, text in entries.items()
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_text(language: str) -> None:
    """A language has the keys and places of the others, no empty text, and a direction.

    Planted: a key left out of the Spanish texts; seen to fail.
    """
    texts = TEXTS[language]
    assert places(texts) == places(TEXTS[DEFAULT_LANGUAGE])
    assert texts["direction"] == ("rtl" if language == "ar" else "ltr")
    assert all(
        text.strip() == text != ""
        for part in texts.values()
        if isinstance(part, dict)
        for text in part.values()
    )
    assert {file.stem for file in (HOSTED / "texts").iterdir()} == set(LANGUAGES)


@pytest.mark.parametrize(("one", "other"), list(combinations(LANGUAGES, 2)))
def test_languages_differ(one: str, other: str) -> None:
    """No sentence of one language stands untranslated in another."""
    shared = {
        (section, key)
        for section, key in places(TEXTS[one])
        if (text := TEXTS[one][section][key]) == TEXTS[other][section][key] and " " in text
    }
    assert shared == set()


def test_no_text_is_unused() -> None:
    """The templates use exactly the section for pages, and the scripts exactly what is said later."""
    used = set(re.findall(r'data-(?:text|label)="(\w+)"', TEMPLATES))
    assert used == TEXTS["en"]["page"].keys()
    spoken = TEXTS["en"]["said"].keys()
    assert {key for key in spoken if f'"{key}"' in SCRIPTS} | {
        f"{kind}{end}" for kind in ("unreachable", "failed") for end in ("", "_heading")
    } == spoken
    assert set(re.findall(r'words\("said", "(\w+)"', SCRIPTS)) <= spoken


def test_every_problem_has_its_words() -> None:
    """Each code, rule and code of a field that an answer may carry is translated, and no other."""
    members = set()
    for name in ("RequestPasswordReset", "ResetPassword", "ChangePassword"):
        union = SCHEMA.type_map[f"{name}Result"]
        assert isinstance(union, GraphQLUnionType)
        members |= {member.name for member in union.types if not member.name.endswith("Success")}
    codes = {re.sub(r"(?<!^)(?=[A-Z])", "_", name).upper() for name in members} - UNHEARD
    texts = TEXTS["en"]
    assert texts["headings"].keys() == texts["problems"].keys() == codes
    assert texts["rules"].keys() == texts["suggestions"].keys() == set(PolicyRule)
    assert " ".join(texts["fields"]) == "REQUIRED TOO_LONG OUT_OF_RANGE DIFFERS MALFORMED NOT_ALLOWED"


def test_documents_fit_the_schema() -> None:
    """What the scripts ask is valid against the printed SDL."""
    text = (HOSTED / "documents.js").read_text(encoding="utf-8")
    parts = dict(re.findall(r"const (\w+) = `(.*?)`;", text, flags=re.DOTALL))
    filled = {name: _filled(part, parts) for name, part in parts.items()}
    operations = [text for text in filled.values() if text.startswith(("query", "mutation"))]
    assert len(operations) == 4
    for operation in operations:
        assert validate(SCHEMA, parse(operation)) == []


def _filled(text: str, parts: Mapping[str, str]) -> str:
    found = re.search(r"\$\{(\w+)\}", text)
    return text if found is None else _filled(text.replace(found[0], parts[found[1]]), parts)


def request(query: str = "", header: str | None = None) -> Request:
    """A request for a page."""
    headers = [] if header is None else [(b"accept-language", header.encode("latin-1"))]
    return Request({"type": "http", "method": "GET", "headers": headers, "query_string": query.encode()})


@pytest.mark.parametrize(
    ("query", "header", "language"),
    [
        ("", None, "en"),
        ("", "de", "de"),
        ("", "de-AT,de;q=0.9,en;q=0.8", "de"),
        ("", "pt-BR, fr;q=0.8, es;q=0.9", "es"),
        ("", "fr, es", "fr"),
        ("", "AR-eg", "ar"),
        ("", "*", "en"),
        ("", "de;q=0, fr;q=0.1", "fr"),
        ("", "de;q=x, fr;q=0.1", "fr"),
        ("", "de;level=1", "de"),
        ("", "../../etc, ;;;", "en"),
        ("", "x," * 10_000 + "de", "en"),
        ("lang=fr", "de", "fr"),
        ("lang=pt", "de", "de"),
        ("lang=../en", None, "en"),
        ("lang=fr&lang=es", None, "es"),
    ],
)
def test_the_language_is_one_of_ours(query: str, header: str | None, language: str) -> None:
    """What the address names comes first, then what the browser likes best, then English."""
    assert choose_language(request(query, header)) == language


def test_letters_and_pages_speak_the_same_languages() -> None:
    """Whoever gets a letter in a language finds the page in it."""
    assert set(LETTERS_LANGUAGES) <= set(LANGUAGES)


def test_words_and_places_are_escaped() -> None:
    """What goes into a page is text, never markup."""
    filled = fill('<a href="$forgot_address">$direction</a>', "ar", {"forgot_address": '"><script>'})
    assert filled == '<a href="&quot;&gt;&lt;script&gt;">rtl</a>'


def test_the_script_has_every_language() -> None:
    """The module exports what is in the files."""
    beginning, _, rest = script().partition("{")
    assert beginning == "export const TEXTS = "
    assert json.loads("{" + rest.rstrip(";\n")) == TEXTS


def luminance(colour: str) -> float:
    """The relative luminance of `#rrggbb` (WCAG 2.2)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_words_stand_out_from_their_ground(scheme: int) -> None:
    """Text has a contrast of 4.5 to 1 at least, a field's line 3 to 1 (WCAG 2.2, 1.4.3 and 1.4.11).

    Planted: a paler `--soft` in the light scheme; seen to fail.
    """
    block = re.findall(r":root \{(.*?)\}", CSS, flags=re.DOTALL)[scheme]
    colours = dict(re.findall(r"--([\w-]+): (#\w{6})", block))

    def contrast(one: str, other: str) -> float:
        low, high = sorted(luminance(colours[name]) for name in (one, other))
        return (high + 0.05) / (low + 0.05)

    pairs = [*product(("text", "soft", "accent", "accent-over", "bad", "good"), ["card"])]
    pairs += [("on-accent", "accent"), ("on-accent", "accent-over")]
    pairs += [("text", f"{kind}-ground") for kind in ("bad", "good", "plain")]
    assert {pair: contrast(*pair) for pair in pairs if contrast(*pair) < 4.5} == {}
    assert contrast("line", "card") >= 3
