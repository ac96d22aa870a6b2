"""The relay on a world's outbox with a real folder for a mailbox, and the mails as readers have them."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import TYPE_CHECKING

from credentials.kinds import EffectKind
from credentials.secret import Secret
from delivery.mail import open_mail
from delivery.post import Post
from delivery.relay import Relay
from delivery.reset_mail import ResetMail
from resolvers.request_password_reset import ResetRequested, request_password_reset
from tests.world import origin

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from credentials.model import Effect
    from tests.world import World

PAGE = "https://accounts.example.org/reset-password"
HELP = "https://help.example.org/passwords"
SENDER = "Rekey <no-reply@example.org>"
_LINK = re.compile(re.escape(PAGE) + r"#token=([\w-]{43})")
_CODE = re.compile(r"^[A-Z0-9]{3}-[A-Z0-9]{3}$", re.MULTILINE)


@dataclass(frozen=True)
class Read:
    """One mail: its file's octets, and what it brings."""

    octets: bytes
    message: EmailMessage = field(compare=False)

    @property
    def to(self) -> str:
        """The receiver."""
        return str(self.message["To"])

    @property
    def text(self) -> str:
        """The text for people."""
        body = self.message.get_body(("plain",))
        assert body is not None
        content: str = body.get_content()
        return content

    @property
    def token(self) -> Secret | None:
        """The token of the link."""
        found = _LINK.search(self.text)
        return None if found is None else Secret(found[1])

    @property
    def code(self) -> Secret | None:
        """The code, on a line of its own."""
        found = _CODE.search(self.text)
        return None if found is None else Secret(found[0])


@dataclass
class Mailroom:
    """A relay, and the folder that it fills."""

    world: World
    folder: Path
    relay: Relay = field(init=False)

    def __post_init__(self) -> None:
        self.relay = self.another()

    def resets(self) -> ResetMail:
        """What looks wishes up."""
        services = self.world.services
        return ResetMail(
            store=services.store,
            digests=services.digests,
            vault=services.vault,
            chance=services.chance,
            page_url=PAGE,
            help_url=HELP,
            ttl=services.rules.reset_token_ttl,
        )

    def post(self) -> Post:
        """What writes and sends letters."""
        return Post(open_mail(f"dir:{self.folder}"), SENDER, HELP, self.resets())

    def another(self) -> Relay:
        """Another relay on the same outbox, as a second process has one."""
        post = self.post()
        channels = {EffectKind.MAIL_RESET: post.deliver, EffectKind.MAIL_NOTICE: post.deliver}
        return Relay(self.world.services.store, self.world.chance, channels)

    async def deliver(self) -> None:
        """Carries out everything that is due."""
        while await self.relay.step():
            pass

    def mails(self) -> list[Read]:
        """The mails in the folder."""
        octets = [file.read_bytes() for file in sorted(self.folder.glob("*"))]
        return [Read(each, message_from_bytes(each, EmailMessage, policy=policy.default)) for each in octets]

    def mail(self, effect: Effect) -> Read:
        """The mail of one effect."""
        octets = (self.folder / f"{effect.id}.eml").read_bytes()
        return Read(octets, message_from_bytes(octets, EmailMessage, policy=policy.default))

    async def wish(self, address: str = "mary@example.org", locale: str | None = None) -> None:
        """Asks for a reset by mail."""
        asked = await request_password_reset(self.world.services, origin(), address, locale, None, None)
        assert isinstance(asked, ResetRequested)

    async def effect(self) -> Effect:
        """The newest effect, as it is now."""
        return (await self.world.effects())[-1]

    @contextmanager
    def unwritable(self) -> Iterator[None]:
        """A file lies where the folder should be: no mail can be written meanwhile."""
        kept = self.folder.with_suffix(".kept")
        if self.folder.exists():
            self.folder.rename(kept)
        self.folder.touch()
        yield
        self.folder.unlink()
        if kept.exists():
            kept.rename(self.folder)

    def later(self, **step: float) -> None:
        """Moves the clock."""
        self.world.chance.forward(timedelta(**step))
