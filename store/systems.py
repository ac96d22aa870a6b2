"""Systems and their activation codes; every change of either turns the epoch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, select, true, update

from credentials.digests import Digest
from credentials.model import System, SystemStatus
from store.dialect import upsert
from store.tables import systems, xmpp_accounts
from store.user_lists import COUNTED

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Row, Select


@dataclass(frozen=True, slots=True)
class Activation:
    """A system with what its activation needs: the code's digest, and who used it when."""

    system: System
    code: Digest | None
    code_digits: int | None
    code_failures: int
    activated_at: datetime | None
    activated_network: bytes | None


_WITH_JID = select(systems, xmpp_accounts.c.jid).join(
    xmpp_accounts, xmpp_accounts.c.system_id == systems.c.id
)


def _system_of(row: Row[Any], jid: str) -> System:
    return System(
        id=row.id,
        name=row.name,
        pbx_id=row.pbx_id,
        jid_pbxagent=jid,
        status=SystemStatus(row.status),
        status_updated_at=row.status_updated_at,
        epoch=row.epoch,
        code_expires_at=row.code_expires_at,
        created_at=row.created_at,
    )


def _activation_of(row: Row[Any], jid: str) -> Activation:
    return Activation(
        system=_system_of(row, jid),
        code=None if row.code_digest is None else Digest(row.code_key, row.code_digest),
        code_digits=row.code_digits,
        code_failures=row.code_failures,
        activated_at=row.activated_at,
        activated_network=row.activated_network,
    )


class Systems:
    """The rows of systems. The JID of each stands among the XMPP accounts and is added first."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, system: System) -> bool:
        """Adds a system without a code; False: its `pbx_id` is taken."""
        added = self._connection.execute(
            upsert(self._connection.dialect.name, systems)
            .values(
                id=system.id,
                name=system.name,
                pbx_id=system.pbx_id,
                status=system.status,
                status_updated_at=system.status_updated_at,
                epoch=system.epoch,
                code_failures=0,
                created_at=system.created_at,
            )
            .on_conflict_do_nothing(index_elements=[systems.c.pbx_id])
        )
        return added.rowcount == 1

    def by_id(self, system_id: str, *, hold: bool = False) -> Activation | None:
        """The system with this id; `hold` keeps the row as it is until the commit."""
        query = _WITH_JID.where(systems.c.id == system_id)
        return self._one(query.with_for_update(of=systems) if hold else query)

    def by_pbx_id(self, pbx_id: str) -> Activation | None:
        """The system with this `pbxId`."""
        return self._one(_WITH_JID.where(systems.c.pbx_id == pbx_id))

    def give_code(
        self, system: System, code: Digest, *, digits: int, expires_at: datetime, now: datetime
    ) -> System | None:
        """Puts a new code in place of any other and sets CREATED. None: the epoch turned in between."""
        return self._change(
            system,
            now,
            SystemStatus.CREATED,
            code_digest=code.value,
            code_key=code.key_id,
            code_digits=digits,
            code_failures=0,
            code_expires_at=expires_at,
            activated_at=None,
            activated_network=None,
        )

    def begin_activation(self, system: System, network: bytes, now: datetime) -> System | None:
        """Sets ACTIVATING for who came from this network. None: the epoch turned in between."""
        return self._change(system, now, SystemStatus.ACTIVATING, activated_at=now, activated_network=network)

    def confirm(self, system: System, now: datetime) -> System | None:
        """Sets ACTIVATED and forgets the code. None: the epoch turned in between."""
        return self._change(system, now, SystemStatus.ACTIVATED, **_NO_CODE)

    def end_code(self, system: System, now: datetime) -> System | None:
        """Forgets the code and sets CREATED. None: the epoch turned in between."""
        return self._change(system, now, SystemStatus.CREATED, **_NO_CODE)

    def count_code(self, system: System, most: int | None, now: datetime) -> Activation | None:
        """Counts an attempt on a live code as wrong and gives the system as it is then.

        None: there is no live code, or it took `most` wrong ones already (None: it may take any number).
        """
        room = true() if most is None else systems.c.code_failures < most
        row = self._connection.execute(
            update(systems)
            .where(
                systems.c.id == system.id,
                systems.c.code_digest.is_not(None),
                systems.c.code_expires_at > now,
                room,
            )
            .values(code_failures=systems.c.code_failures + 1)
            .returning(systems)
        ).one_or_none()
        return None if row is None else _activation_of(row, system.jid_pbxagent)

    def uncount_code(self, system: System) -> None:
        """Takes back the attempt of a code that was right."""
        self._connection.execute(
            update(systems).where(systems.c.id == system.id).values(code_failures=systems.c.code_failures - 1)
        )

    def with_dead_codes(self, now: datetime, limit: int) -> list[System]:
        """Systems whose code is over while they wait for activation or confirmation."""
        query = _WITH_JID.where(systems.c.code_expires_at <= now).order_by(systems.c.code_expires_at)
        return [_system_of(row, row.jid) for row in self._connection.execute(query.limit(limit))]

    def delete(self, system_id: str) -> bool:
        """Deletes a system with all that belongs to it."""
        return self._connection.execute(delete(systems).where(systems.c.id == system_id)).rowcount == 1

    def page(self, after: int | None, limit: int, status: SystemStatus | None) -> list[tuple[int, System]]:
        """Systems with their numbers, in the order they were made, from beyond the number `after`."""
        query = _WITH_JID.order_by(systems.c.sequence).limit(limit)
        if status is not None:
            query = query.where(systems.c.status == status)
        if after is not None:
            query = query.where(systems.c.sequence > after)
        return [(row.sequence, _system_of(row, row.jid)) for row in self._connection.execute(query)]

    def count(self, status: SystemStatus | None) -> int | None:
        """How many systems there are; None above 10,000."""
        some = select(systems.c.sequence)
        if status is not None:
            some = some.where(systems.c.status == status)
        counted = select(func.count()).select_from(some.limit(COUNTED + 1).subquery())
        total = self._connection.execute(counted).scalar_one()
        return None if total > COUNTED else total

    def _change(
        self,
        system: System,
        now: datetime,
        status: SystemStatus,
        **values: Any,
    ) -> System | None:
        row = self._connection.execute(
            update(systems)
            .where(systems.c.id == system.id, systems.c.epoch == system.epoch)
            .values(status=status, status_updated_at=now, epoch=system.epoch + 1, **values)
            .returning(systems)
        ).one_or_none()
        return None if row is None else _system_of(row, system.jid_pbxagent)

    def _one(self, query: Select[Any]) -> Activation | None:
        row = self._connection.execute(query).one_or_none()
        return None if row is None else _activation_of(row, row.jid)


_NO_CODE: dict[str, None] = dict.fromkeys(
    ("code_digest", "code_key", "code_digits", "code_expires_at", "activated_at", "activated_network")
)
