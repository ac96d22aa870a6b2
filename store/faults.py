"""Which faults of a database pass, and which are defects of ours."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as NoFreeConnection

#: What a database, its driver or the way to it raises; most of it passes.
FAULTS = (DBAPIError, NoFreeConnection, OSError, TimeoutError)
#: Data exceptions, constraints, errors of syntax or access (PostgreSQL's documentation, appendix A).
_DEFECT_CLASSES = frozenset({"22", "23", "42"})
#: serialization_failure and deadlock_detected (the same appendix).
_OVERTAKEN = frozenset({"40001", "40P01"})
#: lock_not_available (the same).
_HELD = "55P03"


class StoreUnavailable(Exception):  # noqa: N818  what is so, not what was done wrong
    """The database cannot do this now: gone, locked, full or read-only. The next try may well succeed.

    Raise it after the `except` block: an exception carries the one that was being handled, and that one
    holds the statement with its values.
    """

    @classmethod
    def because(cls, fault: BaseException) -> StoreUnavailable:
        """What to raise for a fault that passes."""
        reason, state = reason_of(fault), _state(fault)
        is_held = state == _HELD or reason.startswith("SQLITE_BUSY")
        kind = Locked if is_held else Deadlock if state in _OVERTAKEN else cls
        return kind(f"the database did not answer: {reason}")


class Deadlock(StoreUnavailable):
    """The database ended this transaction so that another could go on; begun anew it will do."""


class Locked(StoreUnavailable):
    """Another program holds what is to be changed for longer than is waited for."""


def is_defect(fault: BaseException) -> bool:
    """Whether the same statement would fail again on a healthy database."""
    if isinstance(fault, IntegrityError | ProgrammingError | DataError):
        return True
    driver = getattr(fault, "orig", None)
    # asyncpg refuses a value of the wrong kind by itself, with a ValueError.
    refused = isinstance(getattr(driver, "__cause__", None), ValueError)
    return refused or _state(fault)[:2] in _DEFECT_CLASSES


def reason_of(fault: BaseException) -> str:
    """The kind of a fault, by a name that holds no statement, no value and no account."""
    driver = getattr(fault, "orig", None) or fault
    if isinstance(driver, sqlite3.Error):
        return driver.sqlite_errorname
    state = _state(fault)
    return f"SQLSTATE {state}" if state else type(driver).__name__


def _state(fault: BaseException) -> str:
    driver = getattr(fault, "orig", None) or fault
    return getattr(driver, "sqlstate", None) or ""
