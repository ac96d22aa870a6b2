"""What attempts are counted by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentials.attempt_keys import (
    RESET_CODE,
    network_candidates,
    network_key,
    owner_key,
    subject_key,
    typed_key,
)
from credentials.chance import Chance
from credentials.digests import Digests
from credentials.key_ring import KeyRing

DIGESTS = Digests(KeyRing.parse(KeyRing.new_text(Chance())))
OTHER = Digests(KeyRing.parse(KeyRing.new_text(Chance())))


def test_no_two_counts_share_a_key() -> None:
    """Name, network, door and owner each make a key of its own, however they are joined."""
    keys = {
        typed_key(DIGESTS, "192.0.2.1", "password", "mary"),
        typed_key(DIGESTS, "192.0.2.2", "password", "mary"),
        typed_key(DIGESTS, "192.0.2.1", RESET_CODE, "mary"),
        typed_key(DIGESTS, "192.0.2.1", "password", "john"),
        typed_key(DIGESTS, "", "password", "192.0.2.1mary"),
        subject_key(DIGESTS, "mary"),
        network_key(DIGESTS, "192.0.2.1", "password"),
        network_key(DIGESTS, "192.0.2.1", RESET_CODE),
        owner_key(DIGESTS, RESET_CODE, "mary"),
        owner_key(DIGESTS, "password", "192.0.2.1"),
    }
    assert len(keys) == 10


@pytest.mark.parametrize("typed", ["MARY", "Mary"])
def test_names_are_folded(typed: str) -> None:
    """A name is counted as it is compared, in any case of its letters."""
    assert typed_key(DIGESTS, "n", "d", typed) == typed_key(DIGESTS, "n", "d", "mary")
    assert subject_key(DIGESTS, typed) == subject_key(DIGESTS, "mary")


def test_a_network_is_found_under_every_root_key() -> None:
    """What a former root key made is among the candidates, and nothing of another network or door."""
    ring = KeyRing.parse(KeyRing.new_text(Chance()))
    digests = Digests(ring)
    before = network_key(digests, "192.0.2.1", "password")
    ring.learn(KeyRing.parse(KeyRing.new_text(Chance())))
    ring.use(ring.newest_id)
    after = network_key(digests, "192.0.2.1", "password")
    assert network_candidates(digests, "192.0.2.1", "password") == [after, before]
    assert before not in network_candidates(digests, "192.0.2.2", "password")
    assert before not in network_candidates(digests, "192.0.2.1", RESET_CODE)


@given(st.text())
def test_what_was_typed_is_not_kept(typed: str) -> None:
    """People type passwords there; a key is 32 bytes that only this installation can make."""
    key = typed_key(DIGESTS, "192.0.2.1", "password", typed)
    assert len(key) == 32
    assert key != typed_key(OTHER, "192.0.2.1", "password", typed)
    assert len({len(subject_key(DIGESTS, typed)), len(owner_key(DIGESTS, "", typed[:0]))}) == 1
