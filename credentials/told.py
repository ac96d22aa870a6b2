"""What the world is told and what is written down: effects and events, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from credentials.kinds import EffectKind, EffectState, EventKind

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Effect:
    """What the world has to be told, written with the change that made it so.

    `subject` is the line that is kept in order; `target` names the row that the relay reads when it
    delivers; `details` hold no secret. `progress` is how far a delivery of several steps has come.
    """

    id: str
    sequence: int
    kind: EffectKind
    state: EffectState
    subject: str
    target: str
    user_id: str | None
    system_id: str | None
    details: Json
    attempts: int
    created_at: datetime
    settled_at: datetime | None
    last_error: str | None
    progress: Json
    retried_at: datetime | None = None

    @property
    def tried_since(self) -> datetime:
        """Since when it is tried: since the change, or since an operator last wanted it tried again."""
        return self.retried_at or self.created_at


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the audit, which stands for `counted` of its kind.

    `position` is its place in the order of commits, once it is sealed.
    """

    id: str
    sequence: int
    at: datetime
    kind: EventKind
    success: bool
    code: str | None
    actor: str
    user_id: str | None
    system_id: str | None
    api_key_id: str | None
    address: str | None
    user_agent: str | None
    request_id: str
    latitude: float | None
    longitude: float | None
    position: int | None = None
    counted: int = 1
