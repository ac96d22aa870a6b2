"""Chat accounts and systems, the audit, and mails that were sent."""

from __future__ import annotations

from benchmarks.made_rows import AGENT, DAY, SPELLINGS, Given, Rows, Spelling


def history_rows(dialect: str, given: Given) -> list[Rows]:
    """Two chat accounts, three lines of the audit and one mail a user."""
    spelt = SPELLINGS[dialect]
    return [*_machines(spelt), *_events(spelt, given), _effects(spelt, given)]


def _machines(spelt: Spelling) -> list[Rows]:
    """Two chat accounts; an activated system for a hundred users."""
    account = {"sealed": spelt.sealed, "sealed_key": "u.verifier_key", "holds_code": "FALSE"}
    accounts = [
        Rows(
            "xmpp_accounts",
            {
                **account,
                "user_id": "u.id",
                "kind": f"'{kind}'",
                "jid": f"u.username || '.{kind.lower()}@localhost'",
            },
        )
        for kind in ("IM", "TEL")
    ]
    # A system is told from others by the user beside whom it was made.
    system = {
        "id": "'s' || substr(u.id, 2)",
        "name": "'exchange of ' || u.username",
        "status": "'ACTIVATED'",
        "pbx_id": "'PBX-' || u.username || '-AAAA'",
        "epoch": "4",
        "code_failures": "0",
        "status_updated_at": "u.created_at",
        "created_at": "u.created_at",
    }
    agent = {
        "system_id": "'s' || substr(u.id, 2)",
        "kind": "'PBXAGENT'",
        "jid": "'pbxagent-s' || substr(u.id, 2) || '@localhost'",
    }
    return [
        *accounts,
        Rows("systems", system, every=100),
        Rows("xmpp_accounts", {**account, **agent}, every=100),
    ]


def _events(spelt: Spelling, given: Given) -> list[Rows]:
    """Made, and signed in twice: all were made before anyone signed in, so that one's lines lie apart."""
    return [
        Rows(
            "events",
            {
                "id": spelt.id,
                "at": "u.created_at",
                "kind": f"'{kind}'",
                "success": "TRUE",
                "actor": "'user:' || u.id",
                "user_id": "u.id",
                "request_id": "'r' || substr(u.id, 2)",
                "address": "'192.0.2.' || u.system_user_id % 250",
                "user_agent": f"'{AGENT}'",
                "counted": "1",
                "digest": spelt.digest,
                "digest_key": "u.verifier_key",
                "position": f"{turn * given.size} + u.system_user_id",
            },
        )
        for turn, kind in enumerate(("USER_CREATED", "SIGNED_IN", "SIGNED_IN"))
    ]


def _effects(spelt: Spelling, given: Given) -> Rows:
    """A mail of the last thirty days, all of them delivered."""
    at = f"{given.now - 29 * DAY} + u.system_user_id * 1000003 % {28 * DAY}"
    details = (
        """'{"letter":"PASSWORD_CHANGED","to":"' || u.email_address || '","fullName":"' || u.full_name || """
        """'","locale":"en_US","at":"2026-01-01T12:00:00.000000+00:00","address":"192.0.2.1"}'"""
    )
    columns = {
        "id": spelt.id,
        "kind": "'MAIL_NOTICE'",
        "channel": "'mail'",
        "state": "'DELIVERED'",
        "subject": "'mail:' || u.id",
        "target": "u.id",
        "user_id": "u.id",
        "details": details,
        "attempts": "1",
        "created_at": at,
        "due_at": at,
        "settled_at": f"{at} + 1000000",
        "progress": "'{}'",
    }
    return Rows("effects", columns)
