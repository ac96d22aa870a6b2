"""Who is tried where answers are timed: users of every kind, and names that are nobody's."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from benchmarks.servers import PASSWORD, QUICK, prepared
from credentials.attempt_keys import known_digests
from credentials.chance import Chance
from credentials.digests import Purpose
from credentials.hash_parameters import HashParameters
from credentials.hashing import HashingEngine, Place
from credentials.kinds import IdentitySource, Role
from credentials.secret import Secret
from server.composition import open_services
from server.installation import prepare
from store.one_time_secrets import ResetSecret
from tests.rows import add_user

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from credentials.hashing import Verifier
    from resolvers.services import Services
    from store.unit_of_work import Unit

#: Half of what new verifiers cost, and four times as much: what an operator changed before.
CHEAPER = HashParameters(memory_kib=512, time_cost=1, parallelism=1)
DEARER = HashParameters(memory_kib=4096, time_cost=1, parallelism=1)
WRONG = "nobody knows 12 rainy lanterns"
#: A code that no mail brought, but by a chance of one in thirty thousand millions.
WRONG_CODE = "AAA-AAA"
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Kind:
    """A kind of name.

    Attributes:
        name: as the table shows it.
        typed: the password that is tried with it.
        columns: what its users' rows have; None: there are no such users.
        parameters: what their verifiers cost; None: they have none.
        is_at_home: whether each is tried from a network that signed them in.
        has_code: whether a mail brought each of them a code.
    """

    name: str
    typed: str = WRONG
    columns: dict[str, Any] | None = field(default_factory=dict)
    parameters: HashParameters | None = QUICK
    is_at_home: bool = False
    has_code: bool = False


@dataclass(frozen=True)
class Stranger:
    """One try: a kind, a name and a network that are used this once."""

    kind: Kind
    username: str
    address: str

    @property
    def email_address(self) -> str:
        """The address that goes with the name."""
        return f"{self.username}@example.org"


def fresh(kinds: Sequence[Kind], door: str, tries: int, network: int) -> list[list[Stranger]]:
    """So many times one of each kind, from networks that are counted from `network` on: 127.1.0.1 is 0."""
    rounds = []
    for number in range(tries):
        each = []
        for kind in kinds:
            name = f"{door}-{kind.name}-{number}".replace(" ", "-").replace(",", "").lower()
            each.append(Stranger(kind, name, _address(network)))
            network += 1
        rounds.append(each)
    return rounds


def _address(network: int) -> str:
    high, low = divmod(network, 250)
    higher, middle = divmod(high, 250)
    return f"127.{higher + 1}.{middle}.{low + 1}"


def populate(folder: Path, strangers: Sequence[Stranger]) -> None:
    """Makes an installation with all of these, for a `prepared` server."""
    settings = prepared(folder)
    prepare(settings, may_found=True)

    async def run() -> None:
        async with open_services(settings, Chance(), may_found=True) as services:
            verifiers = {each: await _seal(services, each) for each in (CHEAPER, QUICK, DEARER)}
            await services.store.write(_add_all, services, strangers, verifiers)

    asyncio.run(run())


async def _seal(services: Services, parameters: HashParameters) -> Verifier:
    ring = services.keys.room.ring
    hashing = HashingEngine(ring, parameters, workers=1, max_wait=1, chance=services.chance, alarm=print)
    place = hashing.reserve("")
    if not isinstance(place, Place):
        raise TypeError(place)
    with place:
        verifier = await hashing.seal(place, Secret(PASSWORD))
    hashing.close()
    return verifier


def _add_all(
    unit: Unit, services: Services, strangers: Sequence[Stranger], verifiers: dict[HashParameters, Verifier]
) -> None:
    for each in strangers:
        if each.kind.columns is not None:
            verifier = None if each.kind.parameters is None else verifiers[each.kind.parameters]
            _add(unit, services, each, verifier)


def _add(unit: Unit, services: Services, stranger: Stranger, verifier: Verifier | None) -> None:
    now, kind = services.chance.now(), stranger.kind
    proof = {
        "verifier": None if verifier is None else verifier.phc,
        "verifier_key": None if verifier is None else verifier.key_id,
    }
    user = add_user(unit, stranger.username, **{**proof, **(kind.columns or {})})
    if kind.is_at_home:
        digest = known_digests(services.digests, user.id, stranger.address)[0]
        unit.known_networks.saw(user.id, digest, now)
    if kind.has_code:
        token, code = (
            services.digests.digest(purpose, user.id, Secret(services.chance.new_id()))
            for purpose in (Purpose.PASSWORD_RESET, Purpose.PASSWORD_RESET_CODE)
        )
        secret = ResetSecret(services.chance.new_id(), user.id, user.epoch, token, code, now + DAY)
        unit.one_time_secrets.strike(secret, token.value, now)


_DEAD = {"password_is_temporary": True, "password_expires_at": Chance().now() - DAY}
KNOWN, NOBODY = Kind("known"), Kind("unknown", columns=None)
#: Once more the same: what differs between these two is the machine's noise.
AGAIN = Kind("unknown, again", columns=None)
DISABLED = Kind("disabled", PASSWORD, {"is_disabled": True})
EXTERNAL = Kind("external", columns={"identity_source": IdentitySource.SAML}, parameters=None)
#: Whom a password is tried with, all of them with verifiers of one cost; the first is who the others are held
#: against.
ONE_SET = (
    NOBODY,
    AGAIN,
    KNOWN,
    DISABLED,
    Kind("locked", PASSWORD, {"locked_at": Chance().now()}),
    EXTERNAL,
    Kind("no password", columns={"password_changed_at": None}, parameters=None),
    Kind("dead temporary", PASSWORD, _DEAD),
    Kind("known network", is_at_home=True),
)
SEVERAL_SETS = (*ONE_SET, Kind("cheaper", parameters=CHEAPER), Kind("dearer", parameters=DEARER))
#: Whom a code is tried with.
CODES = (NOBODY, AGAIN, KNOWN, Kind("live code", has_code=True), DISABLED, EXTERNAL)
#: Who asks for a mail; guests get one without a token.
WISHES = (NOBODY, AGAIN, KNOWN, DISABLED, EXTERNAL, Kind("guest", columns={"roles": [Role.GUEST]}))
