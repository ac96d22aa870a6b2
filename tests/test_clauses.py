"""docs/clauses.md: every promise has a test that names it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
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


def rows() -> dict[str, str]:
    """The cell of tests of each clause."""
    text = (ROOT / "docs" / "clauses.md").read_text(encoding="utf-8")
    return {
        match[1]: match[2]
        for match in re.finditer(r"^\| ([A-Z]\d+|1\.\d) \|.*\| (.*) \|$", text, re.MULTILINE)
    }


def docstrings(path: Path) -> dict[str, str]:
    """The docstring of each test in a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return {function.name: ast.get_docstring(function) or "" for function in functions}


def test_every_clause_is_listed() -> None:
    """No clause is left out, none is made up, and they stand in order."""
    assert list(rows()) == CLAUSES


def test_every_clause_names_tests_that_name_it() -> None:
    """Each test that is listed exists, and its docstring begins with the clause.

    Planted: a misspelt test; a clause with an empty cell; each seen to fail.
    """
    for clause, cell in rows().items():
        named = [
            (file, name)
            for file, names in re.findall(r"(test_\w+): ((?:`\w+`(?:, )?)+)", cell)
            for name in re.findall(r"`(\w+)`", names)
        ]
        assert named, clause
        for file, name in named:
            (path,) = (ROOT / "tests").rglob(f"{file}.py")
            docstring = docstrings(path).get(name)
            assert docstring is not None, (clause, file, name)
            assert clause in docstring.partition(":")[0].split(), (clause, file, name)
