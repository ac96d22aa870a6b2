"""The settings of one process, read once at its start: the only room that sees the environment."""

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

from credentials.hashing import HashParameters
from credentials.policy import PasswordPolicy
from credentials.secret import Secret
from server.settings_parsing import BadSettings, Network
from server.settings_rules import check, check_listen, check_memory
from server.settings_sources import gather
from server.settings_table import ARGON2, DATA_DIR, PASSWORD, PLAIN, PUBLIC_URL, Setting
from server.settings_urls import Listen

__all__ = ["BadSettings", "Settings", "check_listen", "check_memory", "load", "read"]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What docs/settings.md says, one field for each name; the URLs that can carry a password are secrets."""

    data_dir: Path
    root_key_file: Path
    database_url: Secret
    public_url: str  # no slash at its end
    reset_page_url: str
    external_help_url: str | None
    mail_url: Secret
    mail_from: str
    xmpp_url: Secret | None
    xmpp_domain: str
    xmpp_activation_code: bool
    webhooks_file: Path | None
    hashing: HashParameters
    hash_workers: int
    hash_max_wait: timedelta
    access_token_ttl: timedelta
    refresh_token_ttl: timedelta
    session_ttl: timedelta
    reset_token_ttl: timedelta
    temporary_password_ttl: timedelta
    activation_code_ttl: timedelta
    activation_code_digits: int
    activation_budget: int
    password_policy: PasswordPolicy
    admin_may_set_password: bool
    admin_reauth_age: timedelta
    require_api_key: bool
    trusted_proxies: tuple[Network, ...]
    forwarded_header: str
    cors_origins: tuple[str, ...]
    audit_retention: timedelta | None
    log_level: str  # debug, info, warning or error
    relay: bool
    metrics_listen: Listen | None
    production: bool
    trusted_documents: Path | None


def load(environment: Mapping[str, str] | None = None, dotenv: Path | None = Path(".env")) -> Settings:
    """Reads and checks all settings.

    Args:
        environment: stands for the process's own environment; its values win over those of the file.
        dotenv: a file of NAME=value lines, which need not exist; None reads none.

    Raises:
        BadSettings: a name is unknown, or a value malformed or unsafe: one line that names the setting and
            says what to do, and shows no value.
    """
    settings, stated = read(environment, dotenv)
    check(settings, stated)
    return settings


def read(
    environment: Mapping[str, str] | None = None,
    dotenv: Path | None = Path(".env"),
    instead: Mapping[str, str] = MappingProxyType({}),
) -> tuple[Settings, Collection[str]]:
    """Reads all settings without checking what they are together; gives the names that were stated, too.

    Args:
        environment: as for `load`.
        dotenv: as for `load`.
        instead: texts of settings that take the place of others.

    Raises:
        BadSettings: a name is unknown, or a value malformed.
    """
    texts = gather(os.environ if environment is None else environment, dotenv) | dict(instead)
    fill = {"cores": str(os.cpu_count() or 1)}
    fill["data_dir"] = str(_read(DATA_DIR, texts, fill))
    fill["public_url"] = str(_read(PUBLIC_URL, texts, fill))

    def fields_of(settings: tuple[Setting[object], ...], prefix: str = "") -> dict[str, Any]:
        return {each.field.removeprefix(prefix): _read(each, texts, fill) for each in settings}

    settings = Settings(
        **fields_of(PLAIN),
        hashing=HashParameters(**fields_of(ARGON2, "argon2_")),
        password_policy=PasswordPolicy(**fields_of(PASSWORD, "password_")),
    )
    return settings, texts.keys()


def _read(setting: Setting[object], texts: Mapping[str, str], fill: Mapping[str, str]) -> object:
    text = texts.get(setting.name, setting.default.format_map(fill))
    try:
        return setting.parse(text.strip())
    except ValueError as error:
        msg = f"{setting.name} {error}."
    # Outside the handler, so that no trace shows the text.
    raise BadSettings(msg)
