"""What administrators say of a user."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentials.model import Role
from resolvers.user_input import KEEP, MAX_JSON, UserChanges, profile_faults, required_faults

RIGHT: list[dict[str, Any]] = [
    {"locale": "en"},
    {"locale": "en_US"},
    {"locale": "zh_Hant_TW"},
    {"locale": "es_419"},
    {"time_zone": "CST6CDT"},
    {"time_zone": "Europe/Paris"},
    {"time_zone": "UTC"},
    {"theme_dir": "dark_1-x"},
    {"theme_dir": "x" * 64},
    {"full_name": "x" * 256},
    {"support_username": "m.major"},
    {"email_address": "mary@example.org"},
    {"roles": [Role.GUEST]},
    {"permissions": {"AAA": {"AuthTypes": {"read": True, "create": False}}}},
    {"preferences": {"x": "x" * (MAX_JSON - 8)}},
]


def test_what_was_sent() -> None:
    """A field that was left out is not among those that were sent; one that is null is."""
    expires = datetime(2027, 1, 1, tzinfo=UTC)
    assert UserChanges().sent() == {}
    changes = UserChanges(full_name=None, is_disabled=False, password_expires_at=expires, locale=KEEP)
    assert changes.sent() == {"full_name": None, "is_disabled": False, "password_expires_at": expires}


@pytest.mark.parametrize("values", [{}, *RIGHT])
def test_what_is_taken(values: dict[str, Any]) -> None:
    """Every value of the right form is taken, as is a null."""
    assert profile_faults(values) == []
    assert profile_faults(dict.fromkeys(set(values) - {"roles"})) == []


@pytest.mark.parametrize(
    ("values", "field", "code"),
    [
        ({"locale": "EN"}, "locale", "MALFORMED"),
        ({"locale": "en-US"}, "locale", "MALFORMED"),
        ({"locale": "en_US\n"}, "locale", "MALFORMED"),
        ({"locale": "../../etc"}, "locale", "MALFORMED"),
        ({"time_zone": "Mars/Olympus"}, "timeZone", "MALFORMED"),
        ({"time_zone": "../UTC"}, "timeZone", "MALFORMED"),
        ({"time_zone": ""}, "timeZone", "MALFORMED"),
        ({"theme_dir": ".."}, "themeDir", "MALFORMED"),
        ({"theme_dir": "a/b"}, "themeDir", "MALFORMED"),
        ({"theme_dir": "x" * 65}, "themeDir", "MALFORMED"),
        ({"theme_dir": ""}, "themeDir", "MALFORMED"),
        ({"full_name": "x" * 257}, "fullName", "TOO_LONG"),
        ({"full_name": "a\rb"}, "fullName", "MALFORMED"),
        ({"support_username": " "}, "supportUsername", "REQUIRED"),
        ({"email_address": "mary"}, "emailAddress", "MALFORMED"),
        ({"email_address": "a@b.example, c@d.example"}, "emailAddress", "MALFORMED"),
        ({"email_address": "x" * 255}, "emailAddress", "TOO_LONG"),
        ({"roles": []}, "roles", "REQUIRED"),
        ({"preferences": {"x": "x" * MAX_JSON}}, "preferences", "TOO_LONG"),
        ({"permissions": {"x": "\u00fc" * MAX_JSON}}, "permissions", "TOO_LONG"),
        ({"permission_ids": {"x": "\ud800"}}, "permissionIds", "MALFORMED"),
        ({"properties": {"x": 2**64}}, "properties", "MALFORMED"),
        ({"properties": ["x"]}, "properties", "MALFORMED"),
        ({"properties": "x"}, "properties", "MALFORMED"),
    ],
)
def test_what_is_turned_down(values: dict[str, Any], field: str, code: str) -> None:
    """What is too long, of another form or part of a path is refused, unrepeated, by its field."""
    (fault,) = profile_faults(values)
    assert (fault.field, fault.code) == (field, code)
    (value,) = values.values()
    assert not (isinstance(value, str) and value.strip() and value in fault.message)


def test_every_fault_at_once() -> None:
    """O5: all that is wrong is told at once."""
    found = profile_faults({"locale": "x", "time_zone": "x", "theme_dir": "/", "roles": ()})
    assert [fault.field for fault in found] == ["locale", "themeDir", "timeZone", "roles"]


def test_what_may_not_be_null() -> None:
    """A field that may be left out and not be emptied is refused as null only."""
    names = {"roles": "roles", "time_zone": "timeZone"}
    (fault,) = required_faults({"time_zone": None, "roles": [Role.USER], "full_name": None}, names)
    assert (fault.field, fault.code) == ("timeZone", "REQUIRED")


@given(st.text())
def test_no_text_is_a_defect(text: str) -> None:
    """Whatever text is sent in any field, it is taken or refused, and never raises."""
    fields = ("email_address", "full_name", "locale", "time_zone", "theme_dir", "support_username")
    profile_faults({**dict.fromkeys(fields, text), "preferences": {text: [text]}})
