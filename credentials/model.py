"""What is kept: users, systems, their sessions, accounts and keys, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from credentials.kinds import (
    ChatAccountKind,
    EffectKind,
    EffectState,
    EventKind,
    IdentitySource,
    Role,
    SystemStatus,
)
from credentials.told import Effect, Event, Json

if TYPE_CHECKING:
    from datetime import datetime

    from credentials.hashing import Verifier

__all__ = [
    "NEVER_SECONDS",
    "ApiKey",
    "ChatAccount",
    "ChatAccountKind",
    "Effect",
    "EffectKind",
    "EffectState",
    "Event",
    "EventKind",
    "IdentitySource",
    "Json",
    "PasswordState",
    "Role",
    "Session",
    "System",
    "SystemStatus",
    "User",
]

#: The largest `passwordExpiration`: never (the contract's figure, 2^31 - 1).
NEVER_SECONDS = 2_147_483_647


@dataclass(frozen=True, slots=True)
class PasswordState:
    """A user's password without its verifier: when it was set, until when it opens what.

    `expires_at` is None for never. A temporary password opens only the change to a real one.
    """

    changed_at: datetime
    expires_at: datetime | None
    is_temporary: bool

    def is_expired(self, now: datetime) -> bool:
        """Whether the password no longer opens a session at `now`."""
        return self.expires_at is not None and self.expires_at <= now


@dataclass(frozen=True, slots=True)
class User:
    """One user's row. `epoch` turns with every change that makes sessions stale."""

    id: str
    system_user_id: int
    username: str
    email_address: str
    full_name: str | None
    locale: str
    time_zone: str
    theme_dir: str | None
    user_group_id: int | None
    roles: tuple[Role, ...]
    permissions: Json
    permission_ids: Json
    preferences: Json
    properties: Json
    support_username: str | None
    identity_source: IdentitySource
    is_disabled: bool
    locked_at: datetime | None
    epoch: int
    verifier: Verifier | None
    password: PasswordState | None
    created_at: datetime

    @property
    def is_admin(self) -> bool:
        """Whether the user holds the role ADMIN."""
        return Role.ADMIN in self.roles

    @property
    def is_external(self) -> bool:
        """Whether another provider proves this user."""
        return self.identity_source is not IdentitySource.LOCAL


@dataclass(frozen=True, slots=True)
class System:
    """One system's row (a PBX agent or another machine)."""

    id: str
    name: str
    pbx_id: str
    jid_pbxagent: str
    status: SystemStatus
    status_updated_at: datetime
    epoch: int
    code_expires_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in. It is dead where `ended_at` is set, its epoch is old, or its time is over."""

    id: str
    user_id: str
    epoch: int
    refresh_n: int
    refreshed_at: datetime
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    address: str | None
    user_agent: str | None


@dataclass(frozen=True, slots=True)
class ChatAccount:
    """One of a user's XMPP accounts, without its password."""

    user_id: str
    kind: ChatAccountKind
    jid: str


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An application's key, without its digest."""

    id: str
    name: str
    role: Role
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None
    last_used_address: str | None
