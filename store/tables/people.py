"""Users, the names they sign in by, and the passwords they had."""

from sqlalchemy import Boolean, Column, Index, Integer, Table, Text, text

from store.columns import ByteText, Instant, JsonText, metadata, sequence_column, user_reference

#: The parameters in a verifier's text, `m=47104,t=1,p=1`: what stands between `$argon2id$v=19$` and salt and
#: tag (`credentials/phc.py`). Null for what is no such text; written out, so that the index is found.
VERIFIER_PARAMETERS = "(CASE WHEN length(verifier) > 82 THEN substr(verifier, 16, length(verifier) - 82) END)"

users = Table(
    "users",
    metadata,
    sequence_column("system_user_id"),
    Column("id", Text, nullable=False, unique=True),
    Column("username", Text, nullable=False),
    Column("email_address", Text, nullable=False),
    Column("full_name", Text),
    Column("locale", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("theme_dir", Text),
    Column("user_group_id", Integer),
    Column("is_admin", Boolean, nullable=False),
    Column("roles", JsonText, nullable=False),
    Column("permissions", JsonText, nullable=False),
    Column("permission_ids", JsonText, nullable=False),
    Column("preferences", JsonText, nullable=False),
    Column("properties", JsonText, nullable=False),
    Column("support_username", Text),
    Column("identity_source", Text, nullable=False),
    Column("is_disabled", Boolean, nullable=False),
    Column("locked_at", Instant),
    Column("epoch", Integer, nullable=False),
    Column("verifier", Text),
    Column("verifier_key", Text),
    Column("password_changed_at", Instant),
    Column("password_expires_at", Instant),
    Column("password_is_temporary", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    # Administrators are few: who they are is read with every change that could lose the last one.
    Index("ix_users_is_admin", "is_admin", sqlite_where=text("is_admin = 1")),
    # They are few: each is found by one search, however many users there are.
    Index("ix_users_verifier_parameters", text(VERIFIER_PARAMETERS)),
    sqlite_autoincrement=True,
)

login_names = Table(
    "login_names",
    metadata,
    Column("name_key", ByteText, primary_key=True),
    Column("skeleton", ByteText, nullable=False, unique=True),
    user_reference(deferred=True),
    Index("ix_login_names_user_id_name_key", "user_id", "name_key"),
    # A prefix is counted by this alone: the rows of names that are neighbours lie all over the table.
    Index("ix_login_names_name_key_user_id", "name_key", "user_id"),
)

password_history = Table(
    "password_history",
    metadata,
    sequence_column("sequence"),
    user_reference(),
    Column("verifier", Text, nullable=False),
    Column("verifier_key", Text, nullable=False),
    Index("ix_password_history_user_id", "user_id"),
    sqlite_autoincrement=True,
)
