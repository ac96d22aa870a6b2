"""An installation of argon2-cffi-bindings of the test's own, and a source that pip builds without a network.

The real build needs a registry and a compiler; pip, its hashes, the wheel and everything behind are real
here. The source's backend only copies the published library and adds bytes behind its end, which a loader
does not read.
"""

from __future__ import annotations

import hashlib
import io
import shutil
import sys
import tarfile
from typing import TYPE_CHECKING

from server.argon2_build import BEFORE, PACKAGE, loaded_library, package_of
from server.native import Workshop

if TYPE_CHECKING:
    from pathlib import Path

#: Half of BLAKE2b's initial values as the library has them (RFC 7693, 2.6): another one, and tags differ.
IV = 0x6A09E667F3BCC908.to_bytes(8, "little")
PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""
BACKEND = """
import os, pathlib, zipfile
def get_requires_for_build_wheel(config_settings=None):
    return []
def build_wheel(folder, config_settings=None, metadata_directory=None):
    content = pathlib.Path("library.so").read_bytes() + os.environ["CFLAGS"].encode()
    info = "argon2_cffi_bindings-{version}.dist-info/"
    name = "argon2_cffi_bindings-{version}-cp310-abi3-linux_x86_64.whl"
    with zipfile.ZipFile(pathlib.Path(folder, name), "w") as wheel:
        wheel.writestr("_argon2_cffi_bindings/{library}", content)
        wheel.writestr("_argon2_cffi_bindings/__init__.py", pathlib.Path("init.py").read_bytes())
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: {package}\\nVersion: {version}\\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nTag: cp310-abi3-linux_x86_64\\n")
        wheel.writestr(info + "RECORD", "")
    return name
"""


def installed_copy(folder: Path) -> Path:
    """A copy of what is installed here, as its package recorded it; gives its library."""
    library = loaded_library()
    package = package_of(library)
    assert package is not None
    recorded = library.with_name(BEFORE)  # where `make native` was run here
    site = folder / "site"
    for file in package.files or ():
        source = library.parent.parent / file
        if source.exists() and "__pycache__" not in file.parts:
            (site / file).parent.mkdir(parents=True, exist_ok=True)
            is_replaced = source == library and recorded.exists()
            shutil.copy(recorded if is_replaced else source, site / file)
    return site / library.parent.name / library.name


def workshop(folder: Path, library: Path, content: bytes | None = None) -> Workshop:
    """What builds this library, or other bytes, by pip from a source in a folder; compiled in no time."""
    package = package_of(library)
    assert package is not None
    name = f"argon2_cffi_bindings-{package.version}"
    backend = BACKEND.format(version=package.version, library=library.name, package=PACKAGE)
    files = {
        "pyproject.toml": PYPROJECT.encode(),
        "backend.py": backend.encode(),
        "PKG-INFO": f"Metadata-Version: 2.1\nName: {PACKAGE}\nVersion: {package.version}\n".encode(),
        "library.so": library.read_bytes() if content is None else content,
        "init.py": (library.parent / "__init__.py").read_bytes(),
    }
    sources = folder / "sources"
    sources.mkdir()
    with tarfile.open(sources / f"{name}.tar.gz", "w:gz") as archive:
        for path, data in files.items():
            member = tarfile.TarInfo(f"{name}/{path}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    digest = hashlib.sha256((sources / f"{name}.tar.gz").read_bytes()).hexdigest()
    lock = folder / "requirements.lock"
    lock.write_text(f"other==1\n{PACKAGE}=={package.version} \\\n    --hash=sha256:{digest}\nzzz==1\n")
    pip = (
        "/usr/bin/env", "PIP_CONFIG_FILE=/dev/null", "PIP_NO_INDEX=1", f"PIP_FIND_LINKS={sources}",
        sys.executable, "-m", "pip",
    )  # fmt: skip
    return Workshop(pip, lock, turn=0.001, rounds=1)
