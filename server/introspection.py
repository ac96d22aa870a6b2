"""Who may ask what the schema is: in production administrators, as their rights are stored."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from graphql import FieldNode, FragmentDefinitionNode, InlineFragmentNode, OperationDefinitionNode

from resolvers.authenticate import authenticate
from schema.errors import Denied
from schema.rules import Rule
from server.masking import VALIDATION_FAILED

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from graphql import DocumentNode

    from schema.context import Context

#: The root fields of introspection (GraphQL, 4.1); `__typename` tells what the client asked for itself.
_FIELDS = frozenset({"__schema", "__type"})
_MENTIONED = re.compile(r"__(schema|type)(?![_0-9A-Za-z])")


class Introspection(Rule):
    """Refuses introspection to all but administrators, in a known document too.

    It is no field's guard, so a caller without rights learns nothing but that the document is not valid here.
    """

    async def on_validate(self) -> AsyncIterator[None]:
        """Refuses before anything runs; reads the caller only where the document asks."""
        context = self.execution_context
        document = context.graphql_document
        if (
            document is not None
            and not context.pre_execution_errors
            and _MENTIONED.search(context.query or "")
            and is_introspection(document)
            and not await _is_administrator(context.context)
        ):
            text = "Introspection is for administrators here: schema.graphql has the schema."
            context.pre_execution_errors = [Denied(VALIDATION_FAILED, text)]
        yield


def is_introspection(document: DocumentNode) -> bool:
    """Whether any part of a document asks for the schema."""
    roots = [
        each.selection_set
        for each in document.definitions
        if isinstance(each, OperationDefinitionNode | FragmentDefinitionNode)
    ]
    while roots:
        for node in roots.pop().selections:
            if isinstance(node, FieldNode) and node.name.value in _FIELDS:
                return True
            if isinstance(node, FieldNode | InlineFragmentNode) and node.selection_set is not None:
                roots.append(node.selection_set)
    return False


async def _is_administrator(context: Context) -> bool:
    caller = await authenticate(context.services, context.origin, context.bearer)
    return caller is not None and caller.is_admin
