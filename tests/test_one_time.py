"""credentials/one_time.py."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentials.chance import Chance
from credentials.digests import Digests
from credentials.key_ring import KeyRing
from credentials.one_time import (
    activation_code,
    api_key,
    pbx_id,
    read_activation_code,
    read_api_key,
    read_code,
    read_token,
    reset_code,
    reset_token,
    temporary_password,
    xmpp_password,
)
from credentials.policy import PasswordPolicy, PolicyChecker
from credentials.secret import Secret
from tests.chance import FixedChance

DIGESTS = Digests(KeyRing([bytes(range(32))]))
UNAMBIGUOUS = "0-9A-HJKMNP-TV-Z"
KEY_ID = "0123456789abcdefghjkmnpqrs"


def test_reset_token_is_the_derived_256_bits() -> None:
    """The token of an effect is always the same 43 characters, and read as it is (R12).

    printf ba25108d0d9cd5459fc0833d9b090686312dde50fdb217007fcaecf3f5814c30 | xxd -r -p | basenc
    --base64url, the bytes of the vector in the test of the digests.
    """
    token = reset_token(DIGESTS, "e1")
    assert token.reveal() == "uiUQjQ2c1UWfwIM9mwkGhjEt3lD9shcAf8rs8_WBTDA"
    assert token == reset_token(DIGESTS, "e1") != reset_token(DIGESTS, "e2")
    assert read_token(token.reveal()) == token


@given(st.text())
def test_reset_code_is_shown_in_two_groups(effect_id: str) -> None:
    """The code of any effect is `ABC-DEF` of 32 unambiguous characters, and read as it is (R12)."""
    code = reset_code(DIGESTS, effect_id)
    assert re.fullmatch(f"[{UNAMBIGUOUS}]{{3}}-[{UNAMBIGUOUS}]{{3}}", code.reveal())
    assert read_code(code.reveal()) == code == reset_code(DIGESTS, effect_id)


def test_reset_codes_use_each_character() -> None:
    """Each of the 32 characters comes at each of the six places over 1,500 effects."""
    codes = [reset_code(DIGESTS, str(number)).reveal().replace("-", "") for number in range(1500)]
    assert [len({code[at] for code in codes}) for at in range(6)] == [32] * 6


@pytest.mark.parametrize("typed", ["2PV-F46", "2pvf46", " 2p v-f\t46\n", "2-P-V-F-4-6", "2PV\u00a0F46"])
def test_typed_code_is_read_loosely(typed: str) -> None:
    """Case, blanks and hyphens do not count (R12). Planted: case counts; failed."""
    assert read_code(typed) == reset_code(DIGESTS, "e1")


@pytest.mark.parametrize("typed", ["", "2PV-F4", "2PV-F467", "2PV-F4I", "2PV-F\u017fV", "2PV_F46", " " * 70])
def test_what_is_no_code_is_none(typed: str) -> None:
    """Another length or alphabet, letters that only look alike among them, is no code."""
    assert read_code(typed) is None


@pytest.mark.parametrize("text", ["", "A" * 42, "A" * 42 + "B", "A" * 43 + "=", "A" * 44, " " + "A" * 43])
def test_what_is_no_token_is_none(text: str) -> None:
    """Another length, padding, blanks and a last character with stray bits are no token."""
    assert read_token(text) is None


@given(st.text(max_size=100))
def test_any_text_is_read_or_none(text: str) -> None:
    """Arbitrary text raises nothing, and what is read is canonical."""
    assert read_api_key(text) is None
    token, code, number = read_token(text), read_code(text), read_activation_code(text)
    assert token is None or token == Secret(text)
    assert code is None or read_code(code.reveal()) == code
    assert number is None or re.fullmatch("[0-9]{4,16}", number.reveal())


@pytest.mark.parametrize("digits", [4, 12, 16])
def test_activation_code_has_its_digits(digits: int) -> None:
    """A code has as many digits as asked, the first not 0, and is read as it is (S3)."""
    chance = FixedChance(seed="digits")
    codes = [activation_code(chance, digits) for _ in range(200)]
    assert all(re.fullmatch(f"[1-9][0-9]{{{digits - 1}}}", code.reveal()) for code in codes)
    assert all(read_activation_code(code.reveal()) == code for code in codes)
    assert {code.reveal()[0] for code in codes} == set("123456789")


def test_activation_code_reaches_both_ends() -> None:
    """Four digits go from 1000 to 9999 (S3). Planted: one less at the upper end; failed."""

    class Lowest(Chance):
        def below(self, bound: int) -> int:
            return bound * 0

    class Highest(Chance):
        def below(self, bound: int) -> int:
            return bound - 1

    assert activation_code(Lowest()).reveal() == "1000"
    assert activation_code(Highest()).reveal() == "9999"


def test_activation_code_has_bounds() -> None:
    """Fewer than 4 digits or more than 16 are a defect of the caller."""
    for digits in (3, 17):
        with pytest.raises(ValueError, match="4 to 16"):
            activation_code(Chance(), digits)


def test_typed_activation_code_may_hold_blanks() -> None:
    """Blanks do not count; other digits than ASCII's, letters, hyphens and other lengths are no code."""
    assert read_activation_code(" 1234 5678 9012 ") == Secret("123456789012")
    assert [read_activation_code(typed) for typed in ("123", "1" * 17, "12-34", "١٢٣٤", "12a4", "")] == [
        None
    ] * 6


def test_temporary_password_is_readable_and_allowed() -> None:
    """A temporary password is four groups of four, and keeps the default policy (C3)."""
    checker = PolicyChecker(PasswordPolicy())
    passwords = [temporary_password(FixedChance(seed=str(number))) for number in range(20)]
    group = "[0-9a-hjkmnp-tv-z]{4}"
    assert all(re.fullmatch(f"{group}(-{group}){{3}}", password.reveal()) for password in passwords)
    assert not [broken for made in passwords for broken in checker.shape(made) + checker.guessability(made)]


def test_made_secrets_differ() -> None:
    """Two temporary passwords, XMPP passwords, PBX ids and API keys are never the same."""
    chance = Chance()
    assert temporary_password(chance) != temporary_password(chance)
    assert xmpp_password(chance) != xmpp_password(chance)
    assert pbx_id(chance) != pbx_id(chance)
    assert api_key(chance, KEY_ID) != api_key(chance, KEY_ID)


def test_xmpp_password_and_pbx_id_have_their_forms() -> None:
    """An XMPP password is 256 bits in base64url; a PBX id is `PBX-` and 80 readable bits (S7, S8)."""
    assert read_token(xmpp_password(Chance()).reveal()) is not None
    assert re.fullmatch(f"PBX(-[{UNAMBIGUOUS}]{{4}}){{4}}", pbx_id(Chance()))


@given(st.binary(min_size=32, max_size=32))
def test_api_key_is_read_back(data: bytes) -> None:
    """A key gives its row's id and its secret part, also where that holds underscores."""

    class Drawn(Chance):
        def draw(self, size: int) -> bytes:
            return data[:size]

    key = api_key(Drawn(), KEY_ID).reveal()
    assert key.startswith(f"rk_{KEY_ID}_")
    assert read_api_key(key) == (KEY_ID, Secret(key.removeprefix(f"rk_{KEY_ID}_")))


def test_what_is_no_api_key_is_none() -> None:
    """Another prefix, id or secret part, blanks and padding are no key."""
    token = "A" * 43
    wrong = [f"RK_{KEY_ID}_{token}", f"rk_{KEY_ID}{token}", f"rk_{KEY_ID.upper()}_{token}", f"rk__{token}"]
    wrong += [
        f"rk_{KEY_ID}_{token}=",
        f" rk_{KEY_ID}_{token}",
        f"rk_{KEY_ID}_{token[1:]}",
        f"rk_short_{token}",
    ]
    assert [read_api_key(text) for text in wrong] == [None] * len(wrong)
    assert read_api_key(f"rk_{KEY_ID}_{token}") == (KEY_ID, Secret(token))


def test_api_key_refuses_another_id() -> None:
    """An id that could not be read back is a defect of the caller."""
    with pytest.raises(ValueError, match="8 to 32"):
        api_key(Chance(), "with_underscore")
