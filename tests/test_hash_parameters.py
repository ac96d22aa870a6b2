"""credentials/hash_parameters.py."""

import pytest

from credentials.hash_parameters import HashParameters, below_owasp_minimum


@pytest.mark.parametrize(
    ("memory", "passes"), [(47104, 1), (19456, 2), (12288, 3), (9216, 4), (7168, 5), (65536, 3), (7168, 9)]
)
def test_owasp_settings_pass(memory: int, passes: int) -> None:
    """Each of OWASP's equivalent settings passes, and what has more of either."""
    assert below_owasp_minimum(HashParameters(memory, passes)) is None


@pytest.mark.parametrize(
    ("memory", "passes"), [(47103, 1), (19455, 2), (12287, 3), (9215, 4), (7167, 5), (7167, 99), (8, 1)]
)
def test_less_than_owasp_is_named(memory: int, passes: int) -> None:
    """One KiB less is too little, however many passes; the message names values. Planted: `or`; failed."""
    message = below_owasp_minimum(HashParameters(memory, passes))
    assert message is not None
    assert str(memory) in message
    assert "47104" in message


def test_default_is_the_documented_one() -> None:
    """The default is 47104 KiB, one pass, one lane, and passes."""
    assert HashParameters() == HashParameters(47104, 1, 1)
    assert below_owasp_minimum(HashParameters()) is None


@pytest.mark.parametrize(
    ("memory", "passes", "lanes"),
    [(7, 1, 1), (15, 1, 2), (8, 0, 1), (8, 1, 0), (2**32, 1, 1), (8, 2**32, 1), (2**31, 1, 2**24)],
)
def test_values_that_rfc_9106_forbids_are_refused(memory: int, passes: int, lanes: int) -> None:
    """Parameters outside RFC 9106 section 3.1 cannot be made."""
    with pytest.raises(ValueError, match="Argon2 takes"):
        HashParameters(memory, passes, lanes)


def test_work_is_memory_times_passes() -> None:
    """Work counts the blocks that are computed."""
    assert HashParameters(64, 3).work == 192
