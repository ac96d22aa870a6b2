"""Every table, by name."""

from store.tables.access import api_keys, attempts, one_time_secrets, sessions
from store.tables.installation import installation, signing_keys
from store.tables.machines import systems, xmpp_accounts
from store.tables.outbox import effects, events, wishes
from store.tables.people import login_names, password_history, users

__all__ = [
    "api_keys",
    "attempts",
    "effects",
    "events",
    "installation",
    "login_names",
    "one_time_secrets",
    "password_history",
    "sessions",
    "signing_keys",
    "systems",
    "users",
    "wishes",
    "xmpp_accounts",
]
