"""The doctor's smaller parts: files, keys, the build of Argon2, memory, and parameters that take a time."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

import pytest

from credentials.hash_parameters import HashParameters, below_owasp_minimum
from server.argon2_build import MARKER, Native
from server.doctor.calibration import propose, read_time
from server.doctor.examination import Examination, examine
from server.doctor.hash_checks import look_at_build, measure_hashing
from server.doctor.key_checks import look_at_files, look_at_root_key
from server.root_key import make_root_key
from tests.chance import FixedChance
from tests.doctors import SteppingChance, levels, little_memory, settings_of
from tests.native_world import installed_copy
from tests.servers import CHEAP

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio
MIB, GIB = 2**20, 2**30


def test_another_users_files_are_not_looked_at(tmp_path: Path) -> None:
    """A data directory or a root key of somebody else is a failure that names both users."""
    settings = settings_of(
        REKEY_DATA_DIR=str(tmp_path), REKEY_ROOT_KEY_FILE=str(tmp_path / "key" / "root.key")
    )
    tmp_path.chmod(0o700)
    make_root_key(settings.root_key_file, FixedChance())
    other = os.geteuid() + 1
    assert look_at_files(settings).level == "OK"
    assert levels([look_at_files(settings, other)], f"and this is {other}") == ["FAIL"]
    found, ring = look_at_root_key(settings)
    assert levels(found, "keys in it: 1") == ["OK"]
    assert ring is not None
    found, ring = look_at_root_key(settings, other)
    assert levels(found, f"and this is {other}") == ["FAIL"]
    assert ring is None


def test_a_key_beside_its_database_is_told(tmp_path: Path) -> None:
    """One backup of the folder would hold both."""
    settings = settings_of(REKEY_DATA_DIR=str(tmp_path))
    make_root_key(settings.root_key_file, FixedChance())
    assert levels(look_at_root_key(settings)[0], "in the database's folder") == ["WARN"]


def test_the_build_of_argon2_is_told(tmp_path: Path) -> None:
    """Published, changed by somebody, and built for a processor that this one is not."""
    library = installed_copy(tmp_path)
    found, can_run = look_at_build(library)
    assert (levels(found, "Argon2 is the published build"), can_run) == (["OK"], True)
    library.write_bytes(library.read_bytes() + b"x")
    assert levels(look_at_build(library)[0], "neither the installed one") == ["WARN"]
    Native(hashlib.sha256(library.read_bytes()).hexdigest(), "1", ["avx9000"]).write(library.parent)
    found, can_run = look_at_build(library)
    assert (levels(found, "this one lacks avx9000"), can_run) == (["FAIL"], False)
    assert (library.parent / MARKER).exists()


def test_memory_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the machine has not, or does not give, is a failure, and there are no figures.

    Planted: the machine's memory not looked at; failed.
    """
    settings = settings_of(REKEY_ARGON2_MEMORY_KIB=str(2**20), REKEY_HASH_WORKERS="2")
    monkeypatch.setattr("server.doctor.hash_checks.machine_memory", lambda: GIB)
    found, facts = measure_hashing(settings, SteppingChance(1))
    assert levels(found, "2048 MiB for it are more than the 1024 MiB") == ["FAIL"]
    assert facts is None
    monkeypatch.setattr("server.doctor.hash_checks.machine_memory", lambda: 2**40)
    with little_memory(GIB // 2):
        found, facts = measure_hashing(settings, SteppingChance(1))
    assert levels(found, "There is no memory for a hash") == ["FAIL"]
    assert facts is None


def test_threads_without_memory_are_told() -> None:
    """Where there is memory for some of the threads, they are measured, and the others named."""
    settings = settings_of(REKEY_ARGON2_MEMORY_KIB=str(GIB // 1024), REKEY_HASH_WORKERS="2")
    with little_memory(GIB * 3 // 2):
        found, facts = measure_hashing(settings, SteppingChance(1))
    assert levels(found, "memory for 1 of 2 hashing threads") == ["WARN"]
    assert facts is not None
    assert facts["workers"] == 1


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("250ms", 0.25),
        (" 1s ", 1.0),
        ("10ms", 0.01),
        ("5s", 5.0),
        ("5001ms", None),
        ("9ms", None),
        ("", None),
    ],
)
def test_times_are_read(text: str, seconds: float | None) -> None:
    """Milliseconds and seconds, both bounds allowed."""
    assert read_time(text) == seconds


def test_proposals_hold_every_bound() -> None:
    """None is below OWASP's minimum or takes more than half of the memory, and all were measured.

    By this clock every hash takes a second. Planted: the memory not bounded; failed.
    """
    found = list(propose(2.0, threads=1, lanes=1, memory=32 * MIB, chance=SteppingChance(1)))
    assert [each.parameters.time_cost for each in found] == [3, 4, 5]
    for each in found:
        assert below_owasp_minimum(each.parameters) is None
        assert each.parameters.memory_kib * 1024 <= 16 * MIB
        assert each.speed.seconds > 0
    assert list(propose(0.5, threads=1, lanes=1, memory=64 * MIB, chance=SteppingChance(1))) == []


def test_a_set_is_measured_once_more() -> None:
    """What a busy moment did to the last correction is not said of the set; what lasts is, and is not near.

    By the first clock a hash takes a second, but for one, of six; by the second each takes longer than the
    one before. Planted: the last correction's time; failed.
    """

    class Busy(SteppingChance):
        looks = 0

        def monotonic(self) -> float:
            self.looks += 1
            return super().monotonic() + (5 if self.looks == 11 else 0)

    first = next(propose(1.1, threads=1, lanes=1, memory=64 * MIB, chance=Busy(1)))
    assert (first.speed.seconds, first.is_near) == (1, True)
    later = next(propose(1.1, threads=1, lanes=1, memory=64 * MIB, chance=SteppingChance(1, 0.03)))
    assert not later.is_near
    bounded = next(propose(2.0, threads=1, lanes=1, memory=32 * MIB, chance=SteppingChance(1)))
    assert not bounded.is_near


def test_the_least_is_not_undercut() -> None:
    """A time that OWASP's minimum just takes is answered with the minimum."""
    found = list(propose(1.0, threads=1, lanes=2, memory=18 * MIB, chance=SteppingChance(1)))
    assert [each.parameters for each in found] == [HashParameters(9216, 4, 2), HashParameters(7168, 5, 2)]


async def test_what_cannot_be_mapped_is_not_proposed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that claims more memory than it gives is told, after all else was looked at."""
    monkeypatch.chdir(tmp_path)
    for name, value in {**CHEAP, "REKEY_HASH_WORKERS": "1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("server.doctor.examination.machine_memory", lambda: 2**60)
    with little_memory(GIB):
        # A second for each hash: OWASP's least is measured, and then a hundred times as much.
        done = await examine(SteppingChance(1), production=False, wanted=100)
    assert done.proposals == []
    assert levels(done.findings, "There is no memory for a hash") == ["FAIL"]


async def test_a_build_for_another_processor_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What might end the process is not measured."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("server.doctor.examination.look_at_build", lambda: ([], False))
    done = await examine(SteppingChance(1), production=False, wanted=None)
    assert done.hashing is None
    assert Examination().is_healthy
