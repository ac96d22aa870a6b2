"""What administrators say of a user: which values are taken, and which are turned down."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import available_timezones

import orjson

from credentials.email_address import BadAddress, read_email_address
from credentials.model import IdentitySource, Role
from resolvers.outcomes import FieldFault
from resolvers.shape import faults, text_fault

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from credentials.secret import Secret

#: What a directory theme may be called; it never becomes part of a path with dots or slashes.
THEME_DIR = re.compile(r"[A-Za-z0-9_-]{1,64}")
#: A language, perhaps a script, perhaps a territory (ICU's spelling of BCP 47).
LOCALE = re.compile(r"[a-z]{2,3}(_[A-Z][a-z]{3})?(_([A-Z]{2}|[0-9]{3}))?")
#: Bytes of one JSON value: enough for thousands of permissions, little enough for ten million users.
MAX_JSON = 16 * 1024
MAX_FULL_NAME = 256


class Kept(Enum):
    """What a field holds that was not sent."""

    KEEP = "KEEP"


KEEP: Final = Kept.KEEP


@dataclass(frozen=True, slots=True)
class NewUser:
    """A user to be made."""

    username: str
    email_address: str
    full_name: str | None = None
    locale: str | None = None
    time_zone: str | None = None
    theme_dir: str | None = None
    user_group_id: int | None = None
    roles: Sequence[Role] = (Role.USER,)
    permissions: Any = None
    permission_ids: Any = None
    preferences: Any = None
    properties: Any = None
    support_username: str | None = None
    identity_source: IdentitySource = IdentitySource.LOCAL
    password: Secret | None = None
    #: Made here, at random: the policy is for passwords that people choose.
    password_is_made: bool = False
    require_change: bool = False
    jid_im: str | None = None
    jid_tel: str | None = None


@dataclass(frozen=True, slots=True)
class UserChanges:
    """What is to change; a field that was not sent is `KEEP`."""

    email_address: str | Kept | None = KEEP
    full_name: str | Kept | None = KEEP
    locale: str | Kept | None = KEEP
    time_zone: str | Kept | None = KEEP
    theme_dir: str | Kept | None = KEEP
    user_group_id: int | Kept | None = KEEP
    roles: Sequence[Role] | Kept | None = KEEP
    permissions: Any = KEEP
    permission_ids: Any = KEEP
    preferences: Any = KEEP
    properties: Any = KEEP
    support_username: str | Kept | None = KEEP
    is_disabled: bool | Kept | None = KEEP
    password_expires_at: datetime | Kept | None = KEEP

    def sent(self) -> dict[str, Any]:
        """The fields that were sent, by name."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value is not KEEP}


JSON_FIELDS = {
    "permissions": "permissions",
    "permission_ids": "permissionIds",
    "preferences": "preferences",
    "properties": "properties",
}


def profile_faults(values: dict[str, Any]) -> list[FieldFault]:
    """What is wrong with the fields of a user that are given here, by their names in `UserChanges`."""
    found = faults(
        address_fault(values.get("email_address")),
        text_fault("fullName", values.get("full_name"), MAX_FULL_NAME),
        text_fault("supportUsername", values.get("support_username")),
        _pattern_fault("locale", values.get("locale"), LOCALE, "en_US"),
        _pattern_fault("themeDir", values.get("theme_dir"), THEME_DIR, "letters, digits, _ and -"),
        _time_zone_fault(values.get("time_zone")),
    )
    if "roles" in values and not values["roles"]:
        found.append(FieldFault("roles", "REQUIRED", "A user has at least one role."))
    found += [
        fault
        for name, field in JSON_FIELDS.items()
        if name in values and (fault := _json_fault(field, values[name]))
    ]
    return found


def required_faults(values: dict[str, Any], names: dict[str, str]) -> list[FieldFault]:
    """Fields that were sent as null and may not be."""
    return [
        FieldFault(field, "REQUIRED", f"{field} may be left out, but it may not be null.")
        for name, field in names.items()
        if name in values and values[name] is None
    ]


def address_fault(value: str | None) -> FieldFault | None:
    """What is wrong with an e-mail address."""
    if value is None:
        return None
    if fault := text_fault("emailAddress", value):
        return fault
    parts = read_email_address(value)
    return FieldFault("emailAddress", "MALFORMED", parts.reason) if isinstance(parts, BadAddress) else None


def _pattern_fault(field: str, value: str | None, pattern: re.Pattern[str], like: str) -> FieldFault | None:
    if value is None or pattern.fullmatch(value):
        return None
    return FieldFault(field, "MALFORMED", f"{field} is not of the form: {like}.")


def _time_zone_fault(value: str | None) -> FieldFault | None:
    if value is None or value in _time_zones():
        return None
    return FieldFault("timeZone", "MALFORMED", "timeZone is a name of the IANA database, as Europe/Paris.")


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _json_fault(field: str, value: object) -> FieldFault | None:
    if value is not None and not isinstance(value, dict):
        return FieldFault(field, "MALFORMED", f"{field} is a JSON object.")
    try:
        size = len(orjson.dumps(value))
    except TypeError:
        return FieldFault(field, "MALFORMED", f"{field} holds what JSON cannot say.")
    if size > MAX_JSON:
        message = f"{field} has at most {MAX_JSON} bytes of JSON."
        return FieldFault(field, "TOO_LONG", message, {"max": MAX_JSON})
    return None
