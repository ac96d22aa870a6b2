"""The words that rows hold: roles, states, and kinds of what happened and of what is told."""

from enum import StrEnum


class Role(StrEnum):
    """What a user or an API key may do."""

    ADMIN = "ADMIN"
    USER = "USER"
    GUEST = "GUEST"


class IdentitySource(StrEnum):
    """Who proves a user: Rekey itself, or a provider elsewhere."""

    LOCAL = "LOCAL"
    SAML = "SAML"
    LDAP = "LDAP"
    OIDC = "OIDC"


class SystemStatus(StrEnum):
    """Where a system stands between a reset and its confirmation."""

    CREATED = "CREATED"
    ACTIVATING = "ACTIVATING"
    ACTIVATED = "ACTIVATED"


class ChatAccountKind(StrEnum):
    """Which of a user's two XMPP accounts."""

    IM = "IM"
    TEL = "TEL"


class ChannelName(StrEnum):
    """What carries effects out."""

    MAIL = "mail"
    XMPP = "xmpp"
    WEBHOOK = "webhook"


class EffectKind(StrEnum):
    """What the relay has to carry out (`DeliveryKind` in the API)."""

    MAIL_RESET = "MAIL_RESET"
    MAIL_NOTICE = "MAIL_NOTICE"
    XMPP_PASSWORD = "XMPP_PASSWORD"  # noqa: S105  a kind of effect, not a password
    XMPP_NOTICE = "XMPP_NOTICE"
    XMPP_DISCONNECT = "XMPP_DISCONNECT"
    WEBHOOK = "WEBHOOK"

    @property
    def channel(self) -> ChannelName:
        """What carries it out: its first word."""
        return ChannelName[self.partition("_")[0]]


class EffectState(StrEnum):
    """How far an effect has come (`DeliveryState` in the API)."""

    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"


class EventKind(StrEnum):
    """What happened to a credential (`CredentialEventKind` in the API)."""

    PASSWORD_CHANGED = "PASSWORD_CHANGED"  # noqa: S105  a kind of event, not a password
    PASSWORD_RESET = "PASSWORD_RESET"  # noqa: S105  the same
    PASSWORD_RESET_BY_ADMIN = "PASSWORD_RESET_BY_ADMIN"  # noqa: S105  the same
    RESET_REQUESTED = "RESET_REQUESTED"
    SIGNED_IN = "SIGNED_IN"
    SIGN_IN_FAILED = "SIGN_IN_FAILED"
    SIGNED_OUT = "SIGNED_OUT"
    SESSION_REVOKED = "SESSION_REVOKED"
    SYSTEM_RESET = "SYSTEM_RESET"
    SYSTEM_ACTIVATING = "SYSTEM_ACTIVATING"
    SYSTEM_ACTIVATED = "SYSTEM_ACTIVATED"
    USER_CREATED = "USER_CREATED"
    USER_UPDATED = "USER_UPDATED"
    USER_DELETED = "USER_DELETED"
    SYSTEM_CREATED = "SYSTEM_CREATED"
    SYSTEM_DELETED = "SYSTEM_DELETED"
    API_KEY_CREATED = "API_KEY_CREATED"
    API_KEY_REVOKED = "API_KEY_REVOKED"


class LetterName(StrEnum):
    """Which letter a MAIL_NOTICE is."""

    PASSWORD_CHANGED = "PASSWORD_CHANGED"  # noqa: S105  the name of a letter
    PASSWORD_RESET = "PASSWORD_RESET"  # noqa: S105  the same
    PASSWORD_RESET_BY_ADMIN = "PASSWORD_RESET_BY_ADMIN"  # noqa: S105  the same
    ADDRESS_CHANGED = "ADDRESS_CHANGED"
    ACCOUNT_DISABLED = "ACCOUNT_DISABLED"
    ACCOUNT_DELETED = "ACCOUNT_DELETED"
    SESSIONS_REVOKED = "SESSIONS_REVOKED"
    ADMINISTRATOR_NOTICE = "ADMINISTRATOR_NOTICE"
