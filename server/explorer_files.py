"""The files of other projects that the explorer needs, pinned: whence they come, what they hash to."""

from dataclasses import dataclass
from pathlib import Path

VENDOR = Path(__file__).parent / "pages" / "explorer" / "vendor"


@dataclass(frozen=True)
class PinnedFile:
    """One file of a tarball: its path there, its name in the vendor folder, its SHA-256 in hex."""

    member: str
    name: str
    sha256: str


@dataclass(frozen=True)
class Package:
    """One package of the npm registry; ``integrity`` is what ``npm view <spec> dist.integrity`` prints."""

    name: str
    version: str
    integrity: str
    files: tuple[PinnedFile, ...]


PACKAGES = (
    Package(
        "graphiql",
        "4.1.2",  # the last release with prebuilt files; 5 needs a bundler and style-src 'unsafe-inline'
        "sha512-rNlzQIAzm6i2KBXmVQWBgLvt0TloxFVB2d18bukvdsvjEuFDHsKx5IVOomL1W1o5WW+tE54+ioHb2AEKzO2cUg==",
        (
            PinnedFile(
                "package/graphiql.min.js",
                "graphiql.min.js",
                "867226ba8af5ce7949903fc53932f78dac9f4bfc6cc8da0fd3869b8bc6c5256b",
            ),
            PinnedFile(
                "package/graphiql.min.css",
                "graphiql.min.css",
                "30487e07635d312a63f647b140d37740a73c53332b0975bf4b1fe985ca6ec885",
            ),
            PinnedFile(
                "package/LICENSE",
                "LICENSE-graphiql",
                "4b18fbe55c4e8f9169cb702be138f4d858a2dad920c39857204ffdc9c1c9fdc4",
            ),
        ),
    ),
    Package(
        "react",
        "18.3.1",
        "sha512-wS+hAgJShR0KhEvPJArfuPVN1+Hz1t0Y6n5jLrGQbkb4urgPE/0Rve+1kMB1v/oWgHgm4WIcV+i7F2pTVj+2iQ==",
        (
            PinnedFile(
                "package/umd/react.production.min.js",
                "react.production.min.js",
                "d949f1c3687aedadcedac85261865f29b17cd273997e7f6b2bfc53b2f9d4c4dd",
            ),
            PinnedFile(
                "package/LICENSE",
                "LICENSE-react",
                "52412d7bc7ce4157ea628bbaacb8829e0a9cb3c58f57f99176126bc8cf2bfc85",
            ),
        ),
    ),
    Package(
        "react-dom",
        "18.3.1",
        "sha512-5m4nQKp+rZRb09LNH59GM4BxTh9251/ylbKIbpe7TpGxfJ+9kv6BLkLBXIjjspbgbnIBNqlI23tRnTWT0snUIw==",
        (
            PinnedFile(
                "package/umd/react-dom.production.min.js",
                "react-dom.production.min.js",
                "35f4f974f4b2bcd44da73963347f8952e341f83909e4498227d4e26b98f66f0d",
            ),
            PinnedFile(
                "package/LICENSE",
                "LICENSE-react-dom",
                "52412d7bc7ce4157ea628bbaacb8829e0a9cb3c58f57f99176126bc8cf2bfc85",
            ),
        ),
    ),
)

FETCHED_NAMES = frozenset(file.name for package in PACKAGES for file in package.files)
