"""What names a root key at rest."""

from enum import StrEnum


class KeyUse(StrEnum):
    """What names a root key, by the words of the command line."""

    PASSWORDS = "passwords"
    FORMER_PASSWORDS = "formerPasswords"
    API_KEYS = "apiKeys"
    RESET_SECRETS = "resetSecrets"
    ACTIVATION_CODES = "activationCodes"
    XMPP_PASSWORDS = "xmppPasswords"
    WISHES = "wishes"
    SIGNING_KEYS = "signingKeys"
    AUDIT = "audit"
