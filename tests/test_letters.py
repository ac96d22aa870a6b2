"""Every letter there is, as the mail it becomes."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentials.secret import Secret
from delivery.faults import PermanentFault
from delivery.letters import (
    AccountDeletedLetter,
    AccountDisabledLetter,
    AddressChangedLetter,
    AdministratorNotice,
    AdministratorNoticeLetter,
    Letter,
    ManagedElsewhereLetter,
    NotForGuestsLetter,
    PasswordChangedLetter,
    PasswordResetByAdminLetter,
    PasswordResetLetter,
    ResetLetter,
    SessionsRevokedLetter,
    compose,
)
from delivery.templates import LETTERS

if TYPE_CHECKING:
    from email.message import EmailMessage

AT = datetime(2026, 11, 20, 16, 19, tzinfo=UTC)
LINK = "https://accounts.example.org/reset-password#token=" + "Zz9_-" * 8 + "abc"
WHO: Any = {"to": "mary@example.org", "full_name": "Mary Example", "help_url": "https://help.example.org/"}
NOTICE: Any = WHO | {"at": AT}
RESET = ResetLetter(**WHO, link=Secret(LINK), code=Secret("ABC-DEF"), expires_in=timedelta(minutes=60))

EVERY_LETTER: list[Letter] = [
    RESET,
    PasswordChangedLetter(**NOTICE, address="192.0.2.7"),
    PasswordResetLetter(**NOTICE, address="2001:db8::7"),
    PasswordResetByAdminLetter(**NOTICE, must_change=False),
    PasswordResetByAdminLetter(**NOTICE, must_change=True),
    ManagedElsewhereLetter(**WHO),
    NotForGuestsLetter(**WHO),
    AddressChangedLetter(**NOTICE, old_address="mary@example.org", new_address="ann@example.net"),
    AddressChangedLetter(**NOTICE, old_address="ann@example.net", new_address="mary@example.org"),
    AccountDisabledLetter(**NOTICE),
    AccountDeletedLetter(**NOTICE),
    SessionsRevokedLetter(**NOTICE),
    *(
        AdministratorNoticeLetter(**NOTICE, what=what, actor="root", subject_name="nightly job")
        for what in AdministratorNotice
    ),
]
every_letter = pytest.mark.parametrize("letter", EVERY_LETTER, ids=lambda letter: type(letter).__name__)


def _mail(letter: Letter) -> EmailMessage:
    """The letter as its receiver's machine reads it."""
    message = compose(letter, sender="Example Accounts <no-reply@example.org>", effect_id="e1", date=AT)
    return message_from_bytes(message.as_bytes(), policy=policy.default)


def _forms(letter: Letter) -> tuple[str, str]:
    text, page = (part.get_content() for part in _mail(letter).iter_parts())
    return text, page


class _Page(HTMLParser):
    """Collects tags, attributes and shown text, and holds every tag against its end."""

    VOID = frozenset({"meta", "br"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.shown = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.shown += data


def test_every_kind_of_letter_is_tried_here() -> None:
    """No letter and no template is without its tests."""
    assert {type(letter) for letter in EVERY_LETTER} == set(get_args(Letter))
    assert len(EVERY_LETTER) == len(LETTERS)
    assert len({_mail(letter)["Subject"] + _forms(letter)[0] for letter in EVERY_LETTER}) == len(LETTERS)


@every_letter
def test_a_letter_says_the_same_in_text_and_html(letter: Letter) -> None:
    """What is shown of the page is the text, apart from blanks; name, help and service stand in both."""
    text, page = _forms(letter)
    shown = _Page(page).shown.removeprefix("\n").partition(_mail(letter)["Subject"])[2]
    assert shown.split() == text.split()
    for value in ("Mary Example", "https://help.example.org/", "Example Accounts", "mary@example.org"):
        assert value in text


@every_letter
def test_a_page_is_well_formed_and_fetches_nothing(letter: Letter) -> None:
    """Tags balance, language and direction are given, and opening the mail loads nothing from anywhere."""
    page = _forms(letter)[1]
    assert page.startswith("<!DOCTYPE html>\n")
    parsed = _Page(page)
    assert parsed.open == []
    assert {"lang", "dir"} <= {name for name, _ in parsed.attributes}
    assert set(parsed.tags) <= {"html", "head", "meta", "title", "body", "p", "a", "b", "bdi"}
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
    text = _forms(letter)[0]
    assert re.search(r"it was not you|you did not expect|this was not you", text)
    assert re.search(r"administrator|nothing to do", text)


@every_letter
def test_a_notice_says_when_it_was_done(letter: Letter) -> None:
    """A letter about something done says its moment in UTC."""
    has_moment = any(field.name == "at" for field in fields(letter))
    assert ("2026-11-20 16:19 UTC" in _forms(letter)[0]) == has_moment


@every_letter
def test_a_letter_is_whole_without_its_optional_values(letter: Letter) -> None:
    """Without a name, help or network address the letter still reads well, and greets by the address."""
    text, page = _forms(replace(letter, full_name=None, help_url=None))
    assert text.startswith("Hello mary@example.org,\n")
    assert "None" not in text + page
    assert "Help:" not in text + page


def test_r12_the_link_and_the_code_stand_on_lines_of_their_own() -> None:
    """R12: the link holds the token in its fragment, and each way in is one whole line of the text."""
    text, page = _forms(RESET)
    assert LINK in text.splitlines()
    assert "ABC-DEF" in text.splitlines()
    assert "only for 1 hour" in text
    assert ("href", LINK) in _Page(page).attributes
    assert page.count("ABC-DEF") == 1


def test_r12_a_withheld_code_leaves_the_link_alone() -> None:
    """R12: a mail without a code does not speak of one."""
    for form in _forms(replace(RESET, code=None)):
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
        text, page = _forms(kind(**NOTICE, address=address))
        for form in (text, page):
            assert ("network address" in form) == (address is not None)
            assert address is None or address in form


def test_c6_a_temporary_password_is_announced_as_one() -> None:
    """C6: the user learns whether the administrator's password is to stay; it is not mailed."""
    stays, temporary = (PasswordResetByAdminLetter(**NOTICE, must_change=flag) for flag in (False, True))
    assert "temporary" not in _forms(stays)[0]
    assert "temporary password" in _forms(temporary)[0]


def test_a_changed_address_is_told_to_both_and_each_sees_the_other_masked() -> None:
    """The old and the new address get letters of their own; a mistyped address learns no other in full.

    Planted: the addresses exchanged; seen to fail.
    """
    addresses: Any = {"old_address": "mary@example.org", "new_address": "ann@example.net", "at": AT}
    to_old = AddressChangedLetter(to="mary@example.org", full_name="Mary", **addresses)
    to_new = AddressChangedLetter(to="ann@example.net", full_name="Mary", **addresses)
    assert "no longer this one. Mails now go to a***@example.net." in _forms(to_old)[0]
    assert "This is now the address of your account. It was m***@example.org before." in _forms(to_new)[0]
    assert "ann@" not in "".join(_forms(to_old))
    assert "mary@" not in "".join(_forms(to_new))


@pytest.mark.parametrize("what", AdministratorNotice)
def test_c8_administrators_are_told_who_did_what_to_whom(what: AdministratorNotice) -> None:
    """C8: each kind names the actor and the subject in both forms, and what was done in the subject line."""
    letter = AdministratorNoticeLetter(**NOTICE, what=what, actor="root", subject_name="<b>nightly</b>")
    text, page = _forms(letter)
    assert "root" in text
    assert "<b>nightly</b>" in text
    assert "<bdi>&lt;b&gt;nightly&lt;/b&gt;</bdi>" in page
    assert re.search("API key|administrator", _mail(letter)["Subject"])


def test_a_sender_without_a_name_is_called_by_its_domain() -> None:
    """The letter always says which service it comes from."""
    message = compose(RESET, sender="no-reply@example.org", effect_id="e1", date=AT, locale="de_DE")
    assert "example.org sent this mail" in str(message)


def test_a_list_of_addresses_gets_no_mail() -> None:
    """A comma never makes two receivers: such an address is refused for good."""
    with pytest.raises(PermanentFault):
        _mail(replace(RESET, to="mary@example.org,eve@example.com"))


@pytest.mark.parametrize("name", ["x" * 5_000, "דוד בן־גוריון", "محمد", "Zoë O'Neil, Jr.", "🔑" * 200])
def test_any_name_leaves_link_and_code_intact(name: str) -> None:
    """Long names, other scripts and other directions are greeted, and damage nothing else."""
    text, page = _forms(replace(RESET, full_name=name))
    assert text.startswith(f"Hello {name},\n")
    assert {LINK, "ABC-DEF"} <= set(text.splitlines())
    assert _Page(page).open == []


RESET_HEADERS = _mail(RESET).items()
RESET_TEXT, RESET_PAGE = _forms(RESET)


@given(st.text() | st.just("Mary\r\nBcc: eve@example.com\r\n\r\nZZZ-ZZZ\r\n"))
def test_no_name_adds_a_header_a_tag_or_a_line(name: str) -> None:
    """Whatever a name holds, headers, tags and lines of the letter are those of any other name.

    Planted: the name not made one line; seen to fail. Planted: not escaped; seen to fail.
    """
    mail = _mail(replace(RESET, full_name=f"x{name}"))
    text, page = (part.get_content() for part in mail.iter_parts())
    assert mail.items() == RESET_HEADERS
    assert text.splitlines()[1:] == RESET_TEXT.splitlines()[1:]
    assert _Page(page).tags == _Page(RESET_PAGE).tags
