"""The rooms are opened with the operator's settings."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from typing import TYPE_CHECKING, NoReturn

import pytest
from structlog.testing import capture_logs

from credentials import hash_threads
from credentials.arena import NoArena
from credentials.chance import Chance
from credentials.hashing import Place, Verifier
from credentials.secret import Secret
from resolvers.create_user import create_user
from resolvers.outcomes import InvalidInput
from resolvers.services import Rules
from resolvers.user_input import NewUser
from server.composition import open_services, refuse_what_is_not_there
from server.installation import prepare
from server.settings import BadSettings, Settings, load
from tests.servers import CHEAP
from tests.world import OPERATOR, origin

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio

#: No value is another field's, or a default.
GIVEN = {
    "REKEY_ACCESS_TOKEN_TTL": "14m",
    "REKEY_REFRESH_TOKEN_TTL": "6d",
    "REKEY_SESSION_TTL": "29d",
    "REKEY_RESET_TOKEN_TTL": "59m",
    "REKEY_TEMPORARY_PASSWORD_TTL": "23h",
    "REKEY_ACTIVATION_CODE_TTL": "22h",
    "REKEY_ACTIVATION_CODE_DIGITS": "5",
    "REKEY_ACTIVATION_BUDGET": "99",
    "REKEY_ADMIN_MAY_SET_PASSWORD": "false",
    "REKEY_ADMIN_REAUTH_AGE": "13m",
    "REKEY_REQUIRE_API_KEY": "true",
    "REKEY_RESET_PAGE_URL": "http://127.0.0.1:8000/reset",
    "REKEY_XMPP_DOMAIN": "chat.example.org",
    "REKEY_XMPP_ACTIVATION_CODE": "false",
}


def settings_in(folder: Path, **more: str) -> Settings:
    """Settings with everything in one folder."""
    return load({**CHEAP, "REKEY_DATA_DIR": str(folder / "var"), **more}, dotenv=None)


async def test_every_rule_is_its_setting(tmp_path: Path) -> None:
    """Each of the use cases' rules is the operator's setting of that name.

    Planted: two lifetimes swapped; seen to fail.
    """
    settings = settings_in(tmp_path, **GIVEN)
    prepare_now(settings)
    async with open_services(settings, Chance(), may_found=True) as services:
        rules = services.rules
    names = {field.name for field in fields(Rules)} - {"reserved_jids"}
    assert {name: getattr(rules, name) for name in names} == {name: getattr(settings, name) for name in names}
    assert rules.temporary_password_ttl == timedelta(hours=23)


def prepare_now(settings: Settings) -> None:
    """Makes the embedded database."""
    prepare(settings, may_found=True)


async def test_rekeys_own_account_is_reserved(tmp_path: Path) -> None:
    """The JID that Rekey logs in as is nobody's, in whatever spelling the URL has it."""
    url = "xmpp://Rekey%40LOCALHOST:hunter2@127.0.0.1:1"
    settings = settings_in(tmp_path, REKEY_XMPP_URL=url)
    prepare_now(settings)
    async with open_services(settings, Chance(), may_found=True) as services:
        assert services.rules.reserved_jids == {"rekey@localhost"}
        new = NewUser("mary", "mary@example.org", jid_im="rekey@localhost")
        assert isinstance(await create_user(services, origin(), OPERATOR, new), InvalidInput)


def test_only_what_is_not_there_is_refused(tmp_path: Path) -> None:
    """The defaults pass; a setting that this version would have to ignore stops the start by its name."""
    refuse_what_is_not_there(settings_in(tmp_path))
    with pytest.raises(BadSettings, match=r"^REKEY_METRICS_LISTEN is not supported"):
        refuse_what_is_not_there(settings_in(tmp_path, REKEY_METRICS_LISTEN="127.0.0.1:9100"))


async def test_a_verifier_that_is_not_computed_is_an_alarm(tmp_path: Path) -> None:
    """The operator reads of it as an error. Planted: an alarm that goes nowhere; seen to fail."""
    settings = settings_in(tmp_path)
    prepare_now(settings)
    with capture_logs() as logged:
        async with open_services(settings, Chance(), may_found=True) as services:
            place = services.hashing.reserve("192.0.2.1")
            assert isinstance(place, Place)
            with place:
                assert not await services.hashing.prove(place, Verifier("*", "00000000"), Secret("x"))
    assert [(line["event"], line["log_level"]) for line in logged] == [("hashing.alarm", "error")]


async def test_no_memory_to_hash_in_stops_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line that names the setting. Planted: the error passed on as it is; seen to fail."""

    def arena(_parameters: object) -> NoReturn:
        message = "There is no memory for a hash of 7168 KiB: Cannot allocate memory."
        raise NoArena(message)

    monkeypatch.setattr(hash_threads, "Arena", arena)
    settings = settings_in(tmp_path)
    prepare_now(settings)
    with pytest.raises(BadSettings, match=r"^REKEY_ARGON2_MEMORY_KIB: There is no memory .* Lower it\.$"):
        await open_services(settings, Chance(), may_found=True).__aenter__()
