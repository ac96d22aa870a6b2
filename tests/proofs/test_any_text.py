"""Any text at all in every place where the schema takes one, on running servers of both databases."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.conftest import DATABASES, TEMPLATE
from tests.proofs.strangers import PROXIED, Strangers
from tests.servers import server_process
from tests.text_inputs import CASES, operation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.postgres import PostgresServer
    from tests.servers import RunningServer

#: Texts for each field; each of them goes into each of its places.
EXAMPLES = 8
#: What is shorter stands in our own words by chance.
LONG_ENOUGH = 6
#: Characters that have broken other programs: NUL, halves of characters, ends of lines, directions, signs of
#: SQL, JSON, HTML, shells and templates.
SIGNS = (
    "\0\ud800\udfff\uffff\ufeff\u200b\u202e\u2028\x85\x1b\r\n'\"`\\%_*;<>&${}[]()/.-\u0130\u212a\U0010ffff"
)
ANY_TEXT = (
    st.text(st.characters(codec=None), max_size=60)
    | st.text(SIGNS, max_size=60)
    | st.text(st.characters(codec=None), min_size=1, max_size=3).map(lambda text: text * 400)
    | st.sampled_from(
        ["' OR '1'='1", "../../etc/passwd", "{{7*7}}", "%s%n", "$(id)", "<script>", "null", "1e999"]
    )
)


@pytest.fixture(scope="module", params=DATABASES)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningServer]:
    """A server on either kind of database, its log at debug."""
    folder, environment = tmp_path_factory.mktemp("texts"), PROXIED | {"REKEY_LOG_LEVEL": "debug"}
    if request.param == "postgresql":
        postgres: PostgresServer = request.getfixturevalue("postgres")
        environment["REKEY_DATABASE_URL"] = postgres.create_database(f"texts_{folder.name}", TEMPLATE)
    with server_process(folder, **environment) as running:
        yield running


@pytest.fixture(scope="module")
def strangers(server: RunningServer) -> Iterator[Strangers]:
    """Who asks; the user and the system that fitting inputs name are there."""
    asking = Strangers(server)
    mary = {"username": "mary", "emailAddress": "mary@example.org"}
    asking.do("createUser", mary, "user { id }", asking.admin)
    asking.do("createSystem", {"name": "exchange", "pbxId": "exchange"}, "system { id }", asking.admin)
    yield asking
    asking.close()


@pytest.mark.parametrize("field", dict.fromkeys(case.name for case in CASES))
def test_any_text_is_answered(server: RunningServer, strangers: Strangers, field: str) -> None:
    """Surrogates, NUL and all else: a value or a refusal, never INTERNAL; no error repeats the text.

    Planted: resolvers.selectors.storable giving the text back; seen to fail.
    """
    bearer = strangers.signed_in()

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(ANY_TEXT, st.integers(0, 2**30))
    @example("half a character \ud800", 1)
    @example("NUL \0", 2)
    def send(text: str, number: int) -> None:
        for case in CASES:
            if case.name == field:
                sent = {text[:99]: [text]} if case.scalar == "JSON" else text
                answer = strangers.post(*operation(case, number, sent), f"Bearer {bearer}")
                assert answer.status_code == 200, (case.path, answer.text)
                check(answer.json(), text)

    send()
    assert "request.defect" not in server.log()
    assert all(line.isprintable() for line in server.log().split("\n"))


def check(answer: dict[str, Any], text: str) -> None:
    """Looks at the errors of an answer."""
    errors = answer.get("errors", [])
    assert "INTERNAL" not in [error["extensions"]["code"] for error in errors]
    if len(text) >= LONG_ENOUGH:
        assert text not in json.dumps(errors, ensure_ascii=False)
        assert json.dumps(text)[1:-1] not in json.dumps(errors)
