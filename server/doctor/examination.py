"""Everything that the doctor looks at, in order; what cannot be looked at is left out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from credentials.arena import NoArena
from server.doctor.calibration import propose
from server.doctor.database_checks import look_at_database, look_at_match
from server.doctor.finding import Level
from server.doctor.hash_checks import HASHING, look_at_build, measure_hashing
from server.doctor.kept_checks import look_at_audit, look_at_clock, look_at_deliveries, look_at_people
from server.doctor.key_checks import look_at_files, look_at_root_key
from server.doctor.mail_checks import look_at_mail
from server.doctor.settings_checks import CHANGE, SETTINGS, look_at_settings, look_at_webhooks
from server.doctor.xmpp_checks import look_at_xmpp
from server.settings import read
from server.settings_parsing import BadSettings
from server.settings_rules import machine_memory
from store.opening import open_store

if TYPE_CHECKING:
    from collections.abc import Collection

    from credentials.chance import Chance
    from credentials.key_ring import KeyRing
    from server.doctor.calibration import Proposal
    from server.doctor.finding import Finding
    from server.settings import Settings


@dataclass
class Examination:
    """What was found.

    Attributes:
        findings: In the order in which things depend on each other.
        hashing: Figures, by the names that scripts read; None where nothing could be hashed.
        proposals: Where a time was wanted: parameters that take it.
    """

    findings: list[Finding] = field(default_factory=list)
    hashing: dict[str, Any] | None = None
    proposals: list[Proposal] | None = None

    @property
    def is_healthy(self) -> bool:
        """Whether nothing fails."""
        return all(each.level is not Level.FAIL for each in self.findings)


async def examine(chance: Chance, *, production: bool, wanted: float | None) -> Examination:
    """Looks at the installation that the settings name, and changes nothing.

    Args:
        chance: Clock and entropy.
        production: As if REKEY_PRODUCTION were true.
        wanted: Seconds that a hash should take, where parameters for it are to be found.
    """
    done = Examination()
    try:
        settings, stated = read(instead={"REKEY_PRODUCTION": "true"} if production else {})
    except BadSettings as fault:
        done.findings.append(SETTINGS.fail(str(fault), CHANGE))
        return done
    done.findings += await _look(settings, stated, chance)
    _hash(done, settings, chance, wanted)
    return done


async def _look(settings: Settings, stated: Collection[str], chance: Chance) -> list[Finding]:
    findings = [*look_at_settings(settings, stated)]
    files = look_at_files(settings)
    findings.append(files)
    if files.level is not Level.FAIL:  # another user's command may not leave files in it
        keys, ring = look_at_root_key(settings)
        findings += [*keys, *await _look_into(settings, ring, chance)]
    findings += await look_at_mail(settings)
    findings += await look_at_xmpp(settings, chance)
    findings += look_at_webhooks(settings)
    return findings


async def _look_into(settings: Settings, ring: KeyRing | None, chance: Chance) -> list[Finding]:
    store = open_store(settings.database_url)
    try:
        findings, check = await look_at_database(settings, store, chance)
        if check is None:
            return findings
        findings += await look_at_people(store)
        findings += await look_at_deliveries(store)
        findings.append(await look_at_clock(store, chance))
        if ring is not None:
            match = look_at_match(check, ring)
            findings.append(match)
            if match.level is not Level.FAIL:
                findings.append(await look_at_audit(store, ring))
    finally:
        await store.close()
    return findings


def _hash(done: Examination, settings: Settings, chance: Chance, wanted: float | None) -> None:
    findings, can_run = look_at_build()
    done.findings += findings
    if not can_run:
        return
    findings, done.hashing = measure_hashing(settings, chance)
    done.findings += findings
    if wanted is None:
        return
    lanes, memory = settings.hashing.parallelism, machine_memory()
    try:
        done.proposals = [*propose(wanted, settings.hash_workers, lanes, memory, chance)]
    except NoArena as fault:
        done.proposals = []
        done.findings.append(HASHING.fail(str(fault), "Lower REKEY_HASH_WORKERS."))
        return
    if not done.proposals:
        message = f"No parameters that OWASP allows take {wanted * 1000:.0f} ms or less here at full load."
        done.findings.append(HASHING.warn(message, "Want a longer time, or run make native."))
