"""How large a document is: one walk over its nodes, whatever its fragments multiply to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias, cast

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
)

if TYPE_CHECKING:
    from graphql import DocumentNode, SelectionSetNode

#: What a selection set has (GraphQL, 2.4); graphql-core's type says less.
_Selection: TypeAlias = FieldNode | FragmentSpreadNode | InlineFragmentNode


@dataclass(slots=True)
class Size:
    """How large a document is, or how large one may be.

    Attributes:
        definitions: operations and fragments.
        depth: fields inside fields.
        fields: what the largest operation runs: a fragment counts each time it is spread.
        aliases: fields that are given another name.
        directives: of every kind, in the whole document.
        spreads: of fragments, inline ones too.
        repeats: fields with fields inside that stand once more beside one of the same name, or in an inline
            fragment there. All that is in them is to merge, each with each (GraphQL, 5.3.2), which costs the
            square of their number.
    """

    definitions: int = 0
    depth: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    spreads: int = 0
    repeats: int = 0


@dataclass(slots=True)
class _Part:
    """One definition: what it has by itself, and which fragments it spreads at which depth."""

    fields: int = 0
    depth: int = 0
    spreads: list[tuple[str, int]] = field(default_factory=list)


def measure(document: DocumentNode) -> Size:
    """Measures a document.

    Visits each node once, and then each spread once. Goes as deep into Python's stack as the document has
    fragments, so their number is to be bounded before.
    """
    size = Size(definitions=len(document.definitions))
    operations, fragments = list[_Part](), dict[str, _Part]()
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode):
            variables = definition.variable_definitions or ()
            size.directives += sum(len(each.directives or ()) for each in (definition, *variables))
            part = _walk(definition.selection_set, size)
            if isinstance(definition, FragmentDefinitionNode):
                fragments[definition.name.value] = part
            else:
                operations.append(part)
    known = dict[str, tuple[int, int]]()
    for part in (*operations, *fragments.values()):
        fields, depth = _expand(part, fragments, known)
        size.fields, size.depth = max(size.fields, fields), max(size.depth, depth)
    return size


def _walk(root: SelectionSetNode, size: Size) -> _Part:
    part, waiting = _Part(), [(root, 0, set[str]())]
    while waiting:
        selections, depth, names = waiting.pop()
        for node in cast("tuple[_Selection, ...]", selections.selections):
            size.directives += len(node.directives or ())
            if isinstance(node, FragmentSpreadNode):
                size.spreads += 1
                part.spreads.append((node.name.value, depth))
            elif isinstance(node, InlineFragmentNode):
                size.spreads += 1
                waiting.append((node.selection_set, depth, names))
            else:
                size.aliases += node.alias is not None
                part.fields += 1
                part.depth = max(part.depth, depth + 1)
                if node.selection_set is not None:
                    name = (node.alias or node.name).value
                    size.repeats += name in names
                    names.add(name)
                    waiting.append((node.selection_set, depth + 1, set()))
    return part


def _expand(part: _Part, fragments: dict[str, _Part], known: dict[str, tuple[int, int]]) -> tuple[int, int]:
    fields, depth = part.fields, part.depth
    for name, at in part.spreads:
        if name not in known:
            known[name] = (0, 0)  # a fragment inside itself adds nothing: validation refuses it
            if name in fragments:
                known[name] = _expand(fragments[name], fragments, known)
        fields += known[name][0]
        depth = max(depth, at + known[name][1])
    return fields, depth
