"""Rows as the product writes them are made inside the database, by an SQL expression for each column.

Ids, digests and sealed values are random and as long as the product's. The users come first; every other
expression may name a column of the user `u`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from store.columns import metadata

if TYPE_CHECKING:
    from credentials.hashing import Verifier

#: A prime: who stands beside whom by name was made far from them.
STRIDE = 7_368_787
#: What a browser calls itself.
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
#: Microseconds.
HOUR = 3_600_000_000
DAY = 24 * HOUR


class Rows(NamedTuple):
    """Rows of a table, one for each user or for every so many-th: what stands in which column."""

    table: str
    columns: dict[str, str]
    every: int = 1


@dataclass(frozen=True, slots=True)
class Given:
    """What rows are made from: how many users, their verifier, and the time in microseconds since 1970."""

    size: int
    verifier: Verifier
    now: int


class Spelling(NamedTuple):
    """What the databases spell differently: random ids, random bytes, and eight digits of a number."""

    id: str
    digest: str
    sealed: str
    digits: str


# A sealed password has 71 bytes: nonce, 43 characters and tag. An id has 26 characters.
SPELLINGS = {
    "sqlite": Spelling(
        "lower(hex(randomblob(13)))", "randomblob(32)", "randomblob(71)", "printf('%08d', {number})"
    ),
    "postgresql": Spelling(
        "left(replace(gen_random_uuid()::text, '-', ''), 26)",
        "uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())",
        f"substring({' || '.join(['uuid_send(gen_random_uuid())'] * 5)} FROM 1 FOR 71)",
        "lpad(CAST({number} AS text), 8, '0')",
    ),
}


def name_of(number: int, size: int) -> str:
    """The username of the user with this number, of so many."""
    return f"user{number * STRIDE % size:08}"


class Unmade(Exception):  # noqa: N818  it says what is missing
    """A table has a column that nothing is made for, or has it no more."""


def check(rows: Rows) -> None:
    """Compares what is made with the table's own definition.

    Raises:
        Unmade: they differ.
    """
    table = metadata.tables[rows.table]
    required = {
        column.name
        for column in table.c
        if not column.nullable and column.server_default is None and column is not table.autoincrement_column
    }
    wrong = (required - set(rows.columns)) | (set(rows.columns) - set(table.c.keys()))
    if wrong:
        raise Unmade(rows.table, wrong)
