"""How a password comes to a command: never as an argument, which every user of the machine could read."""

from __future__ import annotations

import sys

from typer import prompt

from credentials.secret import Secret
from server.cli.answering import Refused

#: Bytes: four times what any password may have (1,024), so that the policy can say what is wrong with it.
MOST_BYTES = 4096


def ask_password() -> Secret:
    """Asks for a password twice, unseen, on standard error; asks again where the two differ."""
    return Secret(prompt("Password", hide_input=True, confirmation_prompt=True, err=True))


def read_password() -> Secret:
    """Takes a password from standard input; asks for it on a terminal.

    One final newline is dropped: `echo` and most editors write it.

    Raises:
        Refused: there are more lines, or it is no text.
    """
    if sys.stdin.isatty():
        return ask_password()
    data = sys.stdin.buffer.read(MOST_BYTES + 1).removesuffix(b"\n").removesuffix(b"\r")
    if len(data) > MOST_BYTES or b"\n" in data:
        message = "Standard input must hold the password alone, on one line."
        raise Refused(message, "INVALID_INPUT")
    try:
        return Secret(data.decode())
    except UnicodeDecodeError:
        reason = "The password on standard input is not UTF-8 text."
    # Outside the handler: the error holds the bytes.
    raise Refused(reason, "INVALID_INPUT")
