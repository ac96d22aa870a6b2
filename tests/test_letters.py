"""Every letter there is, as the mail it becomes."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.faults import PermanentFault
from delivery.letter_writing import compose
from delivery.letters import (
    AddressChangedLetter,
    AdministratorNotice,
    AdministratorNoticeLetter,
    Letter,
    PasswordChangedLetter,
    PasswordResetByAdminLetter,
    PasswordResetLetter,
)
from delivery.templates import LETTERS
from tests.letters import AT, EVERY_LETTER, LINK, NOTICE, RESET, Page, forms, mail

every_letter = pytest.mark.parametrize("letter", EVERY_LETTER, ids=lambda letter: type(letter).__name__)


def test_every_kind_of_letter_is_tried_here() -> None:
    """No letter and no template is without its tests."""
    assert {type(letter) for letter in EVERY_LETTER} == set(get_args(Letter))
    assert len(EVERY_LETTER) == len(LETTERS)
    assert len({mail(letter)["Subject"] + forms(letter)[0] for letter in EVERY_LETTER}) == len(LETTERS)


@every_letter
def test_a_letter_says_the_same_in_text_and_html(letter: Letter) -> None:
    """What is shown of the page is the text, apart from blanks; name, help and service stand in both."""
    text, page = forms(letter)
    shown = Page(page).shown.removeprefix("\n").partition(mail(letter)["Subject"])[2]
    assert shown.split() == text.split()
    for value in ("Mary Example", "https://help.example.org/", "Example Accounts", "mary@example.org"):
        assert value in text


@every_letter
def test_a_page_is_well_formed_and_fetches_nothing(letter: Letter) -> None:
    """Tags balance, language and direction are given, and opening the mail loads nothing from anywhere."""
    page = forms(letter)[1]
    assert page.startswith("<!DOCTYPE html>\n")
    parsed = Page(page)
    assert parsed.open == []
    assert {"lang", "dir"} <= {name for name, _ in parsed.attributes}
    assert set(parsed.tags) <= {"html", "head", "meta", "title", "body", "div", "p", "a", "b", "bdi"}
    assert {name for name, _ in parsed.attributes} <= {
        "lang",
        "dir",
        "charset",
        "name",
        "content",
        "style",
        "href",
    }
    assert "url(" not in page


@every_letter
def test_a_letter_says_what_to_do_if_it_was_not_you(letter: Letter) -> None:
    """Every letter names the way out: whom to tell, or that nothing need be done."""
    text = forms(letter)[0]
    assert re.search(r"it was not you|you did not expect|this was not you", text)
    assert re.search(r"administrator|nothing to do", text)


@every_letter
def test_a_notice_says_when_it_was_done(letter: Letter) -> None:
    """A letter about something done says its moment in UTC."""
    has_moment = any(field.name == "at" for field in fields(letter))
    assert ("2026-11-20 16:19 UTC" in forms(letter)[0]) == has_moment


@every_letter
def test_a_letter_is_whole_without_its_optional_values(letter: Letter) -> None:
    """Without a name, help or network address the letter still reads well, and greets by the address."""
    text, page = forms(replace(letter, full_name=None, help_url=None))
    assert text.startswith("Hello mary@example.org,\n")
    assert "None" not in text + page
    assert "Help:" not in text + page


def test_r12_the_link_and_the_code_stand_on_lines_of_their_own() -> None:
    """R12: the link holds the token in its fragment, and each way in is one whole line of the text."""
    text, page = forms(RESET)
    assert LINK in text.splitlines()
    assert "ABC-DEF" in text.splitlines()
    assert "only for 1 hour" in text
    assert ("href", LINK) in Page(page).attributes
    assert page.count("ABC-DEF") == 1


def test_r12_a_withheld_code_leaves_the_link_alone() -> None:
    """R12: a mail without a code does not speak of one."""
    for form in forms(replace(RESET, code=None)):
        assert LINK in form
        assert not re.search(r"\bcode\b", form)


def test_a_letter_in_a_log_shows_neither_link_nor_code() -> None:
    """The representation of a letter holds no secret."""
    assert "token" not in repr(RESET)
    assert "ABC" not in repr(RESET)


@pytest.mark.parametrize("address", ["192.0.2.7", "2001:db8::7", None])
def test_a_change_says_where_it_came_from(address: str | None) -> None:
    """The network address is told where it is known; where not, the letter does not speak of one."""
    for kind in (PasswordChangedLetter, PasswordResetLetter):
        text, page = forms(kind(**NOTICE, address=address))
        for form in (text, page):
            assert ("network address" in form) == (address is not None)
            assert address is None or address in form


def test_c6_a_temporary_password_is_announced_as_one() -> None:
    """C6: the user learns whether the administrator's password is to stay; it is not mailed."""
    stays, temporary = (PasswordResetByAdminLetter(**NOTICE, must_change=flag) for flag in (False, True))
    assert "temporary" not in forms(stays)[0]
    assert "temporary password" in forms(temporary)[0]


def test_a_changed_address_is_told_to_both_and_each_sees_the_other_masked() -> None:
    """The old and the new address get letters of their own; a mistyped address learns no other in full.

    Planted: the addresses exchanged; seen to fail.
    """
    addresses: Any = {"old_address": "mary@example.org", "new_address": "ann@example.net", "at": AT}
    to_old = AddressChangedLetter(to="mary@example.org", full_name="Mary", **addresses)
    to_new = AddressChangedLetter(to="ann@example.net", full_name="Mary", **addresses)
    assert "no longer this one. Mails now go to a***@example.net." in forms(to_old)[0]
    assert "This is now the address of your account. It was m***@example.org before." in forms(to_new)[0]
    assert "ann@" not in "".join(forms(to_old))
    assert "mary@" not in "".join(forms(to_new))


@pytest.mark.parametrize("what", AdministratorNotice)
def test_c8_administrators_are_told_who_did_what_to_whom(what: AdministratorNotice) -> None:
    """C8: each kind names the actor and the subject in both forms, and what was done in the subject line."""
    letter = AdministratorNoticeLetter(**NOTICE, what=what, actor="root", subject_name="<b>nightly</b>")
    text, page = forms(letter)
    assert "root" in text
    assert "<b>nightly</b>" in text
    assert "<bdi>&lt;b&gt;nightly&lt;/b&gt;</bdi>" in page
    assert re.search("API key|administrator", mail(letter)["Subject"])


def test_a_sender_without_a_name_is_called_by_its_domain() -> None:
    """The letter always says which service it comes from."""
    message = compose(RESET, sender="no-reply@example.org", effect_id="e1", date=AT, locale="tlh_QO")
    assert b"example.org sent this mail" in message.octets()


def test_a_list_of_addresses_gets_nomail() -> None:
    """A comma never makes two receivers: such an address is refused for good."""
    with pytest.raises(PermanentFault):
        mail(replace(RESET, to="mary@example.org,eve@example.com"))


@pytest.mark.parametrize("name", ["x" * 5_000, "דוד בן־גוריון", "محمد", "Zoë O'Neil, Jr.", "🔑" * 200])
def test_any_name_leaves_link_and_code_intact(name: str) -> None:
    """Long names, other scripts and other directions are greeted, and damage nothing else."""
    text, page = forms(replace(RESET, full_name=name))
    assert text.startswith(f"Hello {name},\n")
    assert {LINK, "ABC-DEF"} <= set(text.splitlines())
    assert Page(page).open == []


RESET_HEADERS = mail(RESET).items()
RESET_TEXT, RESET_PAGE = forms(RESET)


@given(st.text() | st.just("Mary\r\nBcc: eve@example.com\r\n\r\nZZZ-ZZZ\r\n"))
def test_no_name_adds_a_header_a_tag_or_a_line(name: str) -> None:
    """Whatever a name holds, headers, tags and lines of the letter are those of any other name.

    Planted: the name not made one line; seen to fail. Planted: not escaped; seen to fail.
    """
    read = mail(replace(RESET, full_name=f"x{name}"))
    text, page = (part.get_content() for part in read.iter_parts())
    assert read.items() == RESET_HEADERS
    assert text.splitlines()[1:] == RESET_TEXT.splitlines()[1:]
    assert Page(page).tags == Page(RESET_PAGE).tags
