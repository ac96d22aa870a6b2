"""Users, their login names, and what opens the door for them."""

from __future__ import annotations

from benchmarks.made_rows import AGENT, DAY, HOUR, SPELLINGS, STRIDE, Given, Rows, Spelling


def user_rows(dialect: str, given: Given) -> list[Rows]:
    """Users, all with one real verifier, so that any of them can sign in; names, and a session for each."""
    spelt = SPELLINGS[dialect]
    return [_users(spelt, given), *_names(), *_access(spelt, given)]


def _users(spelt: Spelling, given: Given) -> Rows:
    name = f"'user' || {spelt.digits.format(number=f'(n * {STRIDE} % {given.size})')}"
    created = f"{given.now - 365 * DAY} + n"
    columns = {
        **dict.fromkeys(("permissions", "permission_ids", "preferences", "properties"), "'{}'"),
        **dict.fromkeys(("is_admin", "is_disabled", "password_is_temporary"), "FALSE"),
        "id": spelt.id,
        "username": name,
        "email_address": f"{name} || '@example.org'",
        "full_name": "'Mary Magdalene Smith'",
        "locale": "'en_US'",
        "time_zone": "'Europe/Paris'",
        "roles": """'["USER"]'""",
        "identity_source": "'LOCAL'",
        "epoch": "1",
        "verifier": f"'{given.verifier.phc}'",
        "verifier_key": f"'{given.verifier.key_id}'",
        "password_changed_at": created,
        "created_at": created,
    }
    return Rows("users", columns)


def _names() -> list[Rows]:
    return [
        Rows("login_names", {"name_key": name, "skeleton": name, "user_id": "u.id"})
        for name in ("u.username", "u.email_address")
    ]


def _access(spelt: Spelling, given: Given) -> list[Rows]:
    """A session within its week, the network it came from; every tenth failed once, every hundredth asked."""
    ago = f"u.system_user_id * 1000003 % {7 * DAY - HOUR}"
    begun = f"{given.now} - {ago}"
    over = f"{given.now + 2 * HOUR} + u.system_user_id % {20 * HOUR}"
    session = {
        "id": spelt.id,
        "user_id": "u.id",
        "epoch": "1",
        "refresh_n": "3",
        "refreshed_at": begun,
        "created_at": begun,
        "expires_at": f"{given.now + 7 * DAY} - {ago}",
        "address": "'192.0.2.' || u.system_user_id % 250",
        "user_agent": f"'{AGENT}'",
    }
    attempt = {
        **dict.fromkeys(("key", "subject", "network"), spelt.digest),
        "taken": "1",
        "started_at": begun,
        "last_at": begun,
        "waits_until": "0",
        "kept_until": over,
    }
    secret = {
        **dict.fromkeys(("lookup", "token_digest", "code_digest"), spelt.digest),
        "id": spelt.id,
        "user_id": "u.id",
        "epoch": "1",
        "digest_key": "u.verifier_key",
        "code_failures": "0",
        "created_at": begun,
        "expires_at": over,
        "spent_at": begun,
    }
    return [
        Rows("sessions", session),
        Rows("known_networks", {"digest": spelt.digest, "user_id": "u.id", "seen_at": begun}),
        Rows("attempts", attempt, every=10),
        Rows("one_time_secrets", secret, every=100),
    ]
