"""What runs around each operation: which documents pass, and in which order that is decided."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from server.gate import Gate
from server.introspection import Introspection
from server.known_documents import KnownDocuments, Recognise
from server.operation_choice import OperationChoice
from server.trusted_documents import TrustedOnly, open_trusted_documents

if TYPE_CHECKING:
    from collections.abc import Callable

    from schema.rules import Rule
    from server.settings import Settings


def document_rules(settings: Settings) -> list[Callable[[], Rule]]:
    """The extensions of the schema for one process.

    A document that is known is neither measured nor validated again, so `Recognise` comes before the gate.
    Who asks is looked up last, where nothing else refuses.

    Raises:
        BadSettings: the file of trusted documents cannot be used.
    """
    rules: list[Callable[[], Rule]] = []
    trusted = open_trusted_documents(settings)
    if trusted is not None:
        rules.append(partial(TrustedOnly, trusted))
    rules += [OperationChoice, partial(Recognise, KnownDocuments()), Gate]
    if settings.production:
        rules.append(Introspection)
    return rules
