"""The documents of the hosted pages."""

from __future__ import annotations

import json
import shutil
import subprocess

from graphql import parse

from server.hosted_documents import hosted_documents
from server.hosted_texts import HOSTED
from tests.requirements import require


def test_every_exported_document_is_read() -> None:
    """As many as the script exports, each with nothing left to fill in, and each of them GraphQL."""
    documents = hosted_documents()
    assert len(documents) == (HOSTED / "documents.js").read_text().count("export const") == 4
    for each in documents:
        assert "${" not in each
        assert len(parse(each).definitions) == 1


def test_they_are_what_the_script_sends() -> None:
    """JavaScript itself exports the same texts."""
    require(None if shutil.which("node") else "node is not installed")
    script = (HOSTED / "documents.js").read_text(encoding="utf-8")
    code = script + "\nprocess.stdout.write(JSON.stringify([POLICY, REQUEST, RESET, CHANGE]));"
    shown = subprocess.run(
        ["node", "--input-type=module", "-e", code], capture_output=True, check=True, timeout=60
    )
    assert json.loads(shown.stdout) == hosted_documents()
