"""What every use case is given: the rooms below it, the operator's rules, and who asks from where."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Address, ip_address, ip_network
from typing import TYPE_CHECKING

from credentials.buckets import Buckets

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from credentials.chance import Chance
    from credentials.deadline import Deadline
    from credentials.digests import Digests
    from credentials.hashing import HashingEngine
    from credentials.model import ApiKey, EventKind, Session, User
    from credentials.policy import PolicyChecker
    from credentials.refresh_tokens import RefreshTokens
    from credentials.secret import Secret
    from credentials.tokens import AccessTokens
    from credentials.vault import Vault
    from resolvers.feed import Feed
    from resolvers.known_keys import KnownKeys
    from store.unit_of_work import Store


#: Addresses whose networks are remembered, since one request asks for them several times: about a megabyte.
RECENT = 4096


@dataclass(frozen=True, slots=True)
class Rules:
    """The operator's settings that use cases obey; defaults and meanings in docs/settings.md."""

    access_token_ttl: timedelta
    refresh_token_ttl: timedelta
    session_ttl: timedelta
    reset_token_ttl: timedelta
    temporary_password_ttl: timedelta
    activation_code_ttl: timedelta
    activation_code_digits: int
    activation_budget: int
    admin_may_set_password: bool
    admin_reauth_age: timedelta
    require_api_key: bool
    xmpp_domain: str
    xmpp_activation_code: bool
    reserved_jids: frozenset[str] = frozenset()
    audit_retention: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Services:
    """The rooms below, opened once at the start; `throttled` counts refusals not yet in the audit."""

    store: Store
    hashing: HashingEngine
    deadline: Deadline
    policy: PolicyChecker
    access_tokens: AccessTokens
    refresh_tokens: RefreshTokens
    digests: Digests
    vault: Vault
    chance: Chance
    rules: Rules
    feed: Feed
    keys: KnownKeys
    buckets: Buckets = field(default_factory=Buckets)
    throttled: Counter[EventKind] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from, by server-side facts only.

    `api_key` is what the `X-Api-Key` header held. `address` is None for the command line.
    """

    request_id: str
    address: str | None = None
    user_agent: str | None = None
    api_key: Secret | None = None

    @property
    def network(self) -> str:
        """What attempts are counted by: an IPv4 address, or an IPv6 /64 (one subscriber's)."""
        return self.networks[0]

    @property
    def networks(self) -> tuple[str, ...]:
        """The network, and for IPv6 the /48 around it (one site's): each is counted by itself."""
        return ("local",) if self.address is None else _networks(self.address)

    @property
    def site(self) -> str:
        """The widest of them: what takes turns at the hashing threads, and has a bucket."""
        return self.networks[-1]


@lru_cache(RECENT)
def _networks(address: str) -> tuple[str, ...]:
    ip = ip_address(address)
    if isinstance(ip, IPv4Address):
        return (str(ip),)
    if ip.ipv4_mapped is not None:
        return (str(ip.ipv4_mapped),)
    network = ip_network((ip, 64), strict=False)
    return str(network), str(network.supernet(new_prefix=48))


@dataclass(frozen=True, slots=True)
class SessionCaller:
    """A signed-in user, as the store has them now; `expires_at` is when their access token does."""

    user: User
    session: Session
    expires_at: datetime

    @property
    def actor(self) -> str:
        """Who acts, for the audit."""
        return f"user:{self.user.id}"

    @property
    def is_admin(self) -> bool:
        """Whether the caller passes `@adminOnly`."""
        return self.user.is_admin


@dataclass(frozen=True, slots=True)
class KeyCaller:
    """An application that presented a live API key as its bearer."""

    key: ApiKey

    @property
    def actor(self) -> str:
        """Who acts, for the audit."""
        return f"apiKey:{self.key.id}"

    @property
    def expires_at(self) -> datetime:
        """When the key stops to open anything."""
        return self.key.expires_at

    @property
    def is_admin(self) -> bool:
        """Whether the caller passes `@adminOnly`."""
        return self.key.role == "ADMIN"


@dataclass(frozen=True, slots=True)
class OperatorCaller:
    """The operator at the command line, by the number of their account on this machine."""

    uid: int

    @property
    def actor(self) -> str:
        """Who acts, for the audit."""
        return f"cli:{self.uid}"

    @property
    def is_admin(self) -> bool:
        """An operator may do what an administrator may."""
        return True


Caller = SessionCaller | KeyCaller | OperatorCaller
