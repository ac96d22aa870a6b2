"""What is kept, as plain values."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from credentials.kinds import IdentitySource, Role
from credentials.model import NEVER_SECONDS, PasswordState, User

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
USER = User(
    id="u",
    system_user_id=1,
    username="mary",
    email_address="mary@example.org",
    full_name=None,
    locale="en_US",
    time_zone="UTC",
    theme_dir=None,
    user_group_id=None,
    roles=(Role.USER,),
    permissions={},
    permission_ids={},
    preferences={},
    properties={},
    support_username=None,
    identity_source=IdentitySource.LOCAL,
    is_disabled=False,
    locked_at=None,
    epoch=1,
    verifier=None,
    password=None,
    created_at=NOW,
)


def test_when_a_password_is_expired() -> None:
    """O2: a password is expired from the moment that is set, and never where none is."""
    moment = timedelta(microseconds=1)
    state = PasswordState(NOW, NOW + timedelta(days=1), is_temporary=False)
    assert not state.is_expired(NOW + timedelta(days=1) - moment)
    assert state.is_expired(NOW + timedelta(days=1))
    assert not PasswordState(NOW, None, is_temporary=False).is_expired(datetime.max.replace(tzinfo=UTC))


def test_never_in_seconds() -> None:
    """O4: a password that never expires says 2147483647."""
    assert NEVER_SECONDS == 2147483647


@pytest.mark.parametrize(
    ("roles", "is_admin"), [((), False), ((Role.USER, Role.GUEST), False), ((Role.USER, Role.ADMIN), True)]
)
def test_who_is_an_administrator(roles: tuple[Role, ...], is_admin: bool) -> None:
    """C1: whoever holds the role ADMIN, among others."""
    assert replace(USER, roles=roles).is_admin is is_admin


@pytest.mark.parametrize("source", list(IdentitySource))
def test_who_is_managed_elsewhere(source: IdentitySource) -> None:
    """C4: every source but LOCAL is another provider's."""
    assert replace(USER, identity_source=source).is_external is (source is not IdentitySource.LOCAL)
