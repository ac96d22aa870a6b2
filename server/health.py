"""What `/readyz` says: whether requests can be answered, and which part of the service does not work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from credentials.kinds import ChannelName
from store.faults import StoreUnavailable
from store.revision import NEWEST

if TYPE_CHECKING:
    from datetime import datetime

    from resolvers.services import Services
    from store.channels import FailingChannel

#: A channel that fails for less long may be a server that is started anew; the contract's figure.
FAILING_FOR = timedelta(minutes=5)
#: Webhooks are not among them: other people's servers say nothing about this one.
WATCHED = (ChannelName.MAIL, ChannelName.XMPP)


@dataclass(frozen=True, slots=True)
class Health:
    """The state of each part, in words; `ok` where it works.

    A database that cannot be used is `unavailable`. Where only mail or XMPP fails it is `degraded`: requests
    are answered, and what is to be told waits in the outbox.
    """

    is_ready: bool
    parts: dict[str, str]

    @property
    def status(self) -> str:
        """One word for all parts."""
        if not self.is_ready:
            return "unavailable"
        return "ok" if set(self.parts.values()) == {"ok"} else "degraded"


async def look(services: Services) -> Health:
    """Asks the database, which knows what the relays of every process found."""
    try:
        revision = await services.store.read(lambda unit: unit.installation.revision())
    except StoreUnavailable as fault:
        return Health(is_ready=False, parts={"database": str(fault)})
    if revision != NEWEST:
        reason = "not migrated to this version; run rekey db upgrade"
        return Health(is_ready=False, parts={"database": reason})
    return Health(is_ready=True, parts={"database": "ok"} | await _channels(services))


async def _channels(services: Services) -> dict[str, str]:
    long_ago = services.chance.now() - FAILING_FOR
    failing = {each.name: each for each in await services.store.read(lambda unit: unit.channels.failing())}
    return {name: _words(failing.get(name), long_ago) for name in WATCHED}


def _words(failing: FailingChannel | None, long_ago: datetime) -> str:
    if failing is None or failing.since > long_ago:
        return "ok"
    # Why it fails is for who may list deliveries: anybody may ask here.
    return f"failing since {failing.since:%Y-%m-%dT%H:%M:%SZ}; see rekey delivery list"
