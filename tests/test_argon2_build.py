"""server/argon2_build.py: which build runs is told truthfully."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from server.argon2_build import MARKER, Native, Origin, find_build, loaded_library, processor_flags, read_note
from tests.native_world import installed_copy

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """The library of an installation of the test's own."""
    return installed_copy(tmp_path)


def test_the_published_wheel_is_known_by_its_record(library: Path) -> None:
    """The recorded bytes from a wheel with a published tag are the published build."""
    found = find_build(library)
    assert (found.origin, found.lacking) == (Origin.PUBLISHED, ())
    assert found.version


def test_what_pip_built_itself_is_told_apart(library: Path) -> None:
    """A wheel whose tag nobody publishes was compiled by pip, for any processor."""
    (wheel,) = library.parent.parent.glob("*.dist-info/WHEEL")
    wheel.write_text("Wheel-Version: 1.0\nTag: cp310-abi3-linux_x86_64\n")
    assert find_build(library).origin is Origin.INSTALLED


def test_changed_bytes_are_not_the_published_build(library: Path) -> None:
    """One byte more, and it is not what was installed. Planted: the version believed; failed."""
    library.write_bytes(library.read_bytes() + b"\0")
    assert find_build(library).origin is Origin.UNKNOWN


def test_without_a_package_nothing_is_claimed(library: Path) -> None:
    """A library that no package recorded is unknown, without a version."""
    for file in library.parent.parent.glob("*.dist-info/*"):
        if file.is_file():
            file.unlink()
    found = find_build(library)
    assert (found.origin, found.version) == (Origin.UNKNOWN, "")


def test_a_note_of_other_bytes_says_nothing(library: Path) -> None:
    """The note of `make native` counts for the bytes that it names alone."""
    Native("00" * 32, "1", []).write(library.parent)
    assert read_note(library.parent) == Native("00" * 32, "1", [])
    assert find_build(library).origin is Origin.PUBLISHED
    (library.parent / MARKER).write_text("[]")
    assert read_note(library.parent) is None


def test_the_library_that_is_loaded_is_looked_at() -> None:
    """What runs here is known, whichever it is."""
    assert find_build(loaded_library()).origin is not Origin.UNKNOWN


def test_processor_flags_are_read_where_there_are_any(tmp_path: Path) -> None:
    """Linux's words on either architecture; elsewhere none."""
    cpuinfo = tmp_path / "cpuinfo"
    assert processor_flags(cpuinfo) == []
    cpuinfo.write_text("processor : 0\nFeatures\t: fp asimd\n")
    assert processor_flags(cpuinfo) == ["fp", "asimd"]
    cpuinfo.write_text("processor : 0\n")
    assert processor_flags(cpuinfo) == []
