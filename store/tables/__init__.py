"""Every table, by name.

An index of some rows says which as SQLite spells it. To say it in PostgreSQL's way, as the migrations do,
would load that dialect for everybody: 2 MiB.
"""

from store.tables.access import api_keys, attempts, known_networks, one_time_secrets, sessions
from store.tables.audit import event_checkpoint, event_seal, events
from store.tables.installation import installation, signing_keys
from store.tables.machines import systems, xmpp_accounts
from store.tables.outbox import channels, effects, wishes
from store.tables.people import login_names, password_history, users

__all__ = [
    "api_keys",
    "attempts",
    "channels",
    "effects",
    "event_checkpoint",
    "event_seal",
    "events",
    "installation",
    "known_networks",
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
