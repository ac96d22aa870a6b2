"""How an e-mail address is written in a header: one address, the very one that is stored."""

from __future__ import annotations

from email import policy
from email.headerregistry import Address
from functools import lru_cache

from credentials.email_address import BadAddress, read_email_address
from delivery.faults import PermanentFault


class BadSender(ValueError):  # noqa: N818  named for what is wrong, as the other start-up refusals are
    """The sender is not one plain address. The message does not repeat it."""


def read_address(text: str, display_name: str = "") -> Address:
    """Reads one stored address for a header; the domain is given its ASCII form (RFC 5890 A-labels).

    Raises:
        PermanentFault: no single mail can be sent to it.
    """
    parts = read_email_address(text)
    if isinstance(parts, BadAddress):
        raise PermanentFault(parts.reason)
    return Address(display_name, username=parts.local, domain=parts.domain)


@lru_cache(maxsize=1)  # there is one setting, and reading it costs a quarter of writing a letter
def read_sender(text: str) -> Address:
    """Reads `Name <address>` or `address`, the form of `REKEY_MAIL_FROM`.

    Raises:
        BadSender: it is not exactly one address that mail can be sent from.
    """
    header = policy.default.header_factory("From", text)
    if not text.isprintable() or header.defects or len(header.addresses) != 1:
        reason = "The sender must be one address, such as: Rekey <no-reply@example.org>."
        raise BadSender(reason)
    (sender,) = header.addresses
    try:
        return read_address(f"{sender.username}@{sender.domain}", sender.display_name)
    except PermanentFault as fault:
        reason = f"The sender cannot be used. {fault.reason}"
        raise BadSender(reason) from fault


def needs_smtputf8(address: Address) -> bool:
    """Whether the address can only be written in raw UTF-8 (RFC 6531)."""
    return not address.username.isascii()


def mask(text: str) -> str:
    """An address as a stranger may see it: `m***@example.org`."""
    local, _, domain = text.rpartition("@")
    return f"{local[:1]}***@{domain}"
