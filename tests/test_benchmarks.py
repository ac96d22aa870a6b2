"""The benchmarks still run. Their figures are read by people and asserted nowhere."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from benchmarks import __main__
from benchmarks.change_password import Unexpected, User
from benchmarks.client import Client, spell
from benchmarks.common import Measure, Took, alternate, table
from server.serving import listen
from tests.requirements import require

if TYPE_CHECKING:
    from types import ModuleType

    from rich.table import Table

FOLDER = Path(__file__).resolve().parent.parent / "benchmarks"


def shown(made: Table) -> str:
    """Gives a table's text."""
    console = Console(width=200)
    with console.capture() as captured:
        console.print(made)
    return captured.get()


def answering(*answers: bytes) -> int:
    """Starts a server that gives each request the next answer, in two pieces, and then hangs up; its port."""
    listening = listen("127.0.0.1", 0)
    port: int = listening.getsockname()[1]

    def serve() -> None:
        with listening, listening.accept()[0] as accepted:
            for answer in answers:
                accepted.recv(65536)
                accepted.sendall(answer[:20])
                accepted.sendall(answer[20:])

    threading.Thread(target=serve).start()
    return port


def ok(body: bytes) -> bytes:
    """Spells an answer of HTTP."""
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


@pytest.mark.parametrize("benchmark", __main__.BENCHMARKS, ids=lambda benchmark: benchmark.__name__)
def test_a_benchmark_runs_and_shows_its_figures(benchmark: ModuleType) -> None:
    """One round of two calls passes every check of the answers and gives a table of ratios."""
    require(__main__.missing(benchmark))
    text = shown(benchmark.run(rounds=1, calls=2))
    assert re.search(r"÷ \w", text)
    assert re.search("median|percentile", text)


def test_every_benchmark_is_run_by_the_one_command() -> None:
    """Each file with a function `run` is in the list of `python -m benchmarks`."""
    measuring = {file.stem for file in FOLDER.glob("*.py") if "\ndef run(" in file.read_text()}
    assert measuring == {each.__name__.rpartition(".")[2] for each in __main__.BENCHMARKS}


def test_every_benchmark_says_what_it_compares() -> None:
    """The docstring of each file that measures names what its figures are compared with."""
    assert all("Compares" in (each.__doc__ or "") for each in __main__.BENCHMARKS)


def test_measures_take_turns_and_give_the_median_of_their_rounds() -> None:
    """Each round calls every measure in order; a round's figure is its median, the figure theirs."""
    order: list[str] = []
    seconds = iter([1.0, 2.0, 9.0, 4.0, 4.0, 4.0, 3.0, 3.0, 3.0])

    def slow() -> Took:
        order.append("slow")
        return Took(next(seconds), 0.3)

    def fast() -> Took:
        order.append("fast")
        return Took(0.5)

    first = Measure("slow", slow, calls=3, before=lambda: order.append("before"))
    second = Measure("fast", fast, calls=1)
    alternate([first, second], rounds=3)
    assert order == ["before", "slow", "slow", "slow", "fast"] * 3
    assert [each.seconds for each in first.rounds] == [2.0, 4.0, 3.0]
    assert first.figure == 3.0
    assert first.client_share == pytest.approx(0.1)
    text = shown(table("title", [first, second], [second]))
    assert "2000.00 to 4000.00" in text
    assert "6.00" in text


def test_an_answer_in_pieces_is_read_whole() -> None:
    """The client waits for all the bytes that the head announces."""
    port = answering(b'HTTP/1.1 400 Bad Request\r\nContent-Length: 7\r\n\r\n{"a":1}')
    with Client(port) as client:
        answer = client.send(spell("/", {}))
    assert (answer.status, answer.body) == (400, {"a": 1})
    assert answer.seconds > 0


def test_a_connection_that_closes_is_no_figure() -> None:
    """A server that hangs up before the answer is whole ends the benchmark."""
    with Client(answering(b"HTTP/1.1 200 OK\r\n")) as client, pytest.raises(ConnectionError, match="closed"):
        client.send(spell("/", {}))


@pytest.mark.parametrize(
    "refusal",
    [
        b'{"data": null, "errors": [{"message": "no"}]}',
        b'{"data": {"changePassword": {"__typename": "InvalidCredentials"}, "me": null}}',
    ],
)
def test_another_answer_is_no_figure(refusal: bytes) -> None:
    """A refusal is not timed as though it were the work.

    Planted: `_expect` gives what it finds; seen to fail.
    """
    signed_in = ok(b'{"data": {"signIn": {"accessToken": "token"}}}')
    with Client(answering(signed_in, ok(refusal))) as client, pytest.raises(Unexpected):
        User(client).change()
    with Client(answering(signed_in, ok(refusal))) as client:
        user = User(client)
        user.settle()
        with pytest.raises(Unexpected):
            user.read()


def test_a_new_connection_takes_the_place_of_the_old_one() -> None:
    """`reconnect` closes the connection and opens another."""
    with listen("127.0.0.1", 0) as listening, Client(listening.getsockname()[1]) as client:
        first, _ = listening.accept()
        client.reconnect()
        second, _ = listening.accept()
        with first, second:
            assert first.recv(1) == b""
            second.settimeout(0)
            with pytest.raises(BlockingIOError):
                second.recv(1)
