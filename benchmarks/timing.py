"""Whether the time of an answer tells whose name was tried.

Compares, at each public door of the password, over HTTP on loopback, one try at a time, each with a name and
a network that are used this once, what a refusal takes

- for users of every kind, among them such whose verifiers have older parameters, cheaper and dearer ones;
- and for `requestPasswordReset`, which refuses nobody, with mail servers up, slow, refusing and down;

with what it takes for a name that is nobody's. Kinds take turns in an order that is drawn anew each time. A
hash is lowered to about a millisecond, beside which any other difference shows the more.
"""

from __future__ import annotations

import random
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.change_password import OTHER_PASSWORD, Unexpected
from benchmarks.client import Client, spell
from benchmarks.mail_servers import DOWN, FAULTS, mail_that_is
from benchmarks.servers import serving
from benchmarks.strangers import CODES, ONE_SET, SEVERAL_SETS, WISHES, WRONG_CODE, fresh, populate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.strangers import Kind, Stranger

ROUNDS = 8
#: Tries of each kind in a round: 200 of each in all.
CALLS = 25
#: Tries of each kind that do not count: the server starts, and meets each document for the first time.
WARM_UP = 1
NEW = {"newPassword": OTHER_PASSWORD}


@dataclass(frozen=True)
class Door:
    """A mutation, as strangers try it.

    Attributes:
        name: as the table shows it.
        mutation: its field.
        answer: what it must answer.
        given: its input, for a stranger.
        kinds: who tries it; the first is who the others are held against.
        took: the seconds of each kind's tries.
    """

    name: str
    mutation: str
    answer: str
    given: Callable[[Stranger], dict[str, Any]]
    kinds: Sequence[Kind]
    took: dict[str, list[float]] = field(default_factory=dict)

    def try_it(self, port: int, stranger: Stranger) -> None:
        """Tries it once, over a connection of its own, which is not timed."""
        kind = self.mutation[0].upper() + self.mutation[1:]
        document = f"mutation ($input: {kind}Input!) {{ {self.mutation}(input: $input) {{ __typename }} }}"
        request = spell("/graphql", {"query": document, "variables": {"input": self.given(stranger)}})
        with Client(port, stranger.address) as client:
            answer = client.send(request)
        if answer.body.get("data") != {self.mutation: {"__typename": self.answer}}:
            raise Unexpected(answer.body)
        self.took.setdefault(stranger.kind.name, []).append(answer.seconds)


def _sign_in(who: Stranger) -> dict[str, Any]:
    return {"login": who.username, "password": who.kind.typed}


def _change(who: Stranger) -> dict[str, Any]:
    repeat = {"repeatNewPassword": OTHER_PASSWORD}
    return {"username": who.username, "oldPassword": who.kind.typed, **NEW, **repeat}


def _temporary(who: Stranger) -> dict[str, Any]:
    return {"emailAddress": who.email_address, "proof": {"temporaryPassword": who.kind.typed}, **NEW}


def _code(who: Stranger) -> dict[str, Any]:
    return {"emailAddress": who.email_address, "proof": {"code": WRONG_CODE}, **NEW}


def _wish(who: Stranger) -> dict[str, Any]:
    return {"emailAddress": who.email_address}


def _doors() -> dict[str, list[Door]]:
    """The doors that are tried, by what the mail server is."""
    wrong, dead = "InvalidCredentials", "InvalidToken"
    found = {mail: [_asking(mail)] for mail in (*FAULTS, DOWN)}
    found["up"] += [
        Door("signIn", "signIn", wrong, _sign_in, SEVERAL_SETS),
        Door("changeExpiredPassword", "changeExpiredPassword", wrong, _change, SEVERAL_SETS),
        Door("resetPassword, temporary", "resetPassword", dead, _temporary, SEVERAL_SETS),
        Door("resetPassword, code", "resetPassword", dead, _code, CODES),
    ]
    found[DOWN].append(Door("signIn, one set", "signIn", wrong, _sign_in, ONE_SET))
    return found


def _asking(mail: str) -> Door:
    name = f"requestPasswordReset, mail {mail}"
    return Door(name, "requestPasswordReset", "RequestPasswordResetSuccess", _wish, WISHES)


def measure(mail: str, doors: Sequence[Door], tries: int) -> None:
    """Tries all doors of one server in turn."""
    with TemporaryDirectory(prefix="rekey-benchmark-") as name, ExitStack() as stack:
        folder = Path(name)
        tried, network = [], 0
        for door in doors:
            tried.append(fresh(door.kinds, door.name.replace(", ", "-"), tries + WARM_UP, network))
            network += (tries + WARM_UP) * len(door.kinds)
        populate(folder, [who for rounds in tried for each in rounds for who in each])
        url = stack.enter_context(mail_that_is(mail, folder))
        port = stack.enter_context(serving("prepared", folder, url))
        for number in track(range(tries + WARM_UP), mail, console=Console(stderr=True), transient=True):
            if number == WARM_UP:
                for door in doors:
                    door.took.clear()
            turns = [
                partial(door.try_it, port, who)
                for door, rounds in zip(doors, tried, strict=True)
                for who in rounds[number]
            ]
            random.shuffle(turns)
            for turn in turns:
                turn()


def told_apart(these: Sequence[float], those: Sequence[float]) -> float:
    """How often one time of these is longer than one of those (the AUC): 0.5 is a coin."""
    longer = sum((one > other) + (one == other) / 2 for one in these for other in those)
    return longer / (len(these) * len(those))


def table(doors: Sequence[Door], tries: int) -> Table:
    """The figures of all doors."""
    caption = f"milliseconds: medians of {tries} tries; more: than the first; told apart: 0.5 is a coin"
    made = Table(title="Refusals, by whose name was tried", box=box.SIMPLE, caption=caption)
    made.add_column("where", no_wrap=True)
    made.add_column("who", no_wrap=True)
    for heading in ("ms", "ms more", "÷ the first", "told apart"):
        made.add_column(heading, justify="right", no_wrap=True)
    for door in doors:
        first = door.took[door.kinds[0].name]
        for kind in door.kinds:
            took = door.took[kind.name]
            made.add_row(
                door.name if took is first else "",
                kind.name,
                f"{1000 * median(took):.2f}",
                f"{1000 * (median(took) - median(first)):+.2f}",
                f"{median(took) / median(first):.3f}",
                f"{told_apart(took, first):.2f}",
                end_section=kind is door.kinds[-1],
            )
    return made


def run(rounds: int = ROUNDS, calls: int = CALLS) -> Table:
    """Measures and gives the table."""
    found = _doors()
    for mail, doors in found.items():
        measure(mail, doors, rounds * calls)
    return table([door for doors in found.values() for door in doors], rounds * calls)


if __name__ == "__main__":
    Console().print(run())
