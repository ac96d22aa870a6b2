"""Rules of an input's shape: they read nothing, so they may answer anybody."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from credentials.login_names import MAX_LOGIN_NAME
from credentials.policy import PolicyRule, Violation, open_password
from resolvers.outcomes import FieldFault, InvalidInput, PasswordRejected

if TYPE_CHECKING:
    from collections.abc import Iterable

    from credentials.policy import PolicyChecker
    from credentials.secret import Secret
    from resolvers.selectors import GeoPoint

#: Any other secret that is typed or mailed: a token has 43 characters, a refresh token about 90.
MAX_SECRET = 512


def text_fault(field: str, value: str | None, most: int = MAX_LOGIN_NAME) -> FieldFault | None:
    """What is wrong with a line of text: empty, too long, or with characters that are no text."""
    if value is None:
        return None
    if not value.strip():
        return FieldFault(field, "REQUIRED", f"{field} may not be empty.")
    if len(value) > most:
        return FieldFault(field, "TOO_LONG", f"{field} has at most {most} characters.", {"max": most})
    if any(_is_no_text(character) for character in value):
        return FieldFault(field, "MALFORMED", f"{field} holds a control character or half of a character.")
    return None


def _is_no_text(character: str) -> bool:
    return character < " " or character == "\x7f" or "\ud800" <= character <= "\udfff"


def location_faults(location: GeoPoint | None) -> list[FieldFault]:
    """What is wrong with coordinates (degrees, WGS 84)."""
    if location is None:
        return []
    ranges = (("latitude", location.latitude, 90), ("longitude", location.longitude, 180))
    return [
        FieldFault(
            f"location.{name}",
            "OUT_OF_RANGE",
            f"{name} is a number from -{most} to {most}.",
            {"min": -most, "max": most},
        )
        for name, value, most in ranges
        if not math.isfinite(value) or abs(value) > most
    ]


def faults(*found: FieldFault | None) -> list[FieldFault]:
    """Those that are faults."""
    return [fault for fault in found if fault is not None]


def refused(found: Iterable[FieldFault]) -> InvalidInput | None:
    """One refusal for all faults; None where there are none."""
    kept = list(found)
    return InvalidInput(kept) if kept else None


def old_password(field: str, typed: Secret) -> Secret | InvalidInput:
    """An existing password as it was sealed (NFC), whatever today's policy says of it."""
    opened = open_password(typed.reveal())
    if isinstance(opened, Violation):
        code = "TOO_LONG" if opened.rule is PolicyRule.MAX_LENGTH else "MALFORMED"
        return InvalidInput([FieldFault(field, code, opened.message)])
    if not opened.reveal():
        return InvalidInput([FieldFault(field, "REQUIRED", f"{field} may not be empty.")])
    return opened


def new_password(
    policy: PolicyChecker, field: str, typed: Secret, repeat: Secret | None = None
) -> Secret | InvalidInput | PasswordRejected:
    """A password to be set: its repetition, then the rules that need neither user nor time."""
    if repeat is not None and repeat != typed:
        name = f"repeat{field[0].upper()}{field[1:]}"
        return InvalidInput([FieldFault(name, "DIFFERS", "The repetition differs. Type both again.")])
    opened = open_password(typed.reveal())
    if isinstance(opened, Violation):
        return PasswordRejected([opened], field)
    violations = policy.shape(opened)
    return PasswordRejected(violations, field) if violations else opened
