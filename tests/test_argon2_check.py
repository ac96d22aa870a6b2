"""credentials/argon2_check.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from credentials import argon2_check
from credentials.argon2_check import VECTORS, find_difference, openssl
from credentials.chance import Chance
from credentials.hash_parameters import HashParameters

if TYPE_CHECKING:
    import pytest


def test_the_build_that_runs_computes_argon2id() -> None:
    """Known tags and OpenSSL's are computed, whatever the inputs."""
    assert find_difference(Chance(), 20) is None


def test_a_wrong_vector_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A known tag that does not come out is named by its cost. Planted: no vector computed; failed."""
    wrong = VECTORS[0]._replace(tag="00" * 32)
    monkeypatch.setattr(argon2_check, "VECTORS", (wrong,))
    found = find_difference(Chance(), 0)
    assert found is not None
    assert str(wrong.parameters) in found


def test_a_tag_that_openssl_does_not_compute_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the two disagree about any input, the cost is named. Planted: only vectors compared; failed."""

    def one_pass_more(password: bytes, salt: bytes, key: bytes, parameters: HashParameters) -> bytes:
        more = HashParameters(parameters.memory_kib, parameters.time_cost + 1, parameters.parallelism)
        return openssl(password, salt, key, more)

    monkeypatch.setattr(argon2_check, "openssl", one_pass_more)
    assert "OpenSSL computes another tag" in (find_difference(Chance(), 0) or "")
