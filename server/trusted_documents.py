"""Trusted documents: where the operator lists what runs, nothing else does.

A client names a document by the SHA-256 of its text (GraphQL over HTTP, appendix A), or sends the text.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError, GraphQLSyntaxError, parse, specified_rules

from schema import build_schema
from schema.errors import Denied
from schema.rules import Rule
from server.gate import DOCUMENT_REFUSED, MOST_TOKENS, faults_of, parser_limit
from server.hosted_documents import hosted_documents
from server.operation import document_name
from server.settings_parsing import BadSettings
from server.strict_json import BadJson, read_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from graphql import GraphQLSchema

    from server.settings import Settings

_SETTING = "REKEY_TRUSTED_DOCUMENTS"
_DIGEST = re.compile(r"[0-9a-f]{64}")


class TrustedDocuments:
    """The documents of one process.

    Args:
        texts: of all of them.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = {digest(text): text for text in texts}
        self._known = frozenset(self._texts.values())

    def choose(self, query: str | None, named: str | None) -> str | None:
        """The text that runs: the one that was sent, or else the one of that digest; None for neither."""
        if query:
            return query if query in self._known else None
        return self._texts.get(named or "")


class TrustedOnly(Rule):
    """Lets trusted documents run. Listed first.

    Args:
        documents: the operator's, and those of our own pages.
    """

    def __init__(self, documents: TrustedDocuments) -> None:
        self._documents = documents

    def begin(self) -> None:
        """Puts the text in the place of its name.

        Raises:
            Denied: it is not listed.
        """
        context = self.execution_context
        text = self._documents.choose(context.query, document_name(context.operation_extensions))
        if text is None:
            raise Denied(DOCUMENT_REFUSED, "Only documents that the operator has listed run here.")
        context.query = text


def digest(text: str) -> str:
    """SHA-256 of a document's UTF-8 in small hexadecimal digits."""
    return sha256(text.encode(errors="surrogatepass")).hexdigest()


def open_trusted_documents(settings: Settings) -> TrustedDocuments | None:
    """The documents that the operator's file lists, and the hosted pages'; None where there is no file.

    Raises:
        BadSettings: the file is not one, or a document of it would not run: one line that says which.
    """
    if settings.trusted_documents is None:
        return None
    listed = _read(settings.trusted_documents)
    schema = build_schema()._schema  # noqa: SLF001  graphql-core's own schema is what validates
    for name, text in listed.items():
        reason = _why_bad(name, text, schema)
        if reason is not None:
            msg = f"{_SETTING}: the document {name} {reason}."
            raise BadSettings(msg)
    return TrustedDocuments([*listed.values(), *hosted_documents()])


def _read(path: Path) -> dict[str, str]:
    try:
        value = read_json(path.read_bytes())
    except OSError as fault:
        msg = f"{_SETTING} cannot be read: {fault.strerror}."
        raise BadSettings(msg) from fault
    except BadJson:
        value = None
    pairs = list(_pairs(value))
    if pairs and all(_is_named(*pair) for pair in pairs):
        return dict(pairs)
    msg = f"{_SETTING} must name a file of JSON: each document under the SHA-256 of its text."
    raise BadSettings(msg)


def _pairs(value: object) -> Iterator[tuple[Any, Any]]:
    if not isinstance(value, dict):
        return
    operations = value.get("operations")
    if not isinstance(operations, list):
        yield from value.items()
        return
    for each in operations:  # Apollo's manifest: an operation has more members than these
        known = each if isinstance(each, dict) else {}
        yield known.get("id"), known.get("body")


def _is_named(name: object, text: object) -> bool:
    return isinstance(name, str) and _DIGEST.fullmatch(name) is not None and isinstance(text, str)


def _why_bad(name: str, text: str, schema: GraphQLSchema) -> str | None:
    if digest(text) != name:
        return "has another SHA-256"
    try:
        document = parse(text, max_tokens=MOST_TOKENS)
    except GraphQLSyntaxError as error:
        return f"is refused: {parser_limit(error) or 'it cannot be parsed.'}".removesuffix(".")
    faults = faults_of(document, schema, tuple(specified_rules))
    if not faults:
        return None
    return f"is refused: {_in_words(faults[0])}".removesuffix(".")


def _in_words(fault: GraphQLError) -> str:
    if isinstance(fault, Denied):
        return fault.message
    place = fault.locations[0] if fault.locations else None
    where = "" if place is None else f" at line {place.line}, column {place.column}"
    return f"it does not fit the schema{where}"
