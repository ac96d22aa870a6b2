"""credentials/proven_tokens.py."""

from hypothesis import given
from hypothesis import strategies as st

from credentials.proven_tokens import Proven, ProvenTokens

ANY = st.text(st.characters(exclude_categories=()))  # surrogates among them
PROVEN = Proven("kid", {"sub": "mary"})


@given(ANY, ANY)
def test_the_very_text_is_found(text: str, other: str) -> None:
    """And no other. Planted: a digest that leaves out what is no letter; failed."""
    tokens = ProvenTokens()
    assert tokens.find(text) is None
    tokens.keep(text, PROVEN)
    assert tokens.find(text) is PROVEN
    assert tokens.find(other) is (PROVEN if other == text else None)


def test_the_least_recently_used_goes_first() -> None:
    """However many come, no more are remembered than may be. Planted: the oldest goes first; failed."""
    tokens = ProvenTokens(most=2)
    tokens.keep("one", PROVEN)
    tokens.keep("two", PROVEN)
    assert tokens.find("one")
    tokens.keep("three", PROVEN)
    assert [text for text in ("one", "two", "three") if tokens.find(text)] == ["one", "three"]
