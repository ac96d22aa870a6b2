"""How rows are shown: what only some may see, and the session information of the sources."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from credentials.model import (
    Effect,
    EffectKind,
    EffectState,
    Event,
    EventKind,
    IdentitySource,
    PasswordState,
    Role,
    Session,
    User,
)
from resolvers.paging import Page
from schema.interfaces import ProblemCode
from schema.types import user as shown
from schema.types.audit import AuditEvent
from schema.types.connections import UserConnection
from schema.types.delivery import Delivery
from schema.types.session import Session as ShownSession
from schema.types.view import View

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ROW = User(
    id="u1",
    system_user_id=7,
    username="ann",
    email_address="ann@example.org",
    full_name=None,
    locale="en_US",
    time_zone="CST6CDT",
    theme_dir=None,
    user_group_id=None,
    roles=(Role.USER,),
    permissions={"AAA": {"AuthTypes": {"read": True}}},
    permission_ids={"AAAAuthTypes": "10021"},
    preferences={},
    properties={},
    support_username=None,
    identity_source=IdentitySource.LOCAL,
    is_disabled=False,
    locked_at=NOW,
    epoch=3,
    verifier=None,
    password=None,
    created_at=NOW,
)


@pytest.mark.parametrize(
    ("view", "seen"),
    [(View(NOW), None), (View(NOW, own=True), None), (View(NOW, administrator=True), NOW)],
)
def test_a_lock_is_shown_to_administrators_only(view: View, seen: datetime | None) -> None:
    """`lockedAt` is null for the user, who could tell a stranger's attempts by it.

    Planted: shown to everyone; seen to fail.
    """
    assert shown.User.of(ROW, view).locked_at == seen


@pytest.mark.parametrize("source", list(IdentitySource))
def test_saml_user_says_where_the_user_comes_from(source: IdentitySource) -> None:
    """`samlUser` is true for SAML and for nothing else (O4)."""
    user = shown.User.of(replace(ROW, identity_source=source), View(NOW))
    assert user.saml_user == (source is IdentitySource.SAML)


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("state", "seconds"),
    [
        (PasswordState(NOW, None, is_temporary=False), 2_147_483_647),
        (PasswordState(NOW, NOW + HOUR, is_temporary=False), int((NOW + HOUR).timestamp())),
        (PasswordState(NOW, NOW, is_temporary=False), 0),
        (PasswordState(NOW, NOW - HOUR, is_temporary=False), 0),
        (PasswordState(NOW, NOW + HOUR, is_temporary=True), 0),
        (PasswordState(NOW, datetime(2100, 1, 1, tzinfo=UTC), is_temporary=False), 4_102_444_800),
    ],
)
def test_password_expiration_counts_as_the_source_does(state: PasswordState, seconds: int) -> None:
    """0 where it opens no session now, 2147483647 for never, else seconds since 1970 (O4)."""
    shown_user = shown.User.of(replace(ROW, password=state), View(NOW))
    assert shown_user.password
    assert shown_user.password.password_expiration == seconds
    assert shown_user.password.expires_at == state.expires_at


def test_a_user_without_a_password_shows_none() -> None:
    """Externally managed, or never set: `password` is null."""
    assert shown.User.of(ROW, View(NOW)).password is None


@pytest.mark.parametrize(("current", "marked"), [("s1", True), ("s2", False), (None, False)])
def test_the_session_that_asks_is_marked(current: str | None, *, marked: bool) -> None:
    """`isCurrent` is true for one session at most, `lastUsedAt` is its last refresh."""
    row = Session("s1", "u1", 3, 4, NOW + HOUR, NOW, NOW + 2 * HOUR, None, "192.0.2.1", None)
    session = ShownSession.of(row, current)
    assert session.is_current is marked
    assert session.last_used_at == NOW + HOUR


def event(**values: Any) -> Event:
    """A line of the audit."""
    empty = dict.fromkeys(
        ("user_id", "system_id", "api_key_id", "address", "user_agent", "latitude", "longitude")
    )
    given = {"code": None, "success": True} | empty | values
    return Event(
        id="e1", sequence=1, at=NOW, kind=EventKind.SIGNED_IN, actor="anonymous", request_id="r", **given
    )


@pytest.mark.parametrize(
    ("code", "told"),
    [(None, None), ("INVALID_TOKEN", ProblemCode.INVALID_TOKEN), ("FORBIDDEN", None)],
)
def test_an_event_shows_the_code_of_a_problem(code: str | None, told: ProblemCode | None) -> None:
    """A problem's code is shown; a denial's is not one of ProblemCode's and stays null."""
    assert AuditEvent.of(event(code=code, user_id="u1")).code is told


def test_a_delivery_shows_no_details() -> None:
    """An effect is shown without target, subject or details, which are the relay's."""
    row = Effect(
        "f1",
        1,
        EffectKind.MAIL_RESET,
        EffectState.FAILED,
        "u1",
        "t",
        "u1",
        None,
        {"a": 1},
        2,
        NOW,
        None,
        "full",
        {},
    )
    delivery = Delivery.of(row)
    assert (delivery.user_id, delivery.system_id, delivery.last_error) == ("u1", None, "full")
    assert not {"target", "subject", "details"} & set(vars(delivery))


def test_a_page_gives_its_ends() -> None:
    """The cursors of the first and the last entry are in pageInfo; an empty page has none."""
    page = Page([("a", ROW), ("b", ROW)], has_next=True, has_previous=False)
    connection = UserConnection.of(page, View(NOW))
    assert [edge.cursor for edge in connection.edges] == ["a", "b"]
    assert (connection.page_info.start_cursor, connection.page_info.end_cursor) == ("a", "b")
    assert connection.page_info.has_next_page
    empty = UserConnection.of(Page([], has_next=False, has_previous=True), View(NOW))
    assert (empty.page_info.start_cursor, empty.page_info.end_cursor) == (None, None)
