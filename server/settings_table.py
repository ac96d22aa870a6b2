"""Every setting: its name, its default as an operator would write it, and how it is read.

docs/settings.md says what each one means; a bound that no standard gives has its reason beside it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from credentials.hash_parameters import OWASP_MINIMUM
from server.settings_parsing import (
    boolean,
    choice,
    domain,
    duration,
    existing_file,
    header_name,
    integer,
    networks,
    optional,
    path,
    sender,
)
from server.settings_urls import base_url, database_url, listen, mail_url, origins, page_url, xmpp_url

Value_co = TypeVar("Value_co", covariant=True)


@dataclass(frozen=True)
class Setting(Generic[Value_co]):
    """One setting.

    Attributes:
        name: the environment variable.
        default: its value where none is given; `{data_dir}`, `{public_url}` and `{cores}` are filled in.
        parse: reads the text; raises ValueError with the end of a sentence that starts with the name.
        secret: whether the value may come from the file that `…_FILE` names.
    """

    name: str
    default: str
    parse: Callable[[str], Value_co]
    secret: bool = False

    @property
    def field(self) -> str:
        """The name in lower case, without the prefix."""
        return self.name.removeprefix("REKEY_").lower()


DATA_DIR = Setting("REKEY_DATA_DIR", "./var", path)
PUBLIC_URL = Setting("REKEY_PUBLIC_URL", "http://127.0.0.1:8000", base_url)
RESET_PAGE_URL = Setting("REKEY_RESET_PAGE_URL", "{public_url}/reset-password", page_url)
MAIL_FROM = Setting("REKEY_MAIL_FROM", "Rekey <no-reply@localhost>", sender)
TRUSTED_PROXIES = Setting("REKEY_TRUSTED_PROXIES", "none", networks)

# SP 800-63B-4, 4.2.1.2: a recovery code that was mailed lives 24 hours at most.
RECOVERY = duration("1s", "24h")
# The least memory of any setting that OWASP allows; the most is RFC 9106's (3.1).
MEMORY_KIB = integer(min(memory for memory, _ in OWASP_MINIMUM), 2**32 - 1)
# 64 passes over OWASP's smallest memory take about a second: more is a slip of the finger.
TIME_COST = integer(1, 64)
# Lanes are threads of one hash; machines with more than 64 cores hash in parallel by REKEY_HASH_WORKERS.
LANES = integer(1, 64)

PLAIN: tuple[Setting[object], ...] = (
    DATA_DIR,
    Setting("REKEY_ROOT_KEY_FILE", "{data_dir}/root.key", path),
    Setting("REKEY_DATABASE_URL", "sqlite:///{data_dir}/rekey.db", database_url, secret=True),
    PUBLIC_URL,
    RESET_PAGE_URL,
    Setting("REKEY_EXTERNAL_HELP_URL", "none", optional(page_url)),
    Setting("REKEY_MAIL_URL", "dir:{data_dir}/mail", mail_url, secret=True),
    MAIL_FROM,
    Setting("REKEY_XMPP_URL", "none", optional(xmpp_url), secret=True),
    Setting("REKEY_XMPP_DOMAIN", "localhost", domain),
    Setting("REKEY_XMPP_ACTIVATION_CODE", "true", boolean),
    Setting("REKEY_WEBHOOKS_FILE", "none", optional(existing_file)),
    # As many threads as cores are best; 1,024 is beyond any machine, so that a slip is seen.
    Setting("REKEY_HASH_WORKERS", "{cores}", integer(1, 1024)),
    # After 60 seconds of silence common reverse proxies give up by themselves.
    Setting("REKEY_HASH_MAX_WAIT", "5s", duration("1s", "60s")),
    # SP 800-63B-4, 2.1.3 recommends a sign-in every 30 days at AAL1; beyond a year there would be none. An
    # access token is read against its session at every request, so a day is no loss.
    Setting("REKEY_ACCESS_TOKEN_TTL", "15m", duration("1s", "24h")),
    Setting("REKEY_REFRESH_TOKEN_TTL", "7d", duration("1s", "365d")),
    Setting("REKEY_SESSION_TTL", "30d", duration("1s", "365d")),
    Setting("REKEY_RESET_TOKEN_TTL", "60m", RECOVERY),
    Setting("REKEY_TEMPORARY_PASSWORD_TTL", "24h", RECOVERY),
    Setting("REKEY_ACTIVATION_CODE_TTL", "24h", RECOVERY),
    # 16 digits are what a person still types from a card.
    Setting("REKEY_ACTIVATION_CODE_DIGITS", "4", integer(4, 16)),
    # A thousand guesses a day would try a ninth of the 9,000 codes of four digits.
    Setting("REKEY_ACTIVATION_BUDGET", "100", integer(1, 1000)),
    Setting("REKEY_ADMIN_MAY_SET_PASSWORD", "true", boolean),
    # SP 800-63B-4, 2.2.3: 24 hours is the longest between two sign-ins at AAL2.
    Setting("REKEY_ADMIN_REAUTH_AGE", "15m", duration("1s", "24h")),
    Setting("REKEY_REQUIRE_API_KEY", "false", boolean),
    TRUSTED_PROXIES,
    Setting("REKEY_FORWARDED_HEADER", "X-Forwarded-For", header_name),
    Setting("REKEY_CORS_ORIGINS", "none", origins),
    # Deliveries name their lines, and are kept for thirty days; ten years are as good as none.
    Setting("REKEY_AUDIT_RETENTION", "none", optional(duration("30d", "3650d"))),
    Setting("REKEY_LOG_LEVEL", "info", choice("debug", "info", "warning", "error")),
    Setting("REKEY_RELAY", "true", boolean),
    Setting("REKEY_METRICS_LISTEN", "off", optional(listen)),
    Setting("REKEY_PRODUCTION", "false", boolean),
    Setting("REKEY_TRUSTED_DOCUMENTS", "none", optional(existing_file)),
)

# The fields of credentials.hashing.HashParameters.
ARGON2: tuple[Setting[object], ...] = (
    Setting("REKEY_ARGON2_MEMORY_KIB", "47104", MEMORY_KIB),
    Setting("REKEY_ARGON2_TIME_COST", "1", TIME_COST),
    Setting("REKEY_ARGON2_PARALLELISM", "1", LANES),
)

# The fields of credentials.policy.PasswordPolicy.
PASSWORD: tuple[Setting[object], ...] = (
    # SP 800-63B-4, 3.1.1.2: at least 8 characters always, 15 where the password is the only factor, and 64
    # must be accepted; 256 code points are what the service takes at most.
    Setting("REKEY_PASSWORD_MIN_LENGTH", "15", integer(8, 256)),
    Setting("REKEY_PASSWORD_MAX_LENGTH", "256", integer(64, 256)),
    Setting("REKEY_PASSWORD_BLOCKLIST", "true", boolean),
    # Each kept verifier is one more hash at every change; 24 is the longest history in common use.
    Setting("REKEY_PASSWORD_HISTORY_SIZE", "0", integer(0, 24)),
    # Ten years are as good as none.
    Setting("REKEY_PASSWORD_MAX_AGE_DAYS", "none", optional(integer(1, 3650))),
    Setting("REKEY_PASSWORD_MIN_GUESSABILITY", "3", integer(0, 4)),  # zxcvbn's scores
    Setting("REKEY_PASSWORD_REQUIRE_LOWER", "false", boolean),
    Setting("REKEY_PASSWORD_REQUIRE_UPPER", "false", boolean),
    Setting("REKEY_PASSWORD_REQUIRE_DIGIT", "false", boolean),
    Setting("REKEY_PASSWORD_REQUIRE_SPECIAL", "false", boolean),
)

ALL: tuple[Setting[object], ...] = (*PLAIN, *ARGON2, *PASSWORD)
