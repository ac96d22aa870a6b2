"""Make a system, with an activation code that its agent types."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from credentials.model import EventKind, System, SystemStatus
from credentials.one_time import pbx_id as new_pbx_id
from resolvers.activation_codes import digits_fault, give_code
from resolvers.administration import act
from resolvers.audit import record
from resolvers.jids import jid_fault, jid_of, jid_of_system
from resolvers.outcomes import AlreadyExists, FieldFault, InvalidInput, Unauthenticated
from resolvers.shape import faults, refused, text_fault

if TYPE_CHECKING:
    from datetime import datetime

    from credentials.secret import Secret
    from resolvers.services import Caller, Origin, Services
    from store.unit_of_work import Unit

#: What an agent's installer types: printable ASCII without blanks.
PBX_ID = re.compile(r"[\x21-\x7e]{1,64}")
MAX_NAME = 254


@dataclass(frozen=True, slots=True)
class SystemCreated:
    """The system waits for its agent; the code is shown once."""

    system: System
    activation_code: Secret
    activation_code_expires_at: datetime


async def create_system(
    services: Services,
    origin: Origin,
    caller: Caller,
    name: str,
    pbx_id: str | None = None,
    jid_pbxagent: str | None = None,
    code_digits: int | None = None,
) -> SystemCreated | AlreadyExists | InvalidInput | Unauthenticated:
    """Makes a system; a `pbx_id` or JID that is not given is made."""
    pbx_fault = None
    if pbx_id is not None and not PBX_ID.fullmatch(pbx_id):
        pbx_fault = FieldFault("pbxId", "MALFORMED", "pbxId has 1 to 64 letters, digits or signs, no blanks.")
    found = faults(
        text_fault("name", name, MAX_NAME),
        pbx_fault,
        jid_fault(services, "jidPbxagent", jid_pbxagent),
        digits_fault(code_digits),
    )
    if wrong := refused(found):
        return wrong
    system = _new(services, name, pbx_id, jid_pbxagent)
    return await act(services, caller, _create, services, origin, caller, system, code_digits)


def _new(services: Services, name: str, pbx_id: str | None, jid: str | None) -> System:
    now, system_id = services.chance.now(), services.chance.new_id()
    return System(
        id=system_id,
        name=name,
        pbx_id=pbx_id or new_pbx_id(services.chance),
        jid_pbxagent=jid_of_system(services, system_id) if jid is None else jid_of(jid),
        status=SystemStatus.CREATED,
        status_updated_at=now,
        epoch=1,
        code_expires_at=None,
        created_at=now,
    )


def _create(
    unit: Unit, services: Services, origin: Origin, caller: Caller, system: System, digits: int | None
) -> SystemCreated | AlreadyExists:
    if not unit.systems.add(system):
        return AlreadyExists("pbxId")
    given = None
    if unit.xmpp_accounts.claim_for_system(system.id, system.jid_pbxagent):
        given = give_code(unit, services, system, digits, system.created_at)
    if given is None:
        unit.systems.delete(system.id)
        return AlreadyExists("jidPbxagent")
    record(
        unit,
        services,
        origin,
        EventKind.SYSTEM_CREATED,
        now=system.created_at,
        actor=caller.actor,
        system_id=system.id,
    )
    return SystemCreated(given.system, given.code, given.expires_at)
