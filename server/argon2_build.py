"""Which build of Argon2 runs: the installed one, or one that `make native` made for this processor."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from dataclasses import asdict, dataclass
from enum import Enum
from importlib.metadata import Distribution, distributions
from pathlib import Path

from _argon2_cffi_bindings import _ffi

PACKAGE = "argon2-cffi-bindings"
#: Beside the library: what was built here, and the library that was there before.
MARKER = "rekey-native.json"
BEFORE = "rekey-published"


class Origin(Enum):
    """Where the library comes from."""

    PUBLISHED = "the published build"
    INSTALLED = "a build that pip made when it was installed"
    NATIVE = "the build that make native made for this processor"
    UNKNOWN = "a build that is neither the installed one nor one of make native"


@dataclass(frozen=True)
class Native:
    """What `make native` notes of a library that it built.

    Attributes:
        sha256: Of the library, in hex.
        version: Of the package.
        flags: What the processor it was built on can do, by the kernel's words.
    """

    sha256: str
    version: str
    flags: list[str]

    def write(self, folder: Path) -> None:
        """Writes the note, whole or not at all."""
        draft = folder / f"{MARKER}.new"
        draft.write_text(json.dumps(asdict(self)), encoding="utf-8")
        draft.replace(folder / MARKER)


@dataclass(frozen=True)
class Build:
    """The build that runs.

    Attributes:
        origin: Where it comes from.
        version: Of the package; empty where nobody noted one.
        lacking: What the processor it was built for can do and this one cannot.
    """

    origin: Origin
    version: str
    lacking: tuple[str, ...] = ()


def loaded_library() -> Path:
    """The file that this process hashes with."""
    return Path(_ffi.__file__)


def find_build(library: Path) -> Build:
    """Tells by its bytes where a library comes from: its package's RECORD and the note of `make native`.

    The package's version alone says nothing, and neither does the note: pip may have replaced the library.
    """
    content = library.read_bytes()
    package = package_of(library)
    version = "" if package is None else package.version or ""
    note = read_note(library.parent)
    if note is not None and note.sha256 == hashlib.sha256(content).hexdigest():
        present = set(processor_flags())
        return Build(Origin.NATIVE, note.version, tuple(each for each in note.flags if each not in present))
    if package is None or not is_recorded(content, library, package):
        return Build(Origin.UNKNOWN, version)
    tags = [line for line in (package.read_text("WHEEL") or "").splitlines() if line.startswith("Tag:")]
    # Nobody publishes for plain "linux": PEP 513 and its successors gave published wheels names of their own.
    by_pip = any("-linux_" in tag for tag in tags)
    return Build(Origin.INSTALLED if by_pip else Origin.PUBLISHED, version)


def package_of(library: Path) -> Distribution | None:
    """The package that a library was installed with."""
    site = str(library.parent.parent)
    return next(iter(distributions(name=PACKAGE, path=[site])), None)


def is_recorded(content: bytes, library: Path, package: Distribution) -> bool:
    """Whether a package's RECORD has this content for the library."""
    digest = urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
    name = f"{library.parent.name}/{library.name}"
    return any(str(file) == name and file.hash and file.hash.value == digest for file in package.files or ())


def read_note(folder: Path) -> Native | None:
    """What `make native` noted; None where it did not, or where that cannot be read."""
    try:
        return Native(**json.loads((folder / MARKER).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def processor_flags(cpuinfo: Path = Path("/proc/cpuinfo")) -> list[str]:
    """What the processor can do, by Linux's words; nothing where the system does not say."""
    if not cpuinfo.exists():
        return []
    lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
    # "flags" on x86, "Features" on ARM; processors of one machine have the same.
    named = (line.partition(":") for line in lines)
    return next((value.split() for name, _, value in named if name.strip() in {"flags", "Features"}), [])
