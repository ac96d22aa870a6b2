"""Trusted documents: what is listed runs, and nothing else."""

from __future__ import annotations

import json
import re
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from server.gate import LIMITS, MOST_TOKENS
from server.hosted_documents import hosted_documents
from server.negotiation import EVENT_STREAM, GRAPHQL_JSON
from server.settings_parsing import BadSettings
from server.trusted_documents import TrustedDocuments, digest, open_trusted_documents
from tests.api import codes, open_api, settings_for

if TYPE_CHECKING:
    import httpx

    from tests.api import Api
    from tests.world import World

pytestmark = pytest.mark.anyio
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
LISTED = "query Name { serviceInfo { name } }"
OTHER = "{ serviceInfo { name } }"
ANSWER = {"data": {"serviceInfo": {"name": "Rekey"}}}
SPEC = {"documentId": f"sha256:{digest(LISTED)}"}
APOLLO = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest(LISTED)}}}


def write(folder: Path, content: object) -> Path:
    """A file of documents."""
    path = folder / "documents.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def listing(folder: Path, *texts: str) -> dict[str, str]:
    """Settings whose file lists these."""
    path = write(folder, {digest(text): text for text in texts})
    return {"REKEY_TRUSTED_DOCUMENTS": str(path)}


async def send(api: Api, body: dict[str, Any], accept: str = GRAPHQL_JSON) -> httpx.Response:
    """Sends a body."""
    return await api.http.post("/graphql", json=body, headers={"accept": accept})


@ON_SQLITE
@pytest.mark.parametrize(
    "body", [SPEC, APOLLO, {"query": LISTED}, {"query": LISTED, **APOLLO}, {"query": "", **SPEC}]
)
async def test_what_is_listed_runs(world: World, tmp_path: Path, body: dict[str, Any]) -> None:
    """By its name, in the form of the specification or in Apollo's, and by its text; each time."""
    async with open_api(world, None, **listing(tmp_path, LISTED)) as api:
        for _ in range(2):
            assert (await send(api, body)).json() == ANSWER


@ON_SQLITE
@pytest.mark.parametrize(
    "body",
    [
        {"query": OTHER},
        {"query": LISTED + " "},
        {"query": "{"},
        {"query": "{ __schema { types { name } } }"},
        {"query": OTHER, **SPEC},
        {"query": OTHER, **APOLLO},
        {"documentId": f"sha256:{digest(OTHER)}"},
        {"extensions": {"persistedQuery": {"sha256Hash": digest(OTHER)}}},
    ],
)
async def test_nothing_else_runs(world: World, tmp_path: Path, body: dict[str, Any]) -> None:
    """Another text, another name, and a listed name beside another text are refused alike.

    Planted: a listed name that lets any text pass; seen to fail.
    """
    async with open_api(world, None, **listing(tmp_path, LISTED)) as api:
        answer = await send(api, body)
        assert answer.status_code == 400
        assert codes(answer.json()) == ["DOCUMENT_REFUSED"]
        assert list(answer.json()) == ["errors"]


@ON_SQLITE
async def test_the_hosted_pages_keep_working(world: World, tmp_path: Path) -> None:
    """Their documents run without being listed: they fail for want of variables, and not of trust."""
    async with open_api(world, None, **listing(tmp_path, LISTED)) as api:
        for document in hosted_documents():
            assert codes((await send(api, {"query": document})).json()) in ([], ["BAD_USER_INPUT"])


@ON_SQLITE
@pytest.mark.parametrize("body", [SPEC, APOLLO])
async def test_without_a_list_a_name_is_no_document(world: World, body: dict[str, Any]) -> None:
    """Who only names a document is told to send it; beside a text the name is nothing."""
    async with open_api(world) as api:
        answer = await send(api, body)
        assert (answer.status_code, codes(answer.json())) == (400, ["BAD_USER_INPUT"])
        assert (await send(api, {"query": LISTED, **body})).json() == ANSWER
        stream = await send(api, body, EVENT_STREAM)
        assert '"BAD_USER_INPUT"' in stream.text


@ON_SQLITE
async def test_event_streams_are_held_to_the_list(world: World, tmp_path: Path) -> None:
    """A subscription runs by its name, and is refused in the stream where it is not listed.

    A query is no subscription by whatever name.
    """
    subscription = "subscription { credentialEvents { id } }"
    named = {"documentId": f"sha256:{digest(subscription)}"}
    async with open_api(world, None, **listing(tmp_path, LISTED, subscription)) as api:
        listed = await send(api, named, EVENT_STREAM)
        assert '"UNAUTHENTICATED"' in listed.text
        other = await send(api, {"query": subscription + " "}, EVENT_STREAM)
        assert '"DOCUMENT_REFUSED"' in other.text
        assert other.text.endswith("event: complete\ndata: \n\n")
        assert (await send(api, SPEC, EVENT_STREAM)).status_code == 406


def listed_file(tmp_path: Path, content: object) -> TrustedDocuments | None:
    """Opens a file of this content."""
    return open_trusted_documents(settings_for(REKEY_TRUSTED_DOCUMENTS=str(write(tmp_path, content))))


def test_apollos_manifest_is_read(tmp_path: Path) -> None:
    """A file as Apollo's generator writes it lists the same documents."""
    operation = {"id": digest(LISTED), "name": "Name", "type": "query", "body": LISTED}
    manifest = {"format": "apollo-persisted-query-manifest", "version": 1, "operations": [operation]}
    documents = listed_file(tmp_path, manifest)
    assert documents is not None
    assert documents.choose(None, digest(LISTED)) == LISTED
    assert documents.choose(LISTED, None) == LISTED
    assert documents.choose(None, None) is None


def test_without_the_setting_there_is_no_list() -> None:
    """Every document is welcome then."""
    assert open_trusted_documents(settings_for()) is None


HALF = '{ a(b: "\ud800") }'


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "must name a file of JSON"),
        ("[]", "must name a file of JSON"),
        ({}, "must name a file of JSON"),
        ({"Name": LISTED}, "must name a file of JSON"),
        ({digest(LISTED).upper(): LISTED}, "must name a file of JSON"),
        ({digest(LISTED): 7}, "must name a file of JSON"),
        ({"operations": [LISTED]}, "must name a file of JSON"),
        ({"operations": [{"id": 7, "body": LISTED}]}, "must name a file of JSON"),
        ({digest(LISTED): OTHER}, f"the document {digest(LISTED)} has another SHA-256"),
        ({digest(HALF): HALF}, "is refused: it cannot be parsed"),
        ({digest("{"): "{"}, "is refused: it cannot be parsed"),
        ({digest("{ nothing }"): "{ nothing }"}, "it does not fit the schema at line 1, column 3"),
        ({digest("#\n" * 1001): "#\n" * 1001}, "it may have up to 1000 tokens"),
        ({digest("mutation { a b }"): "mutation { a b }"}, "one field at its root, in no fragment"),
    ],
)
def test_a_bad_file_stops_the_start(tmp_path: Path, content: object, said: str) -> None:
    """One line that names the setting and the document, and repeats nothing of the file.

    Planted: the digest not compared; seen to fail.
    """
    with pytest.raises(BadSettings) as refused:
        listed_file(tmp_path, content)
    line = str(refused.value)
    assert line.startswith("REKEY_TRUSTED_DOCUMENTS")
    assert said in line
    assert "\n" not in line
    assert "serviceInfo" not in line
    assert line.endswith(".")
    assert not line.endswith("..")


def test_a_file_that_is_gone_stops_the_start(tmp_path: Path) -> None:
    """Between the reading of the settings and of the file it may go."""
    path = write(tmp_path, {})
    settings = settings_for(REKEY_TRUSTED_DOCUMENTS=str(path))
    path.unlink()
    with pytest.raises(BadSettings, match="cannot be read: No such file"):
        open_trusted_documents(settings)


DOCUMENTATION = Path(__file__).parent.parent / "docs" / "trusted_documents.md"


def test_the_documented_file_is_one(tmp_path: Path) -> None:
    """The example is read, and its digests are its documents'."""
    (example,) = re.findall(r"```json\n(.*?)```", DOCUMENTATION.read_text(), re.DOTALL)
    documents = listed_file(tmp_path, example)
    assert documents is not None
    for name, text in json.loads(example).items():
        assert documents.choose(None, name) == text
        assert f"sha256:{name[:4]}…" in DOCUMENTATION.read_text()


def test_the_documented_limits_are_those() -> None:
    """Each figure of the table is the gate's, in the gate's order."""
    rows = re.findall(r"^\| .* \| (\d+)(?:, in no fragment)? \|$", DOCUMENTATION.read_text(), re.MULTILINE)
    assert [int(figure) for figure in rows] == [MOST_TOKENS, *astuple(LIMITS), 1]
