"""Every letter in every language that is shipped, and in one that an operator adds."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import fields, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from delivery.letter_times import duration, moment
from delivery.letters import AddressChangedLetter, AdministratorNoticeLetter, Letter, PasswordChangedLetter
from delivery.templates import FOLDER, LANGUAGES, load_templates
from tests.letters import AT, EVERY_LETTER, LINK, NOTICE, RESET, Page, forms, mail

if TYPE_CHECKING:
    from pathlib import Path

every_letter = pytest.mark.parametrize("letter", EVERY_LETTER, ids=lambda letter: type(letter).__name__)
every_language = pytest.mark.parametrize("language", LANGUAGES)
#: What an Arabic text writes on lines of their own, so that no neighbour turns their order (UAX #9, P1).
ALONE = {LINK, "ABC-DEF", "2001:db8::7", "a***@example.net", "nightly job", "root", NOTICE["help_url"]}


@every_language
@every_letter
def test_text_and_page_say_the_same(letter: Letter, language: str) -> None:
    """What is shown of the page is the text, apart from blanks; both name sender, reader and help."""
    text, page = forms(letter, language)
    shown = Page(page).shown.removeprefix("\n").partition(mail(letter, language)["Subject"])[2]
    assert shown.split() == text.split()
    for value in ("Mary Example", "https://help.example.org/", "Example Accounts", "mary@example.org"):
        assert value in text


@every_language
@every_letter
def test_a_page_is_in_its_language_and_fetches_nothing(letter: Letter, language: str) -> None:
    """Tags balance, language and direction are given where clients look, nothing is loaded from anywhere."""
    page = forms(letter, language)[1]
    parsed = Page(page)
    assert parsed.open == []
    assert set(parsed.tags) <= {"html", "head", "meta", "title", "body", "div", "p", "a", "b", "bdi", "br"}
    assert not {name for name, _ in parsed.attributes} & {"src", "srcset", "background", "class", "id"}
    assert "url(" not in page
    direction = "rtl" if language == "ar" else "ltr"
    # A client that shows the page within its own drops html and body.
    assert f'<html lang="{language}" dir="{direction}">' in page
    assert f'<div lang="{language}" dir="{direction}"' in page
    assert mail(letter, language)["Content-Language"] == language


@every_language
@every_letter
def test_times_are_said_in_the_language(letter: Letter, language: str) -> None:
    """A letter about something done says when, as its language writes it; a reset says how long it works."""
    text = forms(letter, language)[0]
    has_moment = any(field.name == "at" for field in fields(letter))
    assert (moment(AT, language) in text) == has_moment
    assert (duration(timedelta(minutes=60), language) in text) == (letter is RESET)


@every_language
@every_letter
def test_a_letter_is_whole_without_its_optional_values(letter: Letter, language: str) -> None:
    """Without a name or help the letter greets by the address, and speaks of no help."""
    help_word = {"ar": "المساعدة", "de": "Hilfe:", "en": "Help:", "es": "Ayuda:", "fr": "Aide"}[language]
    whole = forms(letter, language)
    bare = forms(replace(letter, full_name=None, help_url=None), language)
    assert "mary@example.org" in bare[0].splitlines()[0]
    for with_help, without in zip(whole, bare, strict=True):
        assert help_word in with_help
        assert help_word not in without
        assert "None" not in without
        assert "$" not in without


@every_language
def test_r12_link_and_code_are_lines_that_can_be_copied(language: str) -> None:
    """R12: the link with its fragment, and the code, are each one whole line without anything invisible.

    Planted: U+200E around the Arabic code; seen to fail.
    """
    text, page = forms(RESET, language)
    lines = text.splitlines()
    assert lines.count(LINK) == 1
    assert lines.count("ABC-DEF") == 1
    assert ("href", LINK) in Page(page).attributes
    assert page.count("ABC-DEF") == 1
    assert not [sign for sign in text if unicodedata.category(sign) == "Cf"]


@every_language
def test_r12_a_withheld_code_is_not_spoken_of(language: str) -> None:
    """R12: a mail without a code has one paragraph less."""
    with_code, without = forms(RESET, language), forms(replace(RESET, code=None), language)
    for whole, less in zip(with_code, without, strict=True):
        assert LINK in less
        assert whole.count("\n\n") == less.count("\n\n") + 1


def test_arabic_keeps_the_order_of_what_is_not() -> None:
    """In Arabic texts what is written from left to right stands alone in its line, and in the page apart.

    Planted: the network's address within its sentence; seen to fail.
    """
    letters: list[Letter] = [
        RESET,
        PasswordChangedLetter(**NOTICE, address="2001:db8::7"),
        AddressChangedLetter(**NOTICE, old_address="mary@example.org", new_address="ann@example.net"),
        *(letter for letter in EVERY_LETTER if isinstance(letter, AdministratorNoticeLetter)),
    ]
    found: set[str] = set()
    for letter in letters:
        text, page = forms(letter, "ar")
        found |= ALONE & set(text.splitlines())
        for value in ALONE:
            assert text.count(value) == text.splitlines().count(value)
            assert page.count(f">{value}<") == text.count(value)
        assert f'<bdi dir="ltr">{moment(AT, "ar")}</bdi>' in page or letter is RESET
    assert found == ALONE
    page = forms(RESET, "ar")[1]
    assert '<bdi dir="ltr"><b>ABC-DEF</b></bdi>' in page
    assert f'<a href="{LINK}" dir="ltr">' in page


@every_language
@pytest.mark.parametrize("name", ["<b>x</b>", "דוד בן־גוריון", "$link", "a\nb"])
def test_no_name_changes_a_letter(language: str, name: str) -> None:
    """In no language does a name add a line or a tag."""
    usual, named = forms(RESET, language), forms(replace(RESET, full_name=name), language)
    assert named[0].splitlines()[1:] == usual[0].splitlines()[1:]
    assert Page(named[1]).tags == Page(usual[1]).tags


@every_language
@every_letter
def test_a_mail_of_any_language_can_be_sent(letter: Letter, language: str) -> None:
    """Lines are short enough to go as they are, so links stay whole in the raw file too."""
    read = mail(letter, language)
    encodings = {part["Content-Transfer-Encoding"] for part in read.iter_parts()}
    assert encodings <= {"7bit", "8bit"}
    assert not read.defects


def test_the_operators_wording_is_used(tmp_path: Path) -> None:
    """A letter in a language of the operator's own has its words, its language and neutral times."""
    for name in ("it", "de_AT"):
        (tmp_path / name).mkdir()
    for file in (FOLDER / "en").iterdir():
        content = file.read_text(encoding="utf-8").replace("Hello", "Ciao")
        (tmp_path / "it" / file.name).write_text(content, encoding="utf-8")
    own = "Subject: Zurücksetzen\n\n$link\n\n$code\n\n$expires_in, <b>"
    (tmp_path / "de_AT" / "reset.txt").write_text(own, encoding="utf-8")
    templates = load_templates(tmp_path)
    text, page = forms(RESET, "it_IT", templates)
    assert text.startswith("Ciao Mary Example,\n")
    assert "only for 1 h." in text
    assert '<html lang="it" dir="ltr">' in page
    text, page = forms(RESET, "de_AT", templates)
    assert re.search("^1 Stunde, <b>$", text, re.MULTILINE)
    assert mail(RESET, "de_AT", templates)["Content-Language"] == "de-AT"
    assert mail(RESET, "de_DE", templates)["Subject"] == "Passwort zurücksetzen"
