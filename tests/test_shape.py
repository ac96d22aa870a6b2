"""Rules of an input's shape."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentials.policy import PasswordPolicy, PolicyChecker, PolicyRule
from credentials.secret import Secret
from resolvers.outcomes import FieldFault, InvalidInput, PasswordRejected
from resolvers.selectors import GeoPoint
from resolvers.shape import (
    faults,
    location_faults,
    new_password,
    old_password,
    refused,
    text_fault,
)

CHECKER = PolicyChecker(PasswordPolicy())
FAULT = FieldFault("name", "REQUIRED", "name may not be empty.")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (None, None),
        ("x", None),
        ("x" * 254, None),
        ("\u00fc \U0001f600", None),
        ("", "REQUIRED"),
        (" \t\n", "REQUIRED"),
        ("\u3000", "REQUIRED"),
        ("x" * 255, "TOO_LONG"),
        ("x\0", "MALFORMED"),
        ("x\n", "MALFORMED"),
        ("x\x7f", "MALFORMED"),
        ("x\udfff", "MALFORMED"),
    ],
)
def test_a_line_of_text(text: str | None, code: str | None) -> None:
    """A line is neither empty nor too long, and holds no control character and no half of a character."""
    fault = text_fault("name", text)
    assert (None if fault is None else fault.code) == code


def test_a_length_of_its_own() -> None:
    """A fault of length says how long a text may be, and no fault repeats the text."""
    fault = text_fault("name", "secret", 3)
    assert fault is not None
    assert fault.meta == {"max": 3}
    assert "secret" not in fault.message


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_coordinates(latitude: float, longitude: float) -> None:
    """T3: every point of the earth is taken."""
    assert location_faults(GeoPoint(latitude, longitude)) == []


@pytest.mark.parametrize("beyond", [math.nan, math.inf, -math.inf, 180.000001, -181.0, 1e308])
def test_coordinates_beyond(beyond: float) -> None:
    """T3: what is no number, or is beyond the poles or the date line, is named by its field."""
    found = location_faults(GeoPoint(beyond, beyond))
    assert [(each.field, each.code, each.meta) for each in found] == [
        ("location.latitude", "OUT_OF_RANGE", {"min": -90, "max": 90}),
        ("location.longitude", "OUT_OF_RANGE", {"min": -180, "max": 180}),
    ]
    assert location_faults(None) == []


def test_one_refusal_for_all_faults() -> None:
    """What is wrong is told at once; where nothing is, there is no refusal."""
    assert refused(faults(None, FAULT, None, FAULT)) == InvalidInput([FAULT, FAULT])
    assert refused(faults(None)) is None


@pytest.mark.parametrize(
    ("typed", "code"), [("", "REQUIRED"), ("x" * 4097, "TOO_LONG"), ("\ud800", "MALFORMED")]
)
def test_an_old_password_without_shape(typed: str, code: str) -> None:
    """O1: an old password is there, and a text that could have been sealed."""
    refusal = old_password("oldPassword", Secret(typed))
    assert isinstance(refusal, InvalidInput)
    assert [(each.field, each.code) for each in refusal.faults] == [("oldPassword", code)]


def test_an_old_password_by_any_former_policy() -> None:
    """O2: an old password is normalised, and otherwise taken as it is: short, common or only blanks."""
    assert old_password("oldPassword", Secret("e\u0301")) == Secret("\u00e9")
    assert old_password("oldPassword", Secret(" ")) == Secret(" ")
    assert old_password("oldPassword", Secret("password")) == Secret("password")


def test_a_new_password_in_order() -> None:
    """1.8: the repetition first, then what cannot be sealed, then the policy's shape."""
    differs = new_password(CHECKER, "newPassword", Secret("\ud800"), Secret("x"))
    assert isinstance(differs, InvalidInput)
    assert [(each.field, each.code) for each in differs.faults] == [("repeatNewPassword", "DIFFERS")]
    for typed, rule in (("\ud800", PolicyRule.UNSUPPORTED_CHARACTER), ("x", PolicyRule.MIN_LENGTH)):
        rejected = new_password(CHECKER, "password", Secret(typed), Secret(typed))
        assert isinstance(rejected, PasswordRejected)
        assert (rejected.field, rejected.violations[0].rule) == ("password", rule)


def test_a_new_password_is_normalised() -> None:
    """A new password is what will be sealed: NFC, and nothing else changed."""
    typed = Secret("  cafe\u0301 au lait at Midnight ")
    assert new_password(CHECKER, "newPassword", typed) == Secret("  caf\u00e9 au lait at Midnight ")
