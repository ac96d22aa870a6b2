"""What a mail server's refusals mean: for this mail, for now, or for all mails.

Reasons name the step and the code (RFC 5321 4.2), never the server's own text: that may hold anything.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Final

from aiosmtplib import SMTPResponseException

from delivery.faults import ChannelDown, PassingFault, PermanentFault

if TYPE_CHECKING:
    from delivery.faults import DeliveryFault

#: "Service not available, closing transmission channel".
CLOSING: Final = 421
#: RFC 4954 6: a login is needed, was wrong, or needs encryption: nothing about the mail.
_LOGIN_CODES: Final = frozenset({530, 534, 535, 538})
#: The first code of each kind (RFC 5321 4.2.1).
_PASSING: Final = 400
_PERMANENT: Final = 500
_AFTER: Final = 600


class PutOff(ChannelDown):
    """The server takes no connection now. Where others stand, it may be one too many."""


def of_mail(code: int, refused: str) -> DeliveryFault:
    """What it means that a mail was answered by this code.

    Args:
        code: of the answer.
        refused: what was, in words: `the receiver`.
    """
    if code == CLOSING:
        return ChannelDown(f"The mail server is closing its service: {code}.")
    if code in _LOGIN_CODES:
        return ChannelDown(f"The mail server asks for another login than the mail URL has: {code}.")
    if _PERMANENT <= code < _AFTER:
        return PermanentFault(f"The mail server refused {refused}: {code}.")
    if _PASSING <= code < _PERMANENT:
        return PassingFault(f"The mail server put it off: {code}.")
    return PassingFault("The mail server's answer was not what SMTP wants.")


def of_sender(code: int) -> DeliveryFault:
    """What it means that MAIL FROM was answered by this code.

    The sender is a setting, the same in every mail. A server that refuses it for good refuses all of them,
    and not for what they are: they wait until the setting is mended, instead of being lost for it.
    """
    fault = of_mail(code, "the sender (REKEY_MAIL_FROM)")
    return ChannelDown(fault.reason) if isinstance(fault, PermanentFault) else fault


def of_login(code: int) -> ChannelDown:
    """What it means that a login was answered by this code."""
    if _PASSING <= code < _PERMANENT:
        return PutOff(f"The mail server put the login off: {code}.")
    return ChannelDown(f"The mail server refused the user or the password of the mail URL: {code}.")


def of_opening(fault: Exception) -> ChannelDown:
    """Why a connection did not come about, or was lost before it was ready for mails."""
    causes = (fault, fault.__cause__)
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return ChannelDown("The mail server's certificate is not trusted, or is not of its host's name.")
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return ChannelDown("The encrypted connection to the mail server did not come about.")
    if isinstance(fault, SMTPResponseException):
        return _not_ready(fault.code)
    if isinstance(fault, TimeoutError):
        return ChannelDown("The mail server did not answer in time.")
    return ChannelDown("No connection to the mail server: it is down, refuses it, or hung up.")


def _not_ready(code: int) -> ChannelDown:
    if _PASSING <= code < _PERMANENT:
        return PutOff(f"The mail server takes no connection now: {code}.")
    if _PERMANENT <= code < _AFTER:
        return ChannelDown(f"The mail server takes no connection from here: {code}.")
    return ChannelDown("What answers there is no mail server.")
