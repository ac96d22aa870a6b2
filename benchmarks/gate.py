"""What the document gate and strict JSON add to a cheap read.

Compares, a hundred at a time:

- the body of `{ me { id } }` read strictly, and read by the standard library;
- a document that is known, run by a schema with the gate and by one without it;
- the gate's walk over that document and over the introspection query, which is what a new one costs;

with `{ me { id } }` asked over HTTP on loopback with a live access token.
"""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from graphql import get_introspection_query, parse
from rich.console import Console

from benchmarks.change_password import ME, User
from benchmarks.client import Client
from benchmarks.common import ROUNDS, Measure, Took, alternate, table
from benchmarks.servers import serving
from schema import build_schema
from server.gate import Gate, why_refused
from server.known_documents import KnownDocuments, Recognise
from server.operation import check_operation
from server.operation_choice import OperationChoice
from server.strict_json import read_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.table import Table

    from schema.rules import Rule

#: Of each thing in one call, so that a microsecond shows in a table of milliseconds.
EACH = 100
CALLS = 10
BODY = json.dumps({"query": ME}).encode()


def _hundred(work: Callable[[], object]) -> Callable[[], Took]:
    def call() -> Took:
        start = time.perf_counter()
        for _ in range(EACH):
            work()
        return Took(time.perf_counter() - start)

    return call


def _running(*rules: Callable[[], Rule]) -> Callable[[], Took]:
    """Runs a document that needs no caller, so that what differs is what the rules do."""
    schema = build_schema(rules)

    async def run() -> Took:
        await schema.execute("{ __typename }")
        start = time.perf_counter()
        for _ in range(EACH):
            await schema.execute("{ __typename }")
        return Took(time.perf_counter() - start)

    return lambda: asyncio.run(run())


def run(rounds: int = ROUNDS, calls: int = CALLS) -> Table:
    """Measures in rounds and gives the table."""
    known = KnownDocuments()

    def recognise() -> Recognise:
        return Recognise(known)

    new, large = parse(ME), parse(get_introspection_query())
    with (
        TemporaryDirectory(prefix="rekey-benchmark-") as name,
        serving("rekey", Path(name)) as port,
        Client(port) as client,
    ):
        user = User(client)

        def begin() -> None:
            client.reconnect()
            user.settle()

        asked = Measure("me over HTTP", _hundred(user.read), calls, before=begin)
        measures = [
            asked,
            Measure("strict JSON", _hundred(lambda: check_operation(read_json(BODY))), calls),
            Measure("plain JSON", _hundred(lambda: json.loads(BODY)), calls),
            Measure("known, with gate", _running(OperationChoice, recognise, Gate), calls),
            Measure("known, without", _running(OperationChoice, recognise), calls),
            Measure("walk, me", _hundred(lambda: why_refused(new)), calls),
            Measure("walk, introspection", _hundred(lambda: why_refused(large)), calls),
        ]
        alternate(measures, rounds)
    return table(f"The gate and strict JSON, {EACH} of each", measures, [asked])


if __name__ == "__main__":
    Console().print(run())
