"""Ask for a reset by mail: the same statements for every address, known or not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from credentials.login_names import fold
from credentials.model import ApiKey, EffectKind, EventKind
from credentials.places import wish_address
from credentials.secret import Secret
from resolvers.audit import record
from resolvers.authenticate import check_application
from resolvers.counting import enter_bucket, network_limits, owner_key, too_many
from resolvers.outbox import effect
from resolvers.outcomes import InvalidInput, TooManyAttempts, Unauthenticated
from resolvers.shape import faults, location_faults, refused, text_fault

if TYPE_CHECKING:
    from resolvers.selectors import GeoPoint
    from resolvers.services import Origin, Services
    from store.unit_of_work import Unit

#: Mails an hour to an address that go at once, and how often later ones may go: the contract's figures. No
#: more wait for a mail server that is down, where each would make the one before it useless.
MAILS_AT_ONCE = 3
HOUR = timedelta(hours=1)
LATER_MAIL = timedelta(minutes=15)
#: Wishes an hour from one network: more than an office's people forget, and a bound on what is stored.
WISHES_A_NETWORK = 300
#: A locale's name is five characters, with a script and a variant at most about twenty.
MAX_LOCALE = 35


@dataclass(frozen=True, slots=True)
class ResetRequested:
    """A mail goes out if the address belongs to somebody; nobody is told whether it does."""


@dataclass(frozen=True, slots=True)
class _Wish:
    """What was asked for, and by which application."""

    address: str
    locale: str | None
    location: GeoPoint | None
    application: ApiKey | None


async def request_password_reset(
    services: Services,
    origin: Origin,
    email_address: str,
    locale: str | None,
    api_key: Secret | None,
    location: GeoPoint | None,
) -> ResetRequested | InvalidInput | TooManyAttempts | Unauthenticated:
    """Writes a wish; the relay looks the address up later, on its own."""
    found = faults(text_fault("emailAddress", email_address), text_fault("locale", locale, MAX_LOCALE))
    if wrong := refused([*found, *location_faults(location)]):
        return wrong
    application = await check_application(services, origin, api_key)
    if isinstance(application, InvalidInput | Unauthenticated):
        return application
    now = services.chance.now()
    limits = network_limits(services, origin, "wish", WISHES_A_NETWORK)
    until = await services.store.glance(lambda unit: unit.attempts.full(limits, now))
    if refusal := too_many(until, now) if until else enter_bucket(services, origin, now):
        return refusal
    wish = _Wish(email_address, locale, location, application)
    return await services.store.write(_wish, services, origin, wish)


def _wish(unit: Unit, services: Services, origin: Origin, wish: _Wish) -> ResetRequested | TooManyAttempts:
    now = services.chance.now()
    for network, limit in network_limits(services, origin, "wish", WISHES_A_NETWORK):
        if until := unit.attempts.take(network, now, limit=limit, window=HOUR):
            return too_many(until, now)
    line = owner_key(services, "wish", fold(wish.address))
    subject = f"wish:{line.hex()}"
    dropped = unit.attempts.take(line, now, limit=MAILS_AT_ONCE, window=HOUR, then=LATER_MAIL)
    # Counted behind the place that was taken: who else wishes for this address waits there.
    if dropped is None and unit.effects.pending(subject) < MAILS_AT_ONCE:
        details = {"locale": wish.locale}
        draft = effect(services, EffectKind.MAIL_RESET, subject, "", now, details=details)
        draft["target"] = draft["id"]
        sealed = services.vault.seal(Secret(wish.address), **wish_address(draft["id"]))
        unit.wishes.add(draft["id"], sealed, now)
        unit.effects.add([draft])
    record(
        unit,
        services,
        origin,
        EventKind.RESET_REQUESTED,
        now=now,
        api_key_id=None if wish.application is None else wish.application.id,
        location=wish.location,
    )
    return ResetRequested()
