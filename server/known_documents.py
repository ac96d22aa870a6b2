"""Documents that were parsed and found valid before: front ends send the same few all day."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from schema.rules import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphql import DocumentNode

#: Characters of all documents that are kept, and of one: a syntax tree takes some hundred times the memory
#: of its text, so this bounds it to about 16 MiB.
MOST_CHARACTERS = 64 * 1024
LONGEST = 4 * 1024


class KnownDocuments:
    """Valid documents by their text, the least recently used one goes first.

    A document with a text in it is not kept: it may be somebody's password.
    """

    def __init__(self) -> None:
        self._documents: OrderedDict[str, DocumentNode] = OrderedDict()
        self._characters = 0

    def find(self, text: str) -> DocumentNode | None:
        """The document of this text, if it was valid before."""
        if text not in self._documents:
            return None
        self._documents.move_to_end(text)
        return self._documents[text]

    def keep(self, text: str, document: DocumentNode) -> None:
        """Keeps a valid document, if it holds no text and is not too long."""
        if '"' in text or len(text) > LONGEST or text in self._documents:
            return
        self._documents[text] = document
        self._characters += len(text)
        while self._characters > MOST_CHARACTERS:
            oldest, _ = self._documents.popitem(last=False)
            self._characters -= len(oldest)


class Recognise(Rule):
    """Spares a known document its parsing and validation. Listed last: what others refuse is not looked at.

    Args:
        known: the documents of this process.
    """

    def __init__(self, known: KnownDocuments) -> None:
        self._known = known
        self._found = False

    def on_parse(self) -> Iterator[None]:
        """Puts the known document in place, so that none is parsed."""
        found = self._known.find(self.execution_context.query or "")
        if found is not None:
            self._found = True
            self.execution_context.graphql_document = found
        yield

    def on_validate(self) -> Iterator[None]:
        """Says that a known document has no errors; keeps a new one that turns out to have none."""
        context = self.execution_context
        if self._found and context.pre_execution_errors is None:
            context.pre_execution_errors = []
        yield
        if not self._found and not context.pre_execution_errors and context.graphql_document is not None:
            self._known.keep(context.query or "", context.graphql_document)
