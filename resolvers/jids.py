"""Which XMPP addresses Rekey may manage: bare, in its own domain, and none of its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from resolvers.outcomes import FieldFault

if TYPE_CHECKING:
    from resolvers.services import Services

#: A local part of plain ASCII: RFC 7622 3.3 allows more, which servers prepare differently.
_LOCAL = re.compile(r"[a-z0-9][a-z0-9._-]{0,254}")


def jid_of(text: str) -> str:
    """A JID as it is stored: servers fold the case of a local part and of a domain (RFC 7622 3.2, 3.3)."""
    return text.lower()


def jid_fault(services: Services, field: str, text: str | None) -> FieldFault | None:
    """What is wrong with a JID."""
    if text is None:
        return None
    domain = services.rules.xmpp_domain
    local, _, host = jid_of(text).partition("@")
    if host != domain or not text.isascii() or not _LOCAL.fullmatch(local):
        message = f"{field} is a bare JID in the domain {domain}, such as mary@{domain}."
        return FieldFault(field, "MALFORMED", message)
    if jid_of(text) in services.rules.reserved_jids:
        return FieldFault(field, "NOT_ALLOWED", f"{field} is this service's own account.")
    return None


def jid_of_system(services: Services, system_id: str) -> str:
    """The JID of a system that was given none."""
    return f"pbxagent-{system_id}@{services.rules.xmpp_domain}"
