"""How long a mail server is waited for, and how many connections it gets."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SmtpLimits:
    """Seconds, and a number of connections.

    RFC 5321 4.5.3.2 would have a client wait for minutes. The effect's lease is one minute, after which
    another relay may send the same mail; so everything here is done, or given up, well before.

    Attributes:
        answer: for a connection, for TLS, and for each answer. A server that greets or checks mails slowly on
            purpose takes up to ten.
        opening: for a connection that is ready for mails: greeting, TLS, login.
        whole: for a delivery, with its wait for a connection.
        idle: how long an unused connection is kept; servers close theirs after minutes.
        leaving: for the answer to QUIT.
        connections: at once. Exim takes 20 in all by default, Postfix 50 from one client, and others fewer:
            they refuse the next one, whose mail then waits.
    """

    answer: float = 15
    opening: float = 25
    whole: float = 40
    idle: float = 20
    leaving: float = 2
    connections: int = 8
