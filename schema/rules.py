"""What is decided about an operation before it runs: Strawberry's extensions, of which nothing lasts longer.

Strawberry keeps a stack of context managers for each stage until the stage ends, and an operation may wait
for a hash: 2 KiB of each that waits.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, cast

from strawberry.extensions import SchemaExtension
from strawberry.extensions.runner import SchemaExtensionsRunner

if TYPE_CHECKING:
    from strawberry.extensions.context import ExecutingContextManager, OperationContextManager

_NOTHING = nullcontext()


class Rule(SchemaExtension):
    """Looks at one operation: in `begin`, and in Strawberry's `on_parse` and `on_validate`."""

    def begin(self) -> None:
        """Looks before anything is parsed.

        Raises:
            Denied: it is not parsed.
        """


class Rules(SchemaExtensionsRunner):
    """The rules of one operation. They have nothing to do while it runs, nor after it."""

    def operation(self) -> OperationContextManager:
        """Begins."""
        for rule in cast("list[Rule]", self.extensions):
            rule.begin()
        return cast("OperationContextManager", _NOTHING)

    def executing(self) -> ExecutingContextManager:
        """Nothing: what is refused is refused by now."""
        return cast("ExecutingContextManager", _NOTHING)
