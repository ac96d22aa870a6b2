"""Documents that name the tests that prove them: `test_file: `test_name`, `test_name`<br>…` in a cell."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent


def rows(document: str, first: str) -> list[tuple[str, str]]:
    """The first and the last cell of each row of tables in docs/ whose first cell matches `first`."""
    text = (ROOT / "docs" / document).read_text(encoding="utf-8")
    return re.findall(rf"^\| ({first}) \|.*\| (.*) \|$", text, re.MULTILINE)


def named(cell: str) -> list[tuple[str, str]]:
    """The file and the name of each test in a cell."""
    return [
        (file, name)
        for file, names in re.findall(r"(test_\w+): ((?:`\w+`(?:, )?)+)", cell)
        for name in re.findall(r"`(\w+)`", names)
    ]


def docstring(file: str, name: str) -> str | None:
    """The docstring of a test; None where there is no such test."""
    return _docstrings(file).get(name)


@cache
def _docstrings(file: str) -> dict[str, str]:
    # A module and a proof of the same name are one here.
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "tests").rglob(f"{file}.py")]
    functions = [
        node
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    return {each.name: ast.get_docstring(each) or "" for each in functions}
