"""docs/security.md: what it claims has a test, and what tests claim stands there."""

from __future__ import annotations

import re

import pytest

from tests.named_tests import ROOT, docstring, named, rows

DOCUMENT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
CLAUSE = re.compile(r"\d+(?:\.\d+)+")
#: All rows but those of headings.
ROWS = [(first, cell) for first, cell in rows("security.md", "[^|]+") if cell != "tests"]


def test_every_row_names_tests_that_exist() -> None:
    """Threats, bounds, clauses and deviations alike.

    Planted: a misspelt test; a row with an empty cell; each seen to fail.
    """
    assert len(ROWS) > 60
    for first, cell in ROWS:
        assert named(cell), first
        for file, name in named(cell):
            assert docstring(file, name) is not None, (first, file, name)


@pytest.mark.parametrize("standard", ["ASVS", "RFC 8725"])
def test_every_clause_that_a_test_names_is_listed(standard: str) -> None:
    """Whoever writes a test for a clause writes its row. Planted: a row taken out; seen to fail."""
    files = [file.read_text(encoding="utf-8") for file in (ROOT / "tests").rglob("test_*.py")]
    several = re.compile(rf"{standard} (\d+\.[\d.]+\d(?:(?:, | and )\d+\.[\d.]+\d)*)")
    claimed = {clause for text in files for each in several.findall(text) for clause in CLAUSE.findall(each)}
    assert claimed
    assert claimed <= set(CLAUSE.findall(DOCUMENT))
