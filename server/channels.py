"""The channels are opened with the operator's settings: mail, XMPP, webhooks, and the relay for them."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple

from credentials.audit_chain import AuditChain
from credentials.kinds import EffectKind
from delivery.addresses import BadSender, read_sender
from delivery.mail import BadMailUrl, open_mail
from delivery.post import Post
from delivery.relay import Relay
from delivery.reset_mail import ResetMail
from delivery.sealer import Sealer
from delivery.templates import BadTemplate, load_templates
from delivery.webhook_announcements import Announcements
from server.settings_parsing import BadSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from delivery.mail import Mail
    from delivery.settlement import Deliver
    from delivery.templates import Templates
    from delivery.webhook_endpoint import Endpoint
    from delivery.xmpp_server import XmppServer
    from resolvers.services import Services
    from server.settings import Settings

MAILS = (EffectKind.MAIL_RESET, EffectKind.MAIL_NOTICE)
CHAT = (EffectKind.XMPP_NOTICE, EffectKind.XMPP_PASSWORD, EffectKind.XMPP_DISCONNECT)


class Channels(NamedTuple):
    """What carries effects out: checked, and connected to nobody yet."""

    mail: Mail
    templates: Templates
    xmpp: XmppServer | None
    endpoints: tuple[Endpoint, ...]


def open_channels(settings: Settings) -> Channels:
    """Opens every channel that the settings name.

    Raises:
        BadSettings: one of them cannot be used so: a line that names the setting.
    """
    own = settings.data_dir / "templates"
    try:
        read_sender(settings.mail_from)
        mail = open_mail(settings.mail_url.reveal())
        templates = load_templates(own)
    except BadSender as fault:
        msg = f"REKEY_MAIL_FROM: {fault}"
    except BadMailUrl as fault:
        msg = f"REKEY_MAIL_URL: {fault}"
    except BadTemplate as fault:
        msg = str(fault)
    else:
        return Channels(mail, templates, _xmpp(settings), open_endpoints(settings))
    # Outside the handlers: what they show may hold the URL's password.
    raise BadSettings(msg)


def _xmpp(settings: Settings) -> XmppServer | None:
    if settings.xmpp_url is None:
        return None
    from delivery.xmpp import BadXmppUrl, open_xmpp  # noqa: PLC0415  slixmpp is megabytes

    try:
        return open_xmpp(settings.xmpp_url)
    except BadXmppUrl as fault:
        msg = f"REKEY_XMPP_URL: {fault}"
    raise BadSettings(msg)


def open_endpoints(settings: Settings) -> tuple[Endpoint, ...]:
    """Reads the webhooks file, where there is one.

    Raises:
        BadSettings: it cannot be used so.
    """
    if settings.webhooks_file is None:
        return ()
    from delivery.webhook_file import BadWebhooks, read_webhooks  # noqa: PLC0415  HTTPX is megabytes

    try:
        return read_webhooks(settings.webhooks_file)
    except BadWebhooks as fault:
        msg = f"REKEY_WEBHOOKS_FILE: {fault}"
    raise BadSettings(msg)


def make_sealer(settings: Settings, services: Services) -> Sealer:
    """The sealer of this process, which announces what it numbers to the webhooks' endpoints.

    Raises:
        BadSettings: the webhooks file cannot be used so.
    """
    announcements = Announcements(open_endpoints(settings), services.chance)
    return Sealer(services.store, announcements.fan_out, AuditChain(services.keys.room.ring))


@asynccontextmanager
async def open_relay(settings: Settings, services: Services) -> AsyncIterator[Relay]:
    """The relay of this process, with a channel for each kind of effect that has one.

    Raises:
        BadSettings: a channel cannot be used so.
    """
    channels = open_channels(settings)
    async with AsyncExitStack() as stack:
        post = _post(settings, services, channels)
        stack.push_async_callback(channels.mail.close)
        carriers: dict[EffectKind, Deliver] = dict.fromkeys(MAILS, post.deliver)
        if channels.xmpp is not None:
            from delivery.xmpp import XmppChannel  # noqa: PLC0415  as above

            chat = XmppChannel(channels.xmpp, services.store, services.vault, services.chance)
            stack.push_async_callback(chat.close)
            carriers |= dict.fromkeys(CHAT, chat.deliver)
        if channels.endpoints:
            from delivery.webhooks import WebhookChannel  # noqa: PLC0415  as above

            webhooks = WebhookChannel(channels.endpoints, services.chance)
            stack.push_async_callback(webhooks.close)
            carriers[EffectKind.WEBHOOK] = webhooks.deliver
        yield Relay(services.store, services.chance, carriers)


def _post(settings: Settings, services: Services, channels: Channels) -> Post:
    resets = ResetMail(
        store=services.store,
        digests=services.digests,
        vault=services.vault,
        chance=services.chance,
        page_url=settings.reset_page_url,
        help_url=settings.external_help_url,
        ttl=settings.reset_token_ttl,
    )
    return Post(channels.mail, settings.mail_from, settings.external_help_url, resets, channels.templates)
