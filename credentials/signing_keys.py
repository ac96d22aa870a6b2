"""The keys that sign access tokens: EC P-256, each known by its id."""

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from jwt.algorithms import ECAlgorithm

from credentials.chance import Chance
from credentials.encoding import base64url
from credentials.secret import Secret

_CURVE = ec.SECP256R1()  # P-256, the curve of ES256 (RFC 7518 section 3.4)
# The order n of P-256 (NIST SP 800-186 section 3.2.1.3).
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_COORDINATE_BYTES = 32  # RFC 7518 section 6.2.1.2
_KID_BYTES = 16  # 128 bits: no two ids meet
_ES256 = ECAlgorithm(SHA256, ec.SECP256R1)


class SigningKey:
    """One private key with its id; it signs and verifies by ES256 (RFC 7518 section 3.4).

    Args:
        kid: The id that tokens name it by.
        key: A private key on P-256.
    """

    def __init__(self, kid: str, key: ec.EllipticCurvePrivateKey) -> None:
        self._kid = kid
        self._key = key
        self._public = key.public_key()

    @classmethod
    def new(cls, chance: Chance) -> "SigningKey":
        """Make a key: a uniform number from 1 to n - 1 (FIPS 186-5, appendix A.2.2)."""
        key = ec.derive_private_key(1 + chance.below(_ORDER - 1), _CURVE)
        return cls(base64url(chance.draw(_KID_BYTES)), key)

    @classmethod
    def from_pem(cls, kid: str, pem: Secret) -> "SigningKey":
        """Read what `private_pem` gave.

        Raises:
            ValueError: The text is no unencrypted PEM of a private key on P-256; it is not shown.
        """
        message = "The signing key is not a private key on P-256 in PEM."
        try:
            key = serialization.load_pem_private_key(pem.utf8(), password=None)
        except (ValueError, TypeError):
            raise ValueError(message) from None
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
            raise ValueError(message)  # noqa: TRY004 - the text is wrong, not its type
        return cls(kid, key)

    @property
    def kid(self) -> str:
        """The id that tokens name the key by: 22 base64url characters in a new one."""
        return self._kid

    def private_pem(self) -> Secret:
        """Return the private key, unencrypted, as PKCS #8 in PEM: for the vault only."""
        pem = self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return Secret(pem.decode("ascii"))

    def jwk(self) -> dict[str, str]:
        """Return the public key as a JSON Web Key (RFC 7517 section 4, RFC 7518 section 6.2.1)."""
        numbers = self._public.public_numbers()
        return {
            "kty": "EC",
            "crv": "P-256",
            "x": base64url(numbers.x.to_bytes(_COORDINATE_BYTES, "big")),
            "y": base64url(numbers.y.to_bytes(_COORDINATE_BYTES, "big")),
            "kid": self._kid,
            "alg": "ES256",
            "use": "sig",
        }

    def sign(self, message: bytes) -> bytes:
        """Return the signature, 64 bytes: R and S."""
        return _ES256.sign(message, self._key)

    def is_signature(self, signature: bytes, message: bytes) -> bool:
        """Tell whether a signature of any length is this key's on a message."""
        return _ES256.verify(message, self._public, signature)
