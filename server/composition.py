"""The rooms below are opened with the operator's settings: the one place that knows them all."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from credentials.digests import Digests
from credentials.hashing import HashingEngine
from credentials.kinds import EffectKind
from credentials.policy import PolicyChecker
from credentials.refresh_tokens import RefreshTokens
from credentials.tokens import AccessTokens
from credentials.vault import Vault
from delivery.addresses import BadSender, read_sender
from delivery.mail import BadMailUrl, open_mail
from delivery.post import Post
from delivery.relay import Relay
from delivery.reset_mail import ResetMail
from delivery.templates import check_templates
from resolvers.services import Rules, Services
from server.installation import open_installation
from server.settings_parsing import BadSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from credentials.chance import Chance
    from delivery.mail import Mail
    from server.installation import Opened
    from server.settings import Settings


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
    newest, *_ = opened.signing_keys
    hashing = HashingEngine(
        opened.ring,
        settings.hashing,
        workers=settings.hash_workers,
        max_wait=settings.hash_max_wait.total_seconds(),
        chance=chance,
    )
    url = settings.public_url
    return Services(
        store=opened.store,
        hashing=hashing,
        policy=PolicyChecker(settings.password_policy),
        access_tokens=AccessTokens(url, url, newest, opened.signing_keys, chance),
        refresh_tokens=RefreshTokens(digests),
        digests=digests,
        vault=Vault(opened.ring, chance),
        chance=chance,
        rules=_rules(settings),
    )


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
    )


def open_mail_channel(settings: Settings) -> Mail:
    """The mail channel, with the letters' templates and the sender checked.

    Raises:
        BadSettings: mail cannot be sent so.
    """
    check_templates()
    try:
        read_sender(settings.mail_from)
        return open_mail(settings.mail_url.reveal())
    except BadSender as fault:
        msg = f"REKEY_MAIL_FROM: {fault}"
    except BadMailUrl as fault:
        msg = f"REKEY_MAIL_URL: {fault}"
    # Outside the handlers: what they show may hold the URL's password.
    raise BadSettings(msg)


def make_relay(settings: Settings, services: Services) -> Relay:
    """The relay of this process, with a channel for each kind of effect that has one."""
    resets = ResetMail(
        store=services.store,
        digests=services.digests,
        vault=services.vault,
        chance=services.chance,
        page_url=settings.reset_page_url,
        help_url=settings.external_help_url,
        ttl=settings.reset_token_ttl,
    )
    post = Post(open_mail_channel(settings), settings.mail_from, settings.external_help_url, resets)
    channels = {EffectKind.MAIL_RESET: post.deliver, EffectKind.MAIL_NOTICE: post.deliver}
    return Relay(services.store, services.chance, channels)


def refuse_what_is_not_there(settings: Settings) -> None:
    """Stops the start where a setting asks for something that this version does not do.

    Raises:
        BadSettings: such a setting is set; ignoring it would be unsafe.
    """
    asked = {
        "REKEY_XMPP_URL": settings.xmpp_url,
        "REKEY_WEBHOOKS_FILE": settings.webhooks_file,
        "REKEY_TRUSTED_DOCUMENTS": settings.trusted_documents,
        "REKEY_METRICS_LISTEN": settings.metrics_listen,
    }
    for name, value in asked.items():
        if value is not None:
            msg = f"{name} is not supported by this version; unset it."
            raise BadSettings(msg)
