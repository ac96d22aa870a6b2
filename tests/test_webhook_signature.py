"""Signatures as Standard Webhooks has them, checked by that project's own code."""

from __future__ import annotations

import base64
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from credentials.chance import Chance
from delivery.webhook_signature import LEAST_BYTES, MOST_BYTES, PREFIX, read_secret, sign
from tests.webhook_receiver import OLDER_SECRET, SECRET

if TYPE_CHECKING:
    from credentials.secret import Secret

BODY = b'{"test": 2432232314}'
ID = "msg_p5jXN8AQM9LtMwpBJ2c"


def _verify(secret: Secret, signature: str, timestamp: int) -> None:
    headers = {"webhook-id": ID, "webhook-timestamp": str(timestamp), "webhook-signature": signature}
    Webhook(secret.reveal()).verify(BODY, headers, json_parse=False)


def _text(size: int) -> str:
    return PREFIX + base64.b64encode(b"k" * size).decode()


def test_it_is_what_another_program_computes() -> None:
    """The signature is OpenSSL's HMAC-SHA256 over id, time and body, with full stops between them."""
    key = base64.b64decode(SECRET.reveal().removeprefix(PREFIX)).hex()
    command = ["openssl", "dgst", "-sha256", "-mac", "HMAC", "-macopt", f"hexkey:{key}", "-binary"]
    given = f"{ID}.1614265330.".encode() + BODY
    digest = subprocess.run(command, input=given, capture_output=True, check=True).stdout
    assert sign([SECRET], ID, 1614265330, BODY) == f"v1,{base64.b64encode(digest).decode()}"


@pytest.mark.parametrize("known", [SECRET, OLDER_SECRET])
def test_during_a_rotation_either_secret_verifies(known: Secret) -> None:
    """Two secrets give two signatures, and a receiver needs one of them. Planted: the first alone signs."""
    timestamp = int(Chance().now().timestamp())
    signature = sign([SECRET, OLDER_SECRET], ID, timestamp, BODY)
    assert len(signature.split(" ")) == 2
    _verify(known, signature, timestamp)


def test_after_a_rotation_the_old_secret_verifies_nothing() -> None:
    """A secret that left the file signs no longer."""
    timestamp = int(Chance().now().timestamp())
    with pytest.raises(WebhookVerificationError, match="No matching signature"):
        _verify(OLDER_SECRET, sign([SECRET], ID, timestamp, BODY), timestamp)


@given(st.binary(max_size=MOST_BYTES + 6))
def test_a_secret_is_read_by_its_size(key: bytes) -> None:
    """Whatever its bytes, a secret of 24 to 64 of them is read, and no other."""
    read = read_secret(PREFIX + base64.b64encode(key).decode())
    assert (read is not None) == (LEAST_BYTES <= len(key) <= MOST_BYTES)


@pytest.mark.parametrize("size", [LEAST_BYTES, 25, 32, MOST_BYTES])
def test_secrets_of_the_bounds_are_read(size: int) -> None:
    """A secret has 24 to 64 bytes, both allowed, and does not show itself."""
    read = read_secret(_text(size))
    assert read is not None
    assert read.reveal() == _text(size)
    assert "whsec_" not in repr(read)


@pytest.mark.parametrize(
    "text",
    [
        _text(LEAST_BYTES - 1),
        _text(MOST_BYTES + 1),
        _text(32).removeprefix(PREFIX),
        _text(32).removesuffix("="),
        _text(32).replace("=", "=="),
        _text(32)[:-2] + "t=",  # stray bits
        _text(32) + "\n",
        "whpk_" + "QUJD" * 8,
        PREFIX + "_-_-" * 8,
        PREFIX + "é" * 32,
        PREFIX,
        "",
    ],
)
def test_other_texts_are_no_secrets(text: str) -> None:
    """A missing prefix, another size, another alphabet and another padding are refused."""
    assert read_secret(text) is None
