"""The rooms below are opened with the operator's settings: the one place that knows them all."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import structlog

from credentials.arena import NoArena
from credentials.deadline import Deadline
from credentials.digests import Digests
from credentials.hashing import HashingEngine
from credentials.key_schedule import KeySchedule
from credentials.refresh_tokens import RefreshTokens
from credentials.tokens import AccessTokens
from credentials.vault import Vault
from resolvers.feed import Feed
from resolvers.known_keys import Keyroom, KnownKeys
from resolvers.services import Rules, Services
from server.blocklists import open_policy
from server.installation import open_installation
from server.root_key_changes import RootKeyFile
from server.settings_parsing import BadSettings
from server.settings_urls import xmpp_user

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from credentials.chance import Chance
    from server.installation import Opened
    from server.settings import Settings


_log = structlog.get_logger()


@asynccontextmanager
async def open_services(
    settings: Settings, chance: Chance, *, may_found: bool = False
) -> AsyncIterator[Services]:
    """The use cases' services on the installation that `prepare` made ready."""
    async with open_installation(settings, chance, may_found=may_found) as opened:
        services = _compose(settings, chance, opened)
        try:
            yield services
        finally:
            services.hashing.close()


def _compose(settings: Settings, chance: Chance, opened: Opened) -> Services:
    digests = Digests(opened.ring)
    hashing = _hashing(settings, chance, opened)
    url = settings.public_url
    schedule = KeySchedule(opened.signing_keys, settings.access_token_ttl)
    tokens, vault = AccessTokens(url, url, schedule, chance), Vault(opened.ring, chance)
    room = Keyroom(opened.store, opened.ring, vault, tokens, settings.access_token_ttl)
    return Services(
        store=opened.store,
        hashing=hashing,
        deadline=Deadline(hashing, opened.ring, chance),
        policy=open_policy(settings),
        access_tokens=tokens,
        refresh_tokens=RefreshTokens(digests),
        digests=digests,
        vault=vault,
        chance=chance,
        rules=_rules(settings),
        feed=Feed(opened.store, chance),
        keys=KnownKeys(room, chance, RootKeyFile(settings.root_key_file, opened.ring).look),
    )


def _hashing(settings: Settings, chance: Chance, opened: Opened) -> HashingEngine:
    try:
        return HashingEngine(
            opened.ring,
            settings.hashing,
            workers=settings.hash_workers,
            max_wait=settings.hash_max_wait.total_seconds(),
            chance=chance,
            alarm=_alarm,
        )
    except NoArena as fault:
        msg = f"REKEY_ARGON2_MEMORY_KIB: {fault} Lower it."
    raise BadSettings(msg)


def _alarm(reason: str) -> None:
    _log.error("hashing.alarm", reason=reason)


def _rules(settings: Settings) -> Rules:
    return Rules(
        access_token_ttl=settings.access_token_ttl,
        refresh_token_ttl=settings.refresh_token_ttl,
        session_ttl=settings.session_ttl,
        reset_token_ttl=settings.reset_token_ttl,
        temporary_password_ttl=settings.temporary_password_ttl,
        activation_code_ttl=settings.activation_code_ttl,
        activation_code_digits=settings.activation_code_digits,
        activation_budget=settings.activation_budget,
        admin_may_set_password=settings.admin_may_set_password,
        admin_reauth_age=settings.admin_reauth_age,
        require_api_key=settings.require_api_key,
        xmpp_domain=settings.xmpp_domain,
        xmpp_activation_code=settings.xmpp_activation_code,
        audit_retention=settings.audit_retention,
        reserved_jids=frozenset() if settings.xmpp_url is None else frozenset({xmpp_user(settings.xmpp_url)}),
    )


def refuse_what_is_not_there(settings: Settings) -> None:
    """Stops the start where a setting asks for something that this version does not do.

    Raises:
        BadSettings: such a setting is set; ignoring it would be unsafe.
    """
    asked = {
        "REKEY_METRICS_LISTEN": settings.metrics_listen,
    }
    for name, value in asked.items():
        if value is not None:
            msg = f"{name} is not supported by this version; unset it."
            raise BadSettings(msg)
