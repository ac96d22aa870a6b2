"""`make native`: server/native.py, server/native_build.py and server/native_trial.py."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from server.argon2_build import BEFORE, MARKER, Origin, find_build, package_of
from server.native import Workshop, main
from server.native_build import FLAGS, NativeError, attempt, build, find_compiler, pinned
from server.native_trial import THREADS
from tests.native_world import IV, installed_copy, workshop


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """The library of an installation of the test's own."""
    return installed_copy(tmp_path)


def last_line(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line on standard error."""
    errors = capsys.readouterr().err
    assert errors.count("\n") == 1
    return errors


def test_it_is_built_checked_installed_and_undone(
    tmp_path: Path, library: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The build takes the published one's place, a second call has nothing to do, undone all is as it was.

    Planted: the second call builds again; the library of before not kept; each seen to fail.
    """
    published = library.read_bytes()
    given = workshop(tmp_path, library)
    assert main([], library, given) == 0
    said = capsys.readouterr().out
    assert "before" in said
    assert " times." in said
    assert library.read_bytes() == published + FLAGS.encode()
    assert find_build(library).origin is Origin.NATIVE
    (tmp_path / "requirements.lock").touch()
    (tmp_path / "sources").rename(tmp_path / "gone")
    assert main([], library, given) == 0
    assert "already" in capsys.readouterr().out
    assert main(["--remind"], library) == 0
    assert not capsys.readouterr().out
    assert main(["--undo"], library) == 0
    assert library.read_bytes() == published
    assert find_build(library).origin is Origin.PUBLISHED
    assert {file.name for file in library.parent.glob("*rekey*")} == set()


def test_what_computes_something_else_is_not_installed(
    tmp_path: Path, library: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A build whose tags differ leaves the published one. Planted: its difference not looked at; failed."""
    published = library.read_bytes()
    assert IV in published
    wrong = workshop(tmp_path, library, published.replace(IV, IV[::-1]))
    assert main([], library, wrong) == 1
    assert "computes something else: the known tag" in last_line(capsys)
    assert library.read_bytes() == published
    assert sorted(file.name for file in library.parent.glob("*.*")) == ["__init__.py", library.name]


def test_what_does_not_load_is_not_installed(
    tmp_path: Path, library: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A library that is none ends its own process, and nothing else."""
    published = library.read_bytes()
    assert main([], library, workshop(tmp_path, library, b"no library")) == 1
    assert "the build does not work (status 1): ImportError" in last_line(capsys)
    assert library.read_bytes() == published


def test_another_source_is_refused(tmp_path: Path, library: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A source whose hash is not the lock's is never built. Planted: no hashes asked of pip; failed."""
    given = workshop(tmp_path, library)
    given.lock.write_text(given.lock.read_text().replace("sha256:", "sha256:0")[:-9] + "\n")
    published = library.read_bytes()
    assert main([], library, given) == 1
    assert "pip could not build it" in last_line(capsys)
    assert library.read_bytes() == published


def test_a_compiler_that_is_missing_is_named(
    tmp_path: Path, library: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a compiler, or Python's headers, one line says what to install."""
    given = workshop(tmp_path, library)._replace(path=str(tmp_path))
    assert main([], library, given) == 1
    assert "apt-get install gcc" in last_line(capsys)
    with pytest.raises(NativeError, match="apt-get install python3-dev"):
        find_compiler(include=str(tmp_path))


def test_what_is_not_installed_is_not_built(
    tmp_path: Path, library: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the lock is newer than the installation, or knows no such package, one line says so."""
    given = workshop(tmp_path, library)
    given.lock.write_text(given.lock.read_text().replace("bindings==", "bindings==9"))
    assert main([], library, given) == 1
    assert "run make install first" in last_line(capsys)
    with pytest.raises(NativeError, match="does not pin"):
        pinned("other==1\n")


def test_an_installation_that_replaces_it_says_so(
    tmp_path: Path, library: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """After pip has put another library there, `make install` asks for `make native`, which undoes nothing.

    Planted: the note believed without the library's hash; failed.
    """
    published = library.read_bytes()
    assert main([], library, workshop(tmp_path, library)) == 0
    library.write_bytes(published)
    assert find_build(library).origin is Origin.PUBLISHED
    capsys.readouterr()
    assert main(["--remind"], library) == 0
    assert "run make native again" in capsys.readouterr().out
    assert main(["--undo"], library) == 0
    assert "nothing to undo" in capsys.readouterr().out
    assert not library.with_name(MARKER).exists()


def test_undo_without_the_library_of_before_says_how(
    tmp_path: Path, library: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where what was kept is gone or changed, nothing is put back but the way to install it is told."""
    assert main([], library, workshop(tmp_path, library)) == 0
    built = library.read_bytes()
    library.with_name(BEFORE).write_bytes(b"another")
    assert main(["--undo"], library) == 1
    assert "pip install --force-reinstall" in last_line(capsys)
    assert library.read_bytes() == built


def test_one_for_another_processor_is_built_anew(
    tmp_path: Path, library: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where this processor lacks what the build may use, the next call takes it back and builds again."""
    given = workshop(tmp_path, library)
    assert main([], library, given) == 0
    note = library.with_name(MARKER)
    note.write_text(note.read_text().replace('"flags": [', '"flags": ["avx9000", '))
    assert find_build(library).lacking == ("avx9000",)
    assert main([], library, given) == 0
    assert "is back" in capsys.readouterr().out
    assert find_build(library).lacking == ()


def test_a_build_upon_a_build_keeps_the_recorded_one(tmp_path: Path, library: Path) -> None:
    """A library that somebody changed is built over, and is not what an undo brings back."""
    published = library.read_bytes()
    given = workshop(tmp_path, library)
    assert main([], library, given) == 0
    library.write_bytes(published + b"changed")
    assert find_build(library).origin is Origin.UNKNOWN
    assert main([], library, given) == 0
    assert main(["--undo"], library) == 0
    assert library.read_bytes() == published


def test_pip_and_a_build_that_take_too_long_are_given_up(tmp_path: Path, library: Path) -> None:
    """What hangs is ended; pip that makes nothing, and a folder without a build, are told."""
    hangs = (sys.executable, "-c", "import time; time.sleep(60)")
    with pytest.raises(NativeError, match=r"within 0\.2 seconds"):
        build(tmp_path, "", hangs, patience=0.2)
    work = tmp_path / "work"
    work.mkdir()
    with pytest.raises(NativeError, match="pip built no wheel"):
        build(work, "", (sys.executable, "-c", ""))
    with pytest.raises(NativeError, match=r"status 3\): $"):
        build(work, "", (sys.executable, "-c", "raise SystemExit(3)"))
    with pytest.raises(NativeError, match="holds no build"):
        attempt(work, 0)
    assert package_of(tmp_path / "none" / library.name) is None


def test_the_command_knows_its_words() -> None:
    """`python -m server.native` refuses what it does not know, and finds the installed library by itself."""
    assert main(["--everything"]) == 2
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run([sys.executable, "-m", "server.native", "--remind"], cwd=root, check=True)
    assert done.returncode == 0
    assert THREADS == 2  # as it says
    assert Workshop().lock == root / "requirements.lock"
