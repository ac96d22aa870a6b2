"""What runs around each operation."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from server.document_rules import document_rules
from server.trusted_documents import digest
from tests.api import PRODUCTION, settings_for

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENT = "{ serviceInfo { name } }"


def names(**environment: str) -> list[str]:
    """The rules under such settings, in order."""
    return [type(make()).__name__ for make in document_rules(settings_for(**environment))]


def test_the_order_of_the_rules(tmp_path: Path) -> None:
    """The gate looks at what is not known; what depends on the caller is asked last.

    Planted: the gate before the recognition; seen to fail.
    """
    always = ["OperationChoice", "Recognise", "Gate"]
    assert names() == always
    assert names(**PRODUCTION) == [*always, "Introspection"]
    path = tmp_path / "documents.json"
    path.write_text(json.dumps({digest(DOCUMENT): DOCUMENT}))
    listed = names(REKEY_TRUSTED_DOCUMENTS=str(path))
    assert listed == ["TrustedOnly", *always]
