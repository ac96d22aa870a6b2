"""credentials/secret.py."""

import copy
import json
import logging
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentials.secret import Secret

ANY = st.characters(exclude_categories=())  # surrogates among them
TEXT = "correct horse battery staple"


def test_secret_shows_only_where_asked() -> None:
    """No way of printing a secret shows it; `reveal` and `utf8` do. Planted: repr of the text; failed."""
    secret = Secret(TEXT)
    shown = [repr(secret), str(secret), f"{secret}", f"{secret!r:>40}", f"{secret:>40}", f"{[secret]}"]
    assert not [text for text in shown if TEXT in text]
    assert secret.reveal() == TEXT
    assert secret.utf8() == TEXT.encode()


def test_secret_stays_out_of_logs(caplog: pytest.LogCaptureFixture) -> None:
    """A secret given to a logger leaves a constant there."""
    logging.getLogger("test").warning("got %s and %r", Secret(TEXT), Secret(TEXT))
    assert caplog.messages == ["got Secret(…) and Secret(…)"]


def test_secret_is_not_serialised() -> None:
    """Pickle, copy and JSON refuse a secret, and do not say it."""
    for way in (pickle.dumps, copy.copy, copy.deepcopy, json.dumps):
        with pytest.raises(TypeError) as refused:
            way(Secret(TEXT))
        assert TEXT not in str(refused.value)


def test_secret_has_no_dictionary_and_no_hash() -> None:
    """A secret has no `__dict__` to be dumped, and cannot be a key of a set."""
    assert not hasattr(Secret(TEXT), "__dict__")
    with pytest.raises(TypeError):
        hash(Secret(TEXT))


@given(st.text(ANY), st.text(ANY))
def test_secrets_are_equal_where_their_texts_are(one: str, other: str) -> None:
    """Two secrets are equal exactly where their texts are, whatever the code points."""
    assert (Secret(one) == Secret(other)) == (one == other)
    assert Secret(one) == Secret(one)


def test_secret_equals_no_text_and_takes_surrogates() -> None:
    """A secret differs from its bare text, and a lone surrogate raises nothing."""
    assert Secret("a") != "a"
    assert Secret("\ud800") == Secret("\ud800")
    assert Secret("\ud800") != Secret("?")
