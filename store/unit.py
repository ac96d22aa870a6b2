"""What a transaction works on."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from store.api_keys import ApiKeys
from store.attempts import Attempts
from store.channels import Channels
from store.condition import Condition
from store.due_effects import DueEffects
from store.effects import Effects
from store.event_chain import EventChain
from store.events import Events
from store.installation import Installation
from store.key_uses import KeyUses
from store.known_networks import KnownNetworks
from store.one_time_secrets import OneTimeSecrets
from store.sessions import Sessions
from store.signing_keys import SigningKeys
from store.sweep import Leftovers
from store.systems import Systems
from store.user_lists import UserLists
from store.users import Users
from store.verifiers import Verifiers
from store.wishes import Wishes
from store.xmpp_accounts import XmppAccounts

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Set as AbstractSet

    from sqlalchemy import Connection

    from credentials.kinds import ChannelName


class Unit:
    """What a transaction works on: one repository for each thing that is kept."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        #: What is called after the commit, and never where there was none; it takes no time.
        self.afterwards: list[Callable[[], object]] = []

    @cached_property
    def users(self) -> Users:
        """Users and their login names."""
        return Users(self._connection)

    @cached_property
    def user_lists(self) -> UserLists:
        """Users, many at a time."""
        return UserLists(self._connection)

    @cached_property
    def verifiers(self) -> Verifiers:
        """What proves the users' passwords."""
        return Verifiers(self._connection)

    @cached_property
    def systems(self) -> Systems:
        """Systems and their activation codes."""
        return Systems(self._connection)

    @cached_property
    def xmpp_accounts(self) -> XmppAccounts:
        """The XMPP accounts of users and systems."""
        return XmppAccounts(self._connection)

    @cached_property
    def sessions(self) -> Sessions:
        """Sign-ins."""
        return Sessions(self._connection)

    @cached_property
    def one_time_secrets(self) -> OneTimeSecrets:
        """Reset tokens and codes, as digests."""
        return OneTimeSecrets(self._connection)

    @cached_property
    def api_keys(self) -> ApiKeys:
        """The keys of applications."""
        return ApiKeys(self._connection)

    @cached_property
    def attempts(self) -> Attempts:
        """Counts of attempts, by keyed digests."""
        return Attempts(self._connection)

    @cached_property
    def known_networks(self) -> KnownNetworks:
        """Networks that signed users in."""
        return KnownNetworks(self._connection)

    @cached_property
    def wishes(self) -> Wishes:
        """Addresses that asked for a reset, until the relay has looked them up."""
        return Wishes(self._connection)

    @cached_property
    def effects(self) -> Effects:
        """The outbox."""
        return Effects(self._connection)

    @cached_property
    def due(self) -> DueEffects:
        """The outbox as the relay sees it."""
        return DueEffects(self._connection)

    @cached_property
    def channels(self) -> Channels:
        """The channels that fail."""
        return Channels(self._connection)

    @cached_property
    def events(self) -> Events:
        """The audit."""
        return Events(self._connection)

    @cached_property
    def event_chain(self) -> EventChain:
        """What holds the audit's lines together."""
        return EventChain(self._connection)

    @cached_property
    def condition(self) -> Condition:
        """What the database's server says of itself."""
        return Condition(self._connection)

    @cached_property
    def installation(self) -> Installation:
        """The check value, and whether there ever was a user."""
        return Installation(self._connection)

    @cached_property
    def signing_keys(self) -> SigningKeys:
        """What signs access tokens, sealed."""
        return SigningKeys(self._connection)

    @cached_property
    def key_uses(self) -> KeyUses:
        """What each root key is still needed for."""
        return KeyUses(self._connection)

    @cached_property
    def leftovers(self) -> Leftovers:
        """Rows that are over."""
        return Leftovers(self._connection)

    @property
    def wrote_effects(self) -> AbstractSet[ChannelName]:
        """The channels for which this transaction put something into the outbox."""
        return self.effects.wrote if "effects" in self.__dict__ else frozenset()

    @property
    def wrote_events(self) -> bool:
        """Whether this transaction added to the audit."""
        return "events" in self.__dict__ and self.events.wrote

    @property
    def sealed_events(self) -> bool:
        """Whether this transaction gave events their positions."""
        return "events" in self.__dict__ and self.events.sealed
