"""credentials/encoding.py."""

from hypothesis import given
from hypothesis import strategies as st

from credentials.encoding import UNAMBIGUOUS, base32, base64url, frame, grouped, read_base64url


def test_alphabet_is_unambiguous() -> None:
    """The alphabet has 32 different characters, and none of i, l, o, u."""
    assert len(set(UNAMBIGUOUS)) == 32
    assert not set(UNAMBIGUOUS) & set("ilou")


@given(st.binary(min_size=10, max_size=10))
def test_base32_keeps_each_bit(data: bytes) -> None:
    """Ten bytes in sixteen characters can be read back."""
    number = 0
    for character in base32(data, 16):
        number = number * 32 + UNAMBIGUOUS.index(character)
    assert number.to_bytes(10, "big") == data


def test_base32_drops_higher_bits() -> None:
    """Where the characters hold fewer bits than the data, the lowest bits are spelled."""
    assert base32(b"\xff\x00\x01", 2) == "01"


def test_grouped_puts_hyphens_between() -> None:
    """Groups are joined by hyphens, and the last may be shorter."""
    assert grouped("abcdefg", 3) == "abc-def-g"


@given(st.binary(max_size=64))
def test_base64url_is_read_back(data: bytes) -> None:
    """What is spelled is read back, without padding."""
    assert "=" not in base64url(data)
    assert read_base64url(base64url(data)) == data


@given(st.text(max_size=12) | st.text("AQgw-_=+/ \n", max_size=12))
def test_base64url_has_one_spelling(text: str) -> None:
    """A text is read only where it is the one spelling of its bytes. Planted: no re-encoding; failed."""
    data = read_base64url(text)
    assert data is None or base64url(data) == text


def test_base64url_refuses_other_spellings() -> None:
    """Padding, the other alphabet, stray bits, blanks and characters beyond ASCII are refused."""
    assert read_base64url("_-8") == b"\xff\xef"
    assert [read_base64url(text) for text in ("_-8=", "/+8", "_-9", "_ -8", "_-8\n", "é", "A")] == [None] * 7


@given(st.lists(st.binary(max_size=9), max_size=4), st.lists(st.binary(max_size=9), max_size=4))
def test_frames_of_different_parts_differ(one: list[bytes], other: list[bytes]) -> None:
    """No two lists of parts have the same frame. Planted: parts joined without lengths; failed."""
    assert (frame(*one) == frame(*other)) == (one == other)


def test_frame_shows_where_parts_end() -> None:
    """Moving a byte from one part to the next changes the frame."""
    assert frame(b"ab", b"c") != frame(b"a", b"bc")
