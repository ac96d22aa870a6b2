"""Where each sealed value lies: it opens at its own place only."""

from __future__ import annotations

from typing import TypedDict


class Place(TypedDict):
    """The table, row and column of a sealed value, and what it is for."""

    table: str
    row: str
    column: str
    purpose: str


def account_password(jid: str) -> Place:
    """The password of an XMPP account."""
    return Place(table="xmpp_accounts", row=jid, column="sealed", purpose="xmpp-password")


def wish_address(effect_id: str) -> Place:
    """The address that was typed into a wish for a reset."""
    return Place(table="wishes", row=effect_id, column="sealed", purpose="address")


def signing_key(kid: str) -> Place:
    """A private signing key."""
    return Place(table="signing_keys", row=kid, column="sealed", purpose="private-key")
