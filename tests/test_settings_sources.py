"""Tests of where settings come from: the environment, `.env`, files of secrets."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.settings_parsing import BadSettings
from server.settings_sources import gather, read_dotenv


def dotenv(folder: Path, text: str) -> Path:
    """Writes a `.env` file."""
    file = folder / ".env"
    file.write_text(text)
    return file


def test_a_dotenv_file_is_read(tmp_path: Path) -> None:
    """Plain, quoted, exported and commented lines give what is meant; other names are left alone."""
    file = dotenv(
        tmp_path,
        "# a comment\n"
        "\n"
        "REKEY_LOG_LEVEL=debug # why\n"
        "export REKEY_RELAY = off\n"
        "REKEY_MAIL_FROM='Rekey # one <a@example.org>' # two\n"
        'REKEY_MAIL_URL="smtp://u:p#q@example.org"\n'
        "REKEY_DATABASE_URL=postgresql://u:p#q=r@h/db\n"
        "OTHER=\n",
    )
    assert gather({}, file) == {
        "REKEY_LOG_LEVEL": "debug",
        "REKEY_RELAY": "off",
        "REKEY_MAIL_FROM": "Rekey # one <a@example.org>",
        "REKEY_MAIL_URL": "smtp://u:p#q@example.org",
        "REKEY_DATABASE_URL": "postgresql://u:p#q=r@h/db",
    }


def test_the_environment_wins(tmp_path: Path) -> None:
    """A name in both places has the environment's value, and foreign names are left out."""
    file = dotenv(tmp_path, "REKEY_LOG_LEVEL=debug\n")
    assert gather({"REKEY_LOG_LEVEL": "error", "PATH": "/bin"}, file) == {"REKEY_LOG_LEVEL": "error"}


def test_a_missing_dotenv_file_is_empty(tmp_path: Path) -> None:
    """No file, or none asked for, states nothing."""
    assert gather({}, tmp_path / ".env") == {}
    assert gather({}, None) == {}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("REKEY_RELAY=true\nhunter2\n", r"line 2: write NAME=value"),
        ("REKEY_RELAY=true\nREKEY_RELAY=false\n", r"line 2: REKEY_RELAY stands there twice"),
        ("1REKEY=hunter2\n", r"line 1: write NAME=value"),
    ],
)
def test_a_malformed_dotenv_line_is_refused(tmp_path: Path, text: str, line: str) -> None:
    """A line that says nothing, or says it twice, is named by its number and not repeated."""
    with pytest.raises(BadSettings, match=line) as caught:
        read_dotenv(dotenv(tmp_path, text))
    assert "hunter2" not in str(caught.value)


def test_an_unreadable_dotenv_file_is_refused(tmp_path: Path) -> None:
    """A folder, or bytes that are no text, in the place of the file is refused."""
    with pytest.raises(BadSettings, match="cannot be read: Is a directory"):
        read_dotenv(tmp_path)
    file = tmp_path / ".env"
    file.write_bytes(b"REKEY_RELAY=\xff")
    with pytest.raises(BadSettings, match="is not UTF-8 text"):
        read_dotenv(file)


@given(st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=40))
def test_a_quoted_value_is_taken_as_it_is(tmp_path_factory: pytest.TempPathFactory, value: str) -> None:
    """Any text without line ends comes back from between quotes, whatever it holds."""
    quote = "'" if "'" not in value else '"'
    text = value.replace('"', "")
    file = dotenv(tmp_path_factory.getbasetemp(), f"NAME={quote}{text}{quote}\n")
    assert read_dotenv(file) == {"NAME": text}


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("REKEY_ACCESS_TOKEN_TL", "did you mean REKEY_ACCESS_TOKEN_TTL?"),
        ("REKEY_MAIL_URI_FILE", "did you mean REKEY_MAIL_URL_FILE?"),
        ("REKEY_relay", "did you mean REKEY_RELAY?"),
        ("REKEY_QQQQQQ", "docs/settings.md lists them all."),
        ("REKEY_RELAY_FILE", "did you mean"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest(name: str, advice: str) -> None:
    """A name that is no setting stops the start and the nearest is named; only secrets have a file."""
    with pytest.raises(BadSettings) as caught:
        gather({name: "hunter2"}, None)
    assert str(caught.value).startswith(f"{name} is no setting; {advice}")


@pytest.mark.parametrize("value", ["", "  "])
def test_an_empty_value_is_refused(value: str) -> None:
    """An empty value is neither the default nor a value, so it is refused."""
    with pytest.raises(BadSettings, match="REKEY_PRODUCTION is empty"):
        gather({"REKEY_PRODUCTION": value}, None)


def test_a_secret_comes_from_its_file(tmp_path: Path) -> None:
    """`…_FILE` names a file whose one line is the secret."""
    file = tmp_path / "mail"
    file.write_text("smtps://u:p@mail.example.org\n")
    assert gather({"REKEY_MAIL_URL_FILE": str(file)}, None) == {
        "REKEY_MAIL_URL": "smtps://u:p@mail.example.org"
    }


def test_a_secret_stated_twice_is_refused(tmp_path: Path) -> None:
    """The secret and its file together are refused, wherever each is stated."""
    file = dotenv(tmp_path, "REKEY_MAIL_URL_FILE=/run/secrets/mail\n")
    with pytest.raises(BadSettings, match="REKEY_MAIL_URL and REKEY_MAIL_URL_FILE are both set"):
        gather({"REKEY_MAIL_URL": "dir:/tmp/mail"}, file)


@pytest.mark.parametrize("content", [b"", b"\n", b"one\ntwo\n", b"\xff"])
def test_a_secrets_file_of_another_form_is_refused(tmp_path: Path, content: bytes) -> None:
    """Nothing, several lines or bytes that are no text are refused by the setting's name."""
    file = tmp_path / "mail"
    file.write_bytes(content)
    with pytest.raises(BadSettings, match="REKEY_MAIL_URL_FILE"):
        gather({"REKEY_MAIL_URL_FILE": str(file)}, None)


def test_a_secrets_missing_file_is_refused_without_its_path() -> None:
    """The path is not shown: it may be the secret itself in the wrong place."""
    with pytest.raises(BadSettings, match="names cannot be read: No such file") as caught:
        gather({"REKEY_MAIL_URL_FILE": "smtps://u:hunter2@example.org"}, None)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__context__ is None
