"""What settings may not be together: always, in development, in production.

A rule is a condition that must not hold and the line that says what to do.
"""

import os
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from credentials.hashing import below_owasp_minimum
from server.settings_parsing import BadSettings
from server.settings_table import MAIL_FROM, RESET_PAGE_URL, TRUSTED_PROXIES
from server.settings_urls import is_encrypted, is_loopback, url_scheme

if TYPE_CHECKING:
    from server.settings import Settings

KIB = 1024


class Rule(NamedTuple):
    """A condition on the settings, and on the names that were stated, that stops the start."""

    broken: Callable[["Settings", Collection[str]], bool]
    line: str


ALWAYS = (
    Rule(
        lambda s, _: s.password_policy.min_length > s.password_policy.max_length,
        "REKEY_PASSWORD_MIN_LENGTH must not be above REKEY_PASSWORD_MAX_LENGTH.",
    ),
    Rule(
        lambda s, _: s.access_token_ttl > s.refresh_token_ttl,
        "REKEY_ACCESS_TOKEN_TTL must not be above REKEY_REFRESH_TOKEN_TTL.",
    ),
    Rule(
        lambda s, _: s.refresh_token_ttl > s.session_ttl,
        "REKEY_REFRESH_TOKEN_TTL must not be above REKEY_SESSION_TTL.",
    ),
    Rule(
        lambda s, stated: s.require_api_key and RESET_PAGE_URL.name not in stated,
        "REKEY_REQUIRE_API_KEY switches the hosted reset page off; set REKEY_RESET_PAGE_URL to your own.",
    ),
)

DEVELOPMENT = (
    Rule(
        lambda s, _: not is_loopback(_host(s.public_url)),
        "REKEY_PUBLIC_URL must be on 127.0.0.1, ::1 or localhost; set REKEY_PRODUCTION=true to serve others.",
    ),
    Rule(
        lambda s, _: s.metrics_listen is not None and not is_loopback(s.metrics_listen.host),
        "REKEY_METRICS_LISTEN must be on 127.0.0.1, ::1 or localhost outside production.",
    ),
)

PRODUCTION = (
    Rule(
        lambda s, _: not s.data_dir.is_absolute(),
        "REKEY_DATA_DIR must be an absolute path in production.",
    ),
    Rule(
        lambda s, _: not s.public_url.startswith("https://"),
        "REKEY_PUBLIC_URL must start with https:// in production.",
    ),
    Rule(
        lambda s, _: not s.reset_page_url.startswith("https://"),
        "REKEY_RESET_PAGE_URL must start with https:// in production: it gets the reset token.",
    ),
    Rule(
        lambda s, _: url_scheme(s.mail_url) == "dir",
        "REKEY_MAIL_URL must be smtp:// or smtps:// in production; dir: only writes files.",
    ),
    Rule(
        lambda s, _: not is_encrypted(s.mail_url),
        "REKEY_MAIL_URL must not say starttls=none in production; write starttls=required.",
    ),
    Rule(
        lambda s, _: s.mail_from == MAIL_FROM.default,
        "REKEY_MAIL_FROM must be set in production, to an address of your own.",
    ),
    Rule(
        lambda s, _: s.xmpp_url is not None and not is_encrypted(s.xmpp_url),
        "REKEY_XMPP_URL must not say starttls=none in production; write starttls=required.",
    ),
    Rule(
        lambda s, _: s.log_level == "debug",
        "REKEY_LOG_LEVEL must not be debug in production; info says enough.",
    ),
    Rule(
        lambda _, stated: TRUSTED_PROXIES.name not in stated,
        "REKEY_TRUSTED_PROXIES must be set in production: your proxies' networks, or none.",
    ),
)


def check(settings: "Settings", stated: Collection[str]) -> None:
    """Checks every rule that holds for these settings; `stated` are the names that were not left to defaults.

    Raises:
        BadSettings: the first rule that is broken.
    """
    for line in broken_rules(settings, stated):
        raise BadSettings(line)


def broken_rules(settings: "Settings", stated: Collection[str]) -> Iterator[str]:
    """Gives the line of every rule that these settings break."""
    if reason := below_owasp_minimum(settings.hashing):
        yield f"REKEY_ARGON2_MEMORY_KIB, REKEY_ARGON2_TIME_COST: {reason}"
    for rule in (*ALWAYS, *(PRODUCTION if settings.production else DEVELOPMENT)):
        if rule.broken(settings, stated):
            yield rule.line
    try:
        check_memory(settings)
    except BadSettings as fault:
        yield str(fault)


def check_memory(settings: "Settings", processes: int = 1, machine_bytes: int | None = None) -> None:
    """Checks that the hashing threads of all processes fit the machine's memory, by default as the OS tells.

    Raises:
        BadSettings: they do not; the line shows the arithmetic.
    """
    available = machine_bytes or machine_memory()
    needed = processes * settings.hash_workers * settings.hashing.memory_kib * KIB
    if needed > available:
        msg = (
            f"REKEY_HASH_WORKERS: {processes} process(es) x {settings.hash_workers} threads x "
            f"{settings.hashing.memory_kib} KiB = {needed // KIB**2} MiB is more than this machine's "
            f"{available // KIB**2} MiB; lower it, or REKEY_ARGON2_MEMORY_KIB."
        )
        raise BadSettings(msg)


def machine_memory(limit: Path = Path("/sys/fs/cgroup/memory.max")) -> int:
    """Gives the bytes of memory that this process may have: the machine's, or its container's where less.

    Args:
        limit: the container's, of Linux's control groups (version 2): a number, or `max`.
    """
    physical = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    text = limit.read_text().strip() if limit.exists() else ""
    return min(physical, int(text)) if text.isdecimal() else physical


def check_listen(settings: "Settings", host: str) -> None:
    """Checks the host to serve on: outside production only loopback.

    Raises:
        BadSettings: another machine could reach it.
    """
    if not settings.production and not is_loopback(host):
        msg = "--host must be 127.0.0.1, ::1 or localhost; set REKEY_PRODUCTION=true to serve others."
        raise BadSettings(msg)


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
