"""`rekey doctor`: whole installations, well and broken."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from credentials.chance import Chance
from credentials.key_ring import KeyRing
from server.cli import doctor
from server.settings import read
from server.settings_rules import broken_rules
from tests.api import PRODUCTION
from tests.chat_servers import free_port
from tests.commands import Rekey
from tests.doctors import SteppingChance
from tests.servers import server_process
from tests.world import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from credentials.secret import Secret


@pytest.fixture
def rekey(tmp_path: Path) -> Rekey:
    """The command on an installation with two administrators."""
    made = Rekey(tmp_path, {})
    _found(made)
    return made


def _found(rekey: Rekey) -> None:
    for name in ("root", "second"):
        user = ("--username", name, "--email", f"{name}@example.org", "--role", "ADMIN")
        rekey.ok("user", "create", *user, "--password-stdin", typed=PASSWORD)


def examined(rekey: Rekey, status: int, *arguments: str) -> list[dict[str, Any]]:
    """What was found, by a command that ends with this status; whatever is not well says what to do."""
    done = rekey("doctor", "--json", *arguments)
    assert (done.status, done.errors) == (status, ""), done
    answer = done.json
    assert answer["healthy"] is (status == 0)
    findings: list[dict[str, Any]] = answer["findings"]
    for each in findings:
        assert set(each) == {"level", "area", "message", "advice"}
        assert each["message"].endswith((".", "?"))
        assert (each["level"] == "OK") is not each["advice"].endswith(".")
    return findings


def failures(findings: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Area and message of what fails."""
    return [(each["area"], each["message"]) for each in findings if each["level"] == "FAIL"]


def kept(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    files = [each for each in folder.rglob("*") if each.is_file()]
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


def test_a_healthy_installation_passes_and_is_left_as_it_was(rekey: Rekey) -> None:
    """Nothing fails, every area is looked at, and no byte of the data directory changes.

    Planted: the trial's write committed; failed.
    """
    before = kept(rekey.folder)
    areas = {each["area"] for each in examined(rekey, 0)}
    assert areas == {
        *("settings", "files", "keys", "database", "people", "deliveries", "clock", "audit"),
        *("mail", "xmpp", "webhooks", "hashing"),
    }
    assert kept(rekey.folder) == before


def test_hashing_is_measured(rekey: Rekey) -> None:
    """Scripts get the figures, people the arithmetic of the memory."""
    figures = rekey("doctor", "--json").json["hashing"]
    assert (figures["memoryKib"], figures["timeCost"], figures["workers"]) == (7168, 5, 2)
    assert figures["arenaBytes"] == 2 * 7168 * 1024
    assert figures["residentBytes"] > figures["arenaBytes"]
    assert figures["hashesPerSecond"] > 0
    shown = rekey("doctor").output
    assert "2 threads x 7 MiB = 14 MiB" in shown
    assert "0 FAIL, " in shown


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_both_databases_are_examined(
    tmp_path: Path, kind: str, databases: Callable[[str], AbstractContextManager[Secret]]
) -> None:
    """On either database an installation is healthy, and a root key that is not its own is a failure."""
    with databases(kind) as url:
        rekey = Rekey(tmp_path, {"REKEY_DATABASE_URL": url.reveal()})
        _found(rekey)
        assert not failures(examined(rekey, 0))
        (tmp_path / "var/root.key").write_text(KeyRing.new_text(Chance()))
        ((area, message),) = failures(examined(rekey, 1))
        assert (area, "not the one" in message) == ("keys", True)


def test_it_works_beside_a_running_server(rekey: Rekey) -> None:
    """A server that serves meanwhile is not disturbed, and neither disturbs the doctor."""
    with server_process(rekey.folder):
        assert not failures(examined(rekey, 0))


def _no_root_key(folder: Path) -> None:
    (folder / "root.key").unlink()


def _no_key_in_the_file(folder: Path) -> None:
    (folder / "root.key").write_text("no key")


def _readable_root_key(folder: Path) -> None:
    (folder / "root.key").chmod(0o644)


def _no_database(folder: Path) -> None:
    (folder / "rekey.db").unlink()


def _open_folder(folder: Path) -> None:
    folder.chmod(0o755)


def _no_folder(folder: Path) -> None:
    folder.rename(folder.with_name("elsewhere"))


@pytest.mark.parametrize(
    ("breaks", "area", "says"),
    [
        (_no_root_key, "keys", "There is no root key"),
        (_no_key_in_the_file, "keys", "is not 32 bytes"),
        (_readable_root_key, "keys", "(mode 644)"),
        (_no_database, "database", "There is no database"),
        (_open_folder, "files", "(mode 755)"),
        (_no_folder, "files", "There is no data directory"),
    ],
)
def test_broken_installations_fail(
    rekey: Rekey, breaks: Callable[[Path], None], area: str, says: str
) -> None:
    """Each fault is the one failure, and nothing is made in place of what is missing."""
    breaks(rekey.folder / "var")
    before = kept(rekey.folder)
    ((found, message),) = failures(examined(rekey, 1))
    assert (found, says in message) == (area, True), message
    assert kept(rekey.folder) == before


@pytest.mark.parametrize(
    ("settings", "area", "says"),
    [
        ({"REKEY_MAIL_URL": "smtp://mary:hunter2@127.0.0.1:{port}"}, "mail", "No connection to the mail"),
        ({"REKEY_XMPP_URL": "xmpp://a%40localhost:hunter2@127.0.0.1:{port}"}, "xmpp", "cannot be reached"),
        ({"REKEY_WEBHOOKS_FILE": "{file}"}, "webhooks", "must consist of tables"),
        ({"REKEY_TRUSTED_DOCUMENTS": "{file}"}, "settings", "REKEY_TRUSTED_DOCUMENTS"),
        ({"REKEY_METRICS_LISTEN": "127.0.0.1:9100"}, "settings", "REKEY_METRICS_LISTEN"),
        ({"REKEY_ACCESS_TOKEN_TTL": "20h", "REKEY_REFRESH_TOKEN_TTL": "1h"}, "settings", "REKEY_ACCESS"),
        (
            {"REKEY_HASH_WORKERS": "1024", "REKEY_ARGON2_MEMORY_KIB": "999999999"},
            "settings",
            "1024 threads x",
        ),
        ({"REKEY_UNHEARD_OF": "1"}, "settings", "is no setting"),
    ],
)
def test_broken_settings_fail(rekey: Rekey, settings: dict[str, str], area: str, says: str) -> None:
    """Each is told by its area, in a sentence that shows no secret."""
    file = rekey.folder / "file"
    file.touch(0o600)
    values = {name: text.format(port=free_port(), file=file) for name, text in settings.items()}
    found = examined(Rekey(rekey.folder, values), 1)
    assert any(each == area and says in message for each, message in failures(found)), found
    assert "hunter2" not in json.dumps(found)


def test_production_is_asked_for(rekey: Rekey) -> None:
    """With --production every rule that would stop the start is told at once; stated, none is.

    Planted: the first rule alone; failed.
    """
    assert [each["area"] for each in examined(rekey, 0) if "default sender" in each["message"]] == [
        "settings"
    ]
    developing = {"REKEY_TRUSTED_PROXIES": "none", "REKEY_MAIL_FROM": "rekey@example.org"}
    found = examined(Rekey(rekey.folder, developing), 0)
    assert not any("default sender" in each["message"] or "unsaid" in each["message"] for each in found)
    told = " ".join(message for _, message in failures(examined(rekey, 1, "--production")))
    for name in ("REKEY_PUBLIC_URL", "REKEY_MAIL_URL", "REKEY_MAIL_FROM", "REKEY_TRUSTED_PROXIES"):
        assert f"{name} must" in told
    stated = {**PRODUCTION, "REKEY_DATA_DIR": str(rekey.folder / "var"), "REKEY_RELAY": "false"}
    del stated["REKEY_PRODUCTION"], stated["REKEY_MAIL_URL"]
    mail = {"REKEY_MAIL_URL": f"smtp://127.0.0.1:{free_port()}"}
    found = examined(Rekey(rekey.folder, {**stated, **mail}), 1, "--production")
    assert [area for area, _ in failures(found)] == ["mail"]
    assert any("rekey relay runs" in each["advice"] for each in found)


@pytest.mark.parametrize(
    "time", ["", "250", "fast", "-5ms", "0ms", "9ms", "6s", "1.5s", "250 ms", "9" * 99 + "ms"]
)
def test_nonsense_is_no_time(tmp_path: Path, time: str) -> None:
    """A time that is none is wrong usage, and names what is right."""
    done = Rekey(tmp_path, {})("doctor", "--calibrate", time)
    assert (done.status, done.output) == (2, "")
    assert "250ms" in done.errors


def test_parameters_are_proposed_as_lines(rekey: Rekey, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is proposed can be pasted into `.env`, and passes for settings.

    The clock is one by which every hash takes five milliseconds.
    """
    monkeypatch.setattr(doctor, "Chance", lambda: SteppingChance(0.005))
    monkeypatch.setattr("server.doctor.examination.machine_memory", lambda: 2**26)
    rekey = Rekey(rekey.folder, {"REKEY_HASH_WORKERS": "1"})
    sets = rekey("doctor", "--json", "--calibrate", "10ms").json["calibration"]
    assert len(sets) == 4  # 46 MiB are more than half of 64 MiB
    shown = rekey("doctor", "--calibrate", "10ms").output
    for each in sets:
        assert "\n".join(each["lines"]) in shown
        settings = dict(line.split("=") for line in each["lines"])
        assert not list(broken_rules(*read({**settings}, None)))


@pytest.mark.parametrize(("took", "is_near"), [(0.0081, True), (0.0079, False)])
def test_what_is_not_near_is_not_called_equal(
    rekey: Rekey, monkeypatch: pytest.MonkeyPatch, took: float, is_near: bool
) -> None:
    """A set that misses the wanted time by more than a fifth is told apart, for people and for scripts.

    Planted: all sets called equally slow; failed.
    """
    monkeypatch.setattr(doctor, "Chance", lambda: SteppingChance(took))
    monkeypatch.setattr("server.doctor.examination.machine_memory", lambda: 2**26)
    rekey = Rekey(rekey.folder, {"REKEY_HASH_WORKERS": "1"})
    sets = rekey("doctor", "--json", "--calibrate", "10ms").json["calibration"]
    assert {each["isNear"] for each in sets} == {is_near}
    shown = rekey("doctor", "--calibrate", "10ms").output
    assert ("Equally slow" in shown) is is_near
    assert ("Not near 10 ms" in shown) is not is_near


def test_a_time_that_is_too_short_is_said(rekey: Rekey, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where each hash takes longer than what is wanted, nothing weaker is proposed."""
    monkeypatch.setattr(doctor, "Chance", lambda: SteppingChance(10))
    found = rekey("doctor", "--json", "--calibrate", "1s").json
    assert found["calibration"] == []
    assert any("No parameters that OWASP allows" in each["message"] for each in found["findings"])
