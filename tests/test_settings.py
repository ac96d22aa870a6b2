"""Tests of the settings: names, defaults, sources and what stops the start."""

import os
import re
import typing
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest

from credentials.hashing import HashParameters
from credentials.policy import PasswordPolicy
from credentials.secret import Secret
from server.settings import BadSettings, Settings, check_listen, check_memory, load
from server.settings_rules import machine_memory
from server.settings_table import ALL, ARGON2, PASSWORD, PLAIN, Setting

DOCUMENT = Path(__file__).parent.parent / "docs/settings.md"
ROW = re.compile(r"\| `(REKEY_[A-Z0-9_]+)`( ●)? \| `([^`]+)` \| (\S.*) \|")

PRODUCTION = {
    "REKEY_PRODUCTION": "true",
    "REKEY_DATA_DIR": "/var/lib/rekey",
    "REKEY_PUBLIC_URL": "https://rekey.example.org",
    "REKEY_MAIL_URL": "smtp://rekey:hunter2@mail.example.org:587",
    "REKEY_MAIL_FROM": "Rekey <rekey@example.org>",
    "REKEY_TRUSTED_PROXIES": "none",
}


def refusal(environment: dict[str, str], dotenv: Path | None = None) -> str:
    """Gives the line with which the settings are refused."""
    with pytest.raises(BadSettings) as caught:
        load(environment, dotenv)
    line = str(caught.value)
    assert "\n" not in line
    assert line.endswith((".", "?"))
    return line


def bounds_of(setting: Setting[object]) -> str | None:
    """Gives `least to most`, as the refusal of a text that is no value names them; None: it names none."""
    with pytest.raises(ValueError, match=r"^must ") as caught:
        setting.parse("?")
    found = re.search(r"\S+ to \S+$", str(caught.value))
    return found and found[0]


def test_every_setting_is_documented_with_its_default() -> None:
    """docs/settings.md has a row for each setting, no other, with its default, meaning and secrecy.

    Planted: a setting more in the table; another default; seen to fail.
    """
    rows = [match.groups() for match in map(ROW.fullmatch, DOCUMENT.read_text().splitlines()) if match]
    documented = {name: (bool(mark), default) for name, mark, default, _ in rows}
    assert len(rows) == len(documented)
    assert documented == {each.name: (each.secret, each.default) for each in ALL}


def test_every_bound_is_documented() -> None:
    """The row of a number or a duration says from where to where it may be, as its refusal does.

    Planted: a setting's row without its upper bound; seen to fail, as 19 were.
    """
    rows = (match for match in map(ROW.fullmatch, DOCUMENT.read_text().splitlines()) if match)
    meanings = {match[1]: re.sub("[`,]", "", match[4]) for match in rows}
    bounds = {each.name: text for each in ALL if (text := bounds_of(each))}
    assert {"REKEY_SESSION_TTL", "REKEY_PASSWORD_HISTORY_SIZE"} <= bounds.keys()
    assert not [name for name, text in bounds.items() if text not in meanings[name]]


def test_every_field_has_a_setting() -> None:
    """Settings, the hash parameters and the password policy have a setting for each field, and no other."""
    single = {field.name for field in fields(Settings)} - {"hashing", "password_policy"}
    assert {each.field for each in PLAIN} == single
    assert {each.field for each in ARGON2} == {f"argon2_{field.name}" for field in fields(HashParameters)}
    assert {each.field for each in PASSWORD} == {f"password_{field.name}" for field in fields(PasswordPolicy)}


def test_every_default_has_its_fields_type() -> None:
    """What the table's parsers give is what the fields of Settings declare."""
    settings = load({}, None)
    for name, declared in typing.get_type_hints(Settings).items():
        container = typing.get_origin(declared)
        assert isinstance(getattr(settings, name), tuple if container is tuple else declared), name


def test_defaults_are_a_small_installation_in_the_folder() -> None:
    """Nothing stated is an embedded database, a mailbox folder and keys below ./var, on loopback."""
    settings = load({}, None)
    assert settings.database_url == Secret("sqlite:///var/rekey.db")
    assert settings.mail_url == Secret("dir:var/mail")
    assert settings.root_key_file == Path("var/root.key")
    assert settings.reset_page_url == "http://127.0.0.1:8000/reset-password"
    assert settings.hashing == HashParameters()
    assert settings.password_policy == PasswordPolicy()
    assert settings.hash_workers == os.cpu_count()
    assert settings.refresh_token_ttl == timedelta(days=7)


def test_defaults_follow_the_folder_and_the_public_url() -> None:
    """What is below the data directory or the public URL moves with them."""
    settings = load({"REKEY_DATA_DIR": "/srv/{x}", "REKEY_PUBLIC_URL": "http://localhost:9000/"}, None)
    assert settings.database_url == Secret("sqlite:////srv/{x}/rekey.db")
    assert settings.root_key_file == Path("/srv/{x}/root.key")
    assert settings.public_url == "http://localhost:9000"
    assert settings.reset_page_url == "http://localhost:9000/reset-password"


def test_the_process_environment_is_read(tmp_path: Path) -> None:
    """Without an environment of its own, load reads the process's, where no setting is stated in tests."""
    assert load(dotenv=tmp_path / "missing") == load({}, None)


def test_each_kind_of_setting_is_read() -> None:
    """Stated values reach their fields in their types."""
    settings = load(
        {
            "REKEY_ARGON2_MEMORY_KIB": "7168",
            "REKEY_ARGON2_TIME_COST": "5",
            "REKEY_PASSWORD_MAX_AGE_DAYS": "90",
            "REKEY_PASSWORD_REQUIRE_DIGIT": "TRUE",
            "REKEY_ACCESS_TOKEN_TTL": " 90s ",
            "REKEY_RELAY": "off",
        },
        None,
    )
    assert settings.hashing == HashParameters(7168, 5, 1)
    assert settings.password_policy == PasswordPolicy(max_age_days=90, require_digit=True)
    assert settings.access_token_ttl == timedelta(seconds=90)
    assert settings.relay is False


@pytest.mark.parametrize(
    ("environment", "line"),
    [
        ({"REKEY_RELAY": "perhaps"}, "REKEY_RELAY must be true or false."),
        ({"REKEY_PUBLIC_URL": "http://192.0.2.1"}, "REKEY_PUBLIC_URL must be on 127.0.0.1, ::1 or localhost"),
        ({"REKEY_METRICS_LISTEN": "192.0.2.1:9100"}, "REKEY_METRICS_LISTEN must be on 127.0.0.1"),
        ({"REKEY_ARGON2_MEMORY_KIB": "46000"}, "REKEY_ARGON2_MEMORY_KIB, REKEY_ARGON2_TIME_COST: 46000 KiB"),
        (
            {"REKEY_HASH_WORKERS": "1024", "REKEY_ARGON2_MEMORY_KIB": "4294967295"},
            "REKEY_HASH_WORKERS: 1 pro",
        ),
        ({"REKEY_PASSWORD_MIN_LENGTH": "65", "REKEY_PASSWORD_MAX_LENGTH": "64"}, "REKEY_PASSWORD_MIN_LENGTH"),
        (
            {"REKEY_ACCESS_TOKEN_TTL": "2h", "REKEY_REFRESH_TOKEN_TTL": "1h"},
            "REKEY_ACCESS_TOKEN_TTL must not",
        ),
        ({"REKEY_SESSION_TTL": "1d"}, "REKEY_REFRESH_TOKEN_TTL must not be above REKEY_SESSION_TTL."),
        ({"REKEY_REQUIRE_API_KEY": "true"}, "REKEY_REQUIRE_API_KEY switches the hosted reset page off"),
    ],
)
def test_unsafe_values_are_refused(environment: dict[str, str], line: str) -> None:
    """What is malformed, or unsafe by itself or together, stops the start and names the setting."""
    assert refusal(environment).startswith(line)


def test_production_starts_where_all_is_stated() -> None:
    """The smallest set of production settings is enough, and metrics may then be elsewhere."""
    settings = load({**PRODUCTION, "REKEY_METRICS_LISTEN": "0.0.0.0:9100"}, None)
    assert settings.production
    check_listen(settings, "0.0.0.0")  # noqa: S104 - production serves others


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REKEY_DATA_DIR", "var"),
        ("REKEY_PUBLIC_URL", "http://rekey.example.org"),
        ("REKEY_RESET_PAGE_URL", "http://rekey.example.org/reset"),
        ("REKEY_MAIL_URL", "dir:/var/lib/rekey/mail"),
        ("REKEY_MAIL_URL", "smtp://mail.example.org?starttls=none"),
        ("REKEY_MAIL_FROM", None),
        ("REKEY_XMPP_URL", "xmpp://admin%40example.org:pw@xmpp.example.org?starttls=none"),
        ("REKEY_LOG_LEVEL", "debug"),
        ("REKEY_TRUSTED_PROXIES", None),
    ],
)
def test_production_refuses(name: str, value: str | None) -> None:
    """Each item of the production list stops the start by itself, and the line names it."""
    stated = {**PRODUCTION, name: value}
    assert refusal({key: text for key, text in stated.items() if text is not None}).startswith(f"{name} must")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "rekey.example.org", "localhost.example.org"])  # noqa: S104 - refused
def test_development_listens_on_loopback_only(host: str) -> None:
    """Outside production a host that others could reach is refused."""
    with pytest.raises(BadSettings, match="--host must be"):
        check_listen(load({}, None), host)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost", "LocalHost"])
def test_development_listens_on_loopback(host: str) -> None:
    """Loopback addresses and localhost are served in development."""
    check_listen(load({}, None), host)


def test_memory_counts_every_process() -> None:
    """The hashing threads of all processes together must fit; the line shows the arithmetic."""
    settings = load({"REKEY_HASH_WORKERS": "4"}, None)
    exactly = 3 * 4 * 47104 * 1024
    check_memory(settings, 3, exactly)
    with pytest.raises(BadSettings, match=r"3 process\(es\) x 4 threads x 47104 KiB = 552 MiB .* 551 MiB"):
        check_memory(settings, 3, exactly - 1)


def test_no_refusal_shows_a_value() -> None:
    """A value of any setting, malformed or not, is never repeated: it may be a secret in the wrong place."""
    for setting in ALL:
        line = refusal({setting.name: "hunter2 €\x00"})
        assert line.startswith(setting.name)
        assert "hunter2" not in line


def test_a_containers_memory_is_the_machines(tmp_path: Path) -> None:
    """Where Linux grants a container less than the machine has, that is all there is."""
    limit = tmp_path / "memory.max"
    physical = machine_memory(limit)
    limit.write_text("max\n")
    assert machine_memory(limit) == physical
    limit.write_text("1048576\n")
    assert machine_memory(limit) == 1048576
