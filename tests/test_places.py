"""Where each sealed value lies."""

import pytest

from credentials.chance import Chance
from credentials.key_ring import KeyRing
from credentials.places import account_password, signing_key, wish_address
from credentials.secret import Secret
from credentials.vault import SealBroken, Vault


def test_no_two_places_are_the_same() -> None:
    """Table, row, column and purpose tell every sealed value from every other."""
    places = [place(row) for place in (account_password, wish_address, signing_key) for row in ("one", "two")]
    assert len({tuple(sorted(place.items())) for place in places}) == 6


def test_a_value_opens_at_its_own_place_only() -> None:
    """A sealed value that was moved to another row or column does not open."""
    chance = Chance()
    vault = Vault(KeyRing.parse(KeyRing.new_text(chance)), chance)
    sealed = vault.seal(Secret("x"), **account_password("one"))
    assert vault.open(sealed, **account_password("one")) == Secret("x")
    for place in (account_password("two"), wish_address("one"), signing_key("one")):
        with pytest.raises(SealBroken):
            vault.open(sealed, **place)
