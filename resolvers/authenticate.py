"""Who asks: a bearer is looked up, never believed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from credentials.digests import Purpose
from credentials.one_time import read_api_key
from resolvers.outcomes import FieldFault, InvalidInput, Unauthenticated
from resolvers.services import KeyCaller, SessionCaller
from store.sessions import is_alive

if TYPE_CHECKING:
    from credentials.model import ApiKey, Session, User
    from credentials.secret import Secret
    from resolvers.services import Origin, Services
    from store.unit_of_work import Unit

#: How exactly the last use of an API key is known: a write at most once a minute.
LAST_USE = timedelta(minutes=1)


async def authenticate(
    services: Services, origin: Origin, bearer: Secret | None
) -> SessionCaller | KeyCaller | None:
    """Who this bearer speaks for now; None for a missing, malformed, expired, revoked or dead one."""
    if bearer is None:
        return None
    claims = await services.keys.claims(bearer.reveal())
    if claims is None:
        key = await find_api_key(services, origin, bearer)
        return None if key is None else KeyCaller(key)
    found = await services.store.glance(_session, claims.session_id)
    if found is None:
        return None
    session, user = found
    if user.id != claims.user_id or not is_alive(session, user, services.chance.now()):
        return None
    return SessionCaller(user, session, claims.expires_at)


def _session(unit: Unit, session_id: str) -> tuple[Session, User] | None:
    return unit.sessions.with_user(session_id)


async def find_api_key(services: Services, origin: Origin, presented: Secret) -> ApiKey | None:
    """The live API key that was presented.

    A wrong one is not counted. Nobody guesses 256 bits (NIST SP 800-63B-4 3.1.2.2: secrets of 64 bits and
    more need no throttling), and it is refused by one read of its id, less than counting it would cost. A
    count, moreover, would let whoever shares a network with a working key shut that key out.
    """
    parts = read_api_key(presented.reveal())
    if parts is None:
        return None
    key_id, secret = parts
    found = await services.store.glance(lambda unit: unit.api_keys.find(key_id))
    if found is None:
        return None
    key, digest = found
    now = services.chance.now()
    if not services.digests.matches(digest, Purpose.API_KEY, key.id, secret):
        return None
    if key.revoked_at is not None or key.expires_at <= now:
        return None
    if key.last_used_at is not None and now < key.last_used_at + LAST_USE:
        return key
    # To write may take its time, and the key may be revoked meanwhile.
    is_alive = await services.store.write(lambda unit: unit.api_keys.used(key.id, now, origin.address))
    return key if is_alive else None


async def check_application(
    services: Services, origin: Origin, given: Secret | None
) -> ApiKey | InvalidInput | Unauthenticated | None:
    """The application that calls, by `apiKey` or the X-Api-Key header; it grants nothing."""
    if given is not None and origin.api_key is not None and given != origin.api_key:
        message = "apiKey and the X-Api-Key header differ. Send one of them."
        return InvalidInput([FieldFault("apiKey", "DIFFERS", message)])
    presented = given or origin.api_key
    key = None if presented is None else await find_api_key(services, origin, presented)
    if key is None and services.rules.require_api_key:
        return Unauthenticated()
    return key
