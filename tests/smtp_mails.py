"""Small mails for the tests of SMTP, and limits that a test can wait for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from delivery.addresses import read_sender
from delivery.faults import DeliveryFault
from delivery.messages import write_message
from delivery.rendering import Rendered
from delivery.smtp_limits import SmtpLimits

if TYPE_CHECKING:
    from delivery.mail import Mail
    from delivery.messages import Message

SENDER = "Rekey <no-reply@example.org>"
AT = datetime(2026, 11, 20, 16, 19, tzinfo=UTC)
#: A tenth of the real ones or less, so that a server that is too slow costs a test little.
SHORT = SmtpLimits(answer=1.5, opening=4, whole=5, idle=20, leaving=0.4)


def letter(
    effect_id: str = "e1", to: str = "mary@example.org", sender: str = SENDER, text: str = "Hello\n"
) -> Message:
    """A small mail."""
    rendered = Rendered("en", "Reset", text, f"<p>{text}</p>\n")
    return write_message(rendered, to=to, sender=read_sender(sender), effect_id=effect_id, date=AT)


async def refused(mail: Mail, message: Message | None = None) -> DeliveryFault:
    """The fault that sending ends with."""
    with pytest.raises(DeliveryFault) as caught:
        await mail.send(message or letter(), "e1")
    return caught.value
