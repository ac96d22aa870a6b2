"""The pins of the explorer's files."""

from base64 import b64decode

from server.explorer_files import FETCHED_NAMES, PACKAGES


def test_pins_are_whole() -> None:
    """Each package pins an exact version and a SHA-512, each file a SHA-256."""
    for package in PACKAGES:
        algorithm, _, digest = package.integrity.partition("-")
        assert (algorithm, len(b64decode(digest))) == ("sha512", 64)
        assert package.version.replace(".", "").isdigit()
        assert {len(bytes.fromhex(file.sha256)) for file in package.files} == {32}


def test_names_are_plain() -> None:
    """No two files share a name on disk, and none leads out of the vendor folder."""
    assert len(FETCHED_NAMES) == sum(len(package.files) for package in PACKAGES)
    assert not [name for name in FETCHED_NAMES if "/" in name or name.startswith(".")]


def test_each_package_brings_its_licence() -> None:
    """The licence of each package is fetched beside its files."""
    assert {f"LICENSE-{package.name}" for package in PACKAGES} <= FETCHED_NAMES
