"""credentials/key_export.py."""

import base64

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from credentials.chance import Chance
from credentials.encoding import base64url
from credentials.key_export import BadExport, export_keys, import_keys
from credentials.key_ring import KeyRing
from credentials.secret import Secret

RING = KeyRing([bytes(range(32)), bytes(32)])
PASSPHRASE = Secret("vorhalquem zistolper quabdrin")
TEXT = export_keys(RING, PASSPHRASE, Chance())


def test_what_is_exported_is_imported() -> None:
    """All keys come back in their order, also where line ends were changed on the way."""
    assert import_keys(TEXT, PASSPHRASE).text() == RING.text()
    assert import_keys(TEXT.replace("\n", "\r\n"), PASSPHRASE).ids == RING.ids


def test_the_format_is_the_documented_one() -> None:
    """It opens as docs/keys.md says: scrypt with 2^17, 8, 1, then AES-256-GCM over the keys' file."""
    first, *lines = TEXT.splitlines()
    text = "".join(lines)
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    key = Scrypt(salt=data[:16], length=32, n=2**17, r=8, p=1).derive(PASSPHRASE.utf8())
    assert AESGCM(key).decrypt(data[16:28], data[28:], first.encode()) == RING.text().utf8()


def test_no_key_stands_in_it() -> None:
    """Neither a key nor the passphrase is in the text, and two exports have nothing but the first line."""
    keys = RING.text().reveal().split()
    assert not any(secret in TEXT.replace("\n", "") for secret in [*keys, PASSPHRASE.reveal()])
    other = export_keys(RING, PASSPHRASE, Chance())
    assert set(TEXT.splitlines()) & set(other.splitlines()) == {"rekey keys 1"}


def test_another_passphrase_or_a_changed_file_does_not_open() -> None:
    """The refusal shows nothing of what is inside, in its chain neither."""
    changed = TEXT[:30] + ("A" if TEXT[30] != "A" else "B") + TEXT[31:]
    for text, passphrase in ((TEXT, Secret("another")), (changed, PASSPHRASE)):
        with pytest.raises(BadExport, match="does not open") as refused:
            import_keys(text, passphrase)
        assert refused.value.__context__ is None


def test_what_was_sealed_is_read_as_keys() -> None:
    """A file that opens but holds no root keys is refused likewise."""
    salt, nonce = bytes(16), bytes(12)
    key = Scrypt(salt=salt, length=32, n=2**17, r=8, p=1).derive(PASSPHRASE.utf8())
    box = AESGCM(key).encrypt(nonce, b"no keys", b"rekey keys 1")
    with pytest.raises(BadExport, match="does not open"):
        import_keys(f"rekey keys 1\n{base64url(salt + nonce + box)}", PASSPHRASE)


@pytest.mark.parametrize(
    "text", ["", "rekey keys 1\n", "rekey keys 2\n" + TEXT[13:], "rekey keys 1\n!", TEXT + "A" * 70_000]
)
def test_other_files_are_refused_before_any_work(text: str) -> None:
    """What has another first line, another alphabet or no sensible length derives no key."""
    with pytest.raises(BadExport, match="not a file"):
        import_keys(text, PASSPHRASE)
