"""docs/clauses.md: every promise has a test that names it."""

from __future__ import annotations

from tests.named_tests import docstring, named, rows

#: The clauses: of each flow, of every failure, and of the order of checks.
CLAUSES = [
    *(f"R{n}" for n in range(1, 13)),
    *(f"O{n}" for n in range(1, 6)),
    *(f"T{n}" for n in range(1, 5)),
    *(f"C{n}" for n in range(1, 10)),
    *(f"S{n}" for n in range(1, 9)),
    "1.7",
    "1.8",
]
ROWS = rows("clauses.md", r"[A-Z]\d+|1\.\d")


def test_every_clause_is_listed() -> None:
    """No clause is left out, none is made up, and they stand in order."""
    assert [clause for clause, _ in ROWS] == CLAUSES


def test_every_clause_names_tests_that_name_it() -> None:
    """Each test that is listed exists, and its docstring begins with the clause.

    Planted: a misspelt test; a clause with an empty cell; each seen to fail.
    """
    for clause, cell in ROWS:
        assert named(cell), clause
        for file, name in named(cell):
            told = docstring(file, name)
            assert told is not None, (clause, file, name)
            assert clause in told.partition(":")[0].split(), (clause, file, name)
