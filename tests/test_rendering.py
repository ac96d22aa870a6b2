"""How values are put into the templates of a letter."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.rendering import one_line, render
from delivery.templates import load_templates, shipped_templates

if TYPE_CHECKING:
    from pathlib import Path

TEMPLATES = shipped_templates()
ENGLISH = TEMPLATES.choose("en")
WHOLE = {
    "name": "Mary",
    "to": "mary@example.org",
    "service": "Rekey",
    "help_url": "https://help.example.org/?a=1&b=2",
    "link": "https://example.org/reset-password#token=abc",
    "code": "ABC-DEF",
    "expires_in": "1 hour",
}
GONE = {"name": "Mary", "to": "mary@example.org", "service": "Rekey", "help_url": None, "at": "noon"}

_PERSIAN = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"


def test_both_forms_hold_every_value() -> None:
    """The text and the HTML of a letter say the same values."""
    rendered = render(ENGLISH, "reset", WHOLE)
    assert (rendered.language, rendered.subject) == ("en", "Reset your password")
    for value in WHOLE.values():
        assert value in rendered.text
        assert value.replace("&", "&amp;") in rendered.html
    assert "$" not in rendered.text + rendered.html


def test_a_paragraph_without_its_value_is_left_out() -> None:
    """No code, no help: the sentences about them go too, in both forms, and no gap stays.

    Planted: only the line of the code left out, not what introduces it; seen to fail.
    """
    rendered = render(ENGLISH, "reset", WHOLE | {"code": None, "help_url": None})
    for form in (rendered.text, rendered.html):
        assert "code" not in form
        assert "Help" not in form
        assert "None" not in form
        assert "\n\n\n" not in form


def test_an_unknown_language_is_answered_in_english() -> None:
    """A locale without templates gets the English letter, marked as English."""
    rendered = render(TEMPLATES.choose("tlh_QO"), "reset", WHOLE)
    assert rendered.language == "en"
    assert '<html lang="en" dir="ltr">' in rendered.html


def test_a_missing_value_is_a_defect() -> None:
    """A value that the template needs and nobody gives is never an empty place in a letter."""
    with pytest.raises(KeyError):
        render(ENGLISH, "reset", {"name": "Mary"})


def test_a_value_is_never_read_as_a_template() -> None:
    """A name that looks like a placeholder stays what it is. Planted: filling in twice; seen to fail."""
    rendered = render(ENGLISH, "reset", WHOLE | {"name": "$link ${code}"})
    assert rendered.text.startswith("Hello $link ${code},\n")
    assert "<bdi>$link ${code}</bdi>" in rendered.html


def test_every_sign_of_a_template_stays_as_it_is(tmp_path: Path) -> None:
    """A percent sign means nothing, `$$` is a dollar. Planted: `%` not doubled; seen to fail."""
    file = tmp_path / "en" / "account_deleted.txt"
    file.parent.mkdir()
    file.write_text("Subject: Gone\n\n100 % at ${at}, not %(at)s or %s, %% or %d: $$5")
    english = load_templates(tmp_path).choose("en")
    assert "100 % at noon, not %(at)s or %s, %% or %d: $5" in render(english, "account_deleted", GONE).text


def test_markup_in_a_value_is_shown_not_obeyed() -> None:
    """Every sign of HTML in a name is escaped, in text it stays. Planted: no escaping; seen to fail."""
    rendered = render(ENGLISH, "reset", WHOLE | {"name": "<img src='//evil.example' \"&amp;>"})
    assert "<img" not in rendered.html
    assert "&lt;img src=&#x27;//evil.example&#x27; &quot;&amp;amp;&gt;" in rendered.html
    assert "<img src='//evil.example' \"&amp;>" in rendered.text


def test_a_rendered_letter_does_not_show_its_secrets() -> None:
    """The representation of a rendered letter, as a log would have it, holds no link and no code."""
    shown = repr(render(ENGLISH, "reset", WHOLE))
    assert "token" not in shown
    assert "ABC-DEF" not in shown


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("Mary\r\n\r\nZZZ-ZZZ", "Mary ZZZ-ZZZ"),
        ("a\u2028b\u2029c\x85d\x0be", "a b c d e"),
        ("a\x00\x1bb", "a b"),
        ("a\ud800b", "a b"),
        ("\u202eyram\u2066", "yram"),
        ("  a  b  ", "a b"),
        ("דוד בן־גוריון", "דוד בן־גוריון"),
        (_PERSIAN, _PERSIAN),  # the joiner belongs to the Persian spelling
        ("👩\u200d🔬", "👩\u200d🔬"),
    ],
)
def test_a_value_stays_in_its_line(value: str, line: str) -> None:
    """Breaks, controls and turns of direction go; names in any script stay as they are.

    Planted: U+202E kept; seen to fail.
    """
    assert one_line(value) == line


@given(st.text())
def test_any_value_becomes_one_encodable_line(value: str) -> None:
    """Whatever is given, the result is one line that UTF-8 can write, and doing it twice changes nothing."""
    line = one_line(value)
    assert len(line.splitlines()) <= 1
    assert line.encode().decode() == line
    assert not any(unicodedata.category(sign) == "Cc" for sign in line)
    assert one_line(line) == line
