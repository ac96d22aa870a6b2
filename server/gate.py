"""The document gate: says no, before anything is validated, to what is too large or too clever.

What costs more than it is worth is refused while it is still cheap: Python reads some 250,000 tokens a
second, and some rules of validation compare each field with each. A document that passed once is known by its
text (`known_documents.py`) and not measured again.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from graphql import FieldNode, OperationDefinitionNode, OperationType, validate
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from schema.errors import BAD_USER_INPUT, Denied
from schema.rules import Rule
from server.gate_measure import Size, measure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphql import DocumentNode, GraphQLError, GraphQLSchema, GraphQLSyntaxError
    from graphql.validation import ASTValidationRule

DOCUMENT_REFUSED = "DOCUMENT_REFUSED"
#: Tokens of a document, comments among them: the introspection query has 184; this many are read in 5 ms.
MOST_TOKENS = 1_000
#: What else a document may have. The introspection query, the largest that there is reason for, has 4
#: definitions, is 15 deep, and comes to 230 fields and 8 spreads. What keeps these limits is validated in
#: some 30 ms, 75 where the machine is slow.
LIMITS = Size(definitions=20, depth=20, fields=500, aliases=30, directives=30, spreads=60, repeats=20)
#: Lines of a document, twice its tokens: to say where each of some faults is, all of them are read again.
MOST_LINES = 2 * MOST_TOKENS
#: Faults of a document that are told: each prints a part of the document, which is masked.
MOST_FAULTS = 5

_WORDS = {
    "depth": "fields inside each other",
    "spreads": "spreads of fragments",
    "repeats": "fields of one name beside each other",
}
_ROOT = "The document is refused: a mutation or a subscription has one field at its root, in no fragment."


class Gate(Rule):
    """Runs with every operation. Listed after what may know a document or refuse it by itself."""

    def begin(self) -> None:
        """Bounds the parser.

        Raises:
            Denied: there is no document, but the name of one that was to be kept here.
        """
        if not self.execution_context.query:
            raise Denied(BAD_USER_INPUT, "No documents are kept here: send the query.")
        self.execution_context.parse_options["max_tokens"] = MOST_TOKENS

    def on_validate(self) -> Iterator[None]:
        """Refuses or validates, unless that was decided before."""
        context = self.execution_context
        if context.pre_execution_errors is None and context.graphql_document is not None:
            context.pre_execution_errors = faults_of(
                context.graphql_document,
                context.schema._schema,  # noqa: SLF001  Strawberry's own validation reads it there
                context.validation_rules,
            )
        yield


def faults_of(
    document: DocumentNode, schema: GraphQLSchema, rules: tuple[type[ASTValidationRule], ...]
) -> list[GraphQLError]:
    """Why a document does not run: it breaks a limit, or it does not fit the schema.

    Validates as Strawberry does, but for suggestions: to search some for each of a hundred misspelt names
    took a third of a second, and what they would say is masked.
    """
    reason = why_refused(document)
    if reason is not None:
        return [Denied(DOCUMENT_REFUSED, reason)]
    all_rules = (*rules, MaybeNullValidationRule, OneOfInputValidationRule)
    return validate(schema, document, all_rules, max_errors=MOST_FAULTS, hide_suggestions=True)


def why_refused(document: DocumentNode) -> str | None:
    """The limit that a document breaks, in words; None where it keeps all of them."""
    if len(document.definitions) > LIMITS.definitions:
        return _too_many("definitions")
    if _lines(document) > MOST_LINES:
        return f"The document is too large: it may have up to {MOST_LINES:,} lines."
    size = measure(document)
    for each in fields(Size):
        if getattr(size, each.name) > getattr(LIMITS, each.name):
            return _too_many(each.name)
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode) and not _has_one_root_field(definition):
            return _ROOT
    return None


def _lines(document: DocumentNode) -> int:
    text = "" if document.loc is None else document.loc.source.body
    return text.count("\n") + text.count("\r")


def parser_limit(error: GraphQLSyntaxError) -> str | None:
    """The limit, in words, that stopped the parser; None where the document is no GraphQL at all."""
    if error.description.startswith("Document contains more than"):
        return f"The document is too large: it may have up to {MOST_TOKENS} tokens."
    if error.description.startswith("Document is nested too deeply"):
        return _too_many("depth")
    return None


def _too_many(name: str) -> str:
    return f"The document is too large: it may have up to {getattr(LIMITS, name)} {_WORDS.get(name, name)}."


def _has_one_root_field(operation: OperationDefinitionNode) -> bool:
    roots = operation.selection_set.selections
    return operation.operation is OperationType.QUERY or (len(roots) == 1 and isinstance(roots[0], FieldNode))
