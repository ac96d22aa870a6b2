"""What attempts are counted by: keyed digests of what was typed, where from, and whose it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from credentials.digests import Purpose
from credentials.login_names import fold
from credentials.secret import Secret

if TYPE_CHECKING:
    from credentials.digests import Digests

#: The door at which passwords are tried: by name and network, and in a row by user.
PASSWORD = "password"  # noqa: S105  the name of a door
#: The door at which wrong reset codes are counted: by name and network, and by user and day.
RESET_CODE = "reset-code"


def typed_key(digests: Digests, network: str, door: str, typed: str) -> bytes:
    """The count of one name or secret from one network, at one door."""
    return digests.digest(Purpose.LOGIN, f"{door}|{network}", Secret(fold(typed))).value


def subject_key(digests: Digests, typed: str) -> bytes:
    """What all networks' counts of one name have in common."""
    return digests.digest(Purpose.LOGIN, "", Secret(fold(typed))).value


def network_key(digests: Digests, network: str, door: str) -> bytes:
    """The count of one network at one door, whatever was typed."""
    return digests.digest(Purpose.NETWORK, door, Secret(network)).value


def network_candidates(digests: Digests, network: str, door: str) -> list[bytes]:
    """What `network_key` makes under each root key: a change of it between two requests changes nothing."""
    found = digests.candidates(Purpose.NETWORK, door, Secret(network))
    return [digest.value for digest in found]


def known_digests(digests: Digests, user_id: str, network: str) -> list[bytes]:
    """The digests by which a network is known to a user, one for each root key; the first is today's."""
    return network_candidates(digests, network, user_id)


def owner_key(digests: Digests, door: str, owner: str) -> bytes:
    """The count of one user, system, address or the whole service at one door, wherever from."""
    return digests.digest(Purpose.LOOKUP, door, Secret(owner)).value
