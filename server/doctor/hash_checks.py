"""Hashing: which build of Argon2 runs, how fast, and what memory it takes at full load."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from credentials.arena import NoArena, room
from server.argon2_build import Origin, find_build, loaded_library
from server.doctor.finding import Area
from server.hash_speed import measure, peak_memory
from server.settings_rules import machine_memory

if TYPE_CHECKING:
    from pathlib import Path

    from credentials.chance import Chance
    from server.argon2_build import Build
    from server.doctor.finding import Finding
    from server.settings import Settings

HASHING = Area("hashing")
MIB = 2**20
#: Seconds of hashing: some dozen hashes of each thread at the default cost.
LASTS = 0.5
LESS = "Lower REKEY_HASH_WORKERS or REKEY_ARGON2_MEMORY_KIB."
AGAIN = "Run make native again, or make native ARGS=--undo."


def look_at_build(library: Path | None = None) -> tuple[list[Finding], bool]:
    """Which build runs, and whether it can run on this processor."""
    build = find_build(library or loaded_library())
    if build.lacking:
        message = f"Argon2 was built for another processor; this one lacks {', '.join(build.lacking)}."
        return [HASHING.fail(message, AGAIN)], False
    return [_origin(build)], True


def _origin(build: Build) -> Finding:
    said = f"Argon2 is {build.origin.value} (argon2-cffi-bindings {build.version or 'of unknown version'})."
    if build.origin is Origin.UNKNOWN:
        advice = "Have pip install it again from requirements.lock, or say who replaced it."
        return HASHING.warn(said, advice)
    return HASHING.ok(said)


def measure_hashing(settings: Settings, chance: Chance) -> tuple[list[Finding], dict[str, Any] | None]:
    """Hashes at full load for a second; gives the figures, too, by the names that scripts read."""
    wanted, machine = settings.hash_workers * room(settings.hashing), machine_memory()
    if wanted > machine:
        # Some systems promise any memory, and end whoever uses it.
        sizes = f"{wanted // MIB} MiB for it are more than the {machine // MIB} MiB that there are"
        message = f"Nothing was hashed: {sizes}."
        return [HASHING.fail(message, LESS)], None
    try:
        speed = measure(settings.hashing, settings.hash_workers, LASTS, chance)
    except NoArena as fault:
        return [HASHING.fail(str(fault), LESS)], None
    arenas, resident = speed.threads * room(settings.hashing), peak_memory()
    facts = {
        "memoryKib": settings.hashing.memory_kib,
        "timeCost": settings.hashing.time_cost,
        "parallelism": settings.hashing.parallelism,
        "workers": speed.threads,
        "hashesPerSecond": round(speed.per_second, 1),
        "millisecondsPerHash": round(speed.seconds * 1000, 1),
        "arenaBytes": arenas,
        "residentBytes": resident,
        "machineBytes": machine,
    }
    load = (
        f"{speed.threads} threads hash {speed.per_second:.1f} passwords a second at full load; "
        f"one takes {speed.seconds * 1000:.0f} ms."
    )
    memory = (
        f"At full load each process takes {speed.threads} threads x {room(settings.hashing) // MIB} MiB = "
        f"{arenas // MIB} MiB for hashing; this one, with the rest, took {resident // MIB} MiB "
        f"of the machine's {machine // MIB} MiB."
    )
    findings = [HASHING.ok(load), HASHING.ok(memory)]
    if speed.threads < settings.hash_workers:
        message = f"There is memory for {speed.threads} of {settings.hash_workers} hashing threads."
        findings.append(HASHING.warn(message, LESS))
    return findings, facts
