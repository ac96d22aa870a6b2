"""The words that rows hold."""

from enum import StrEnum

import pytest

from credentials import kinds


@pytest.mark.parametrize(
    "kind",
    [
        kinds.Role,
        kinds.IdentitySource,
        kinds.SystemStatus,
        kinds.ChatAccountKind,
        kinds.EffectKind,
        kinds.EffectState,
        kinds.EventKind,
        kinds.LetterName,
    ],
)
def test_a_word_is_its_own_name(kind: type[StrEnum]) -> None:
    """What a row holds is the name that clients know; a row that was written stays readable."""
    assert [member.value for member in kind] == [member.name for member in kind]
