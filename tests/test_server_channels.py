"""The channels are opened with the operator's settings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from credentials.chance import Chance
from credentials.kinds import EffectKind, EffectState
from credentials.secret import Secret
from resolvers.admin_reset_password import PasswordResetByAdmin, admin_reset_password
from resolvers.create_user import UserCreated, create_user
from resolvers.selectors import UserSelector
from resolvers.user_input import NewUser
from server.channels import make_sealer, open_channels, open_endpoints, open_relay
from server.composition import open_services
from server.installation import prepare
from server.settings import BadSettings
from tests.test_composition import settings_in
from tests.world import OPERATOR, origin

if TYPE_CHECKING:
    from pathlib import Path

    from server.settings import Settings

pytestmark = pytest.mark.anyio

#: Port 1 (RFC 1078) is served nowhere.
XMPP_URL = "xmpp://rekey%40localhost:hunter2@127.0.0.1:1"
WEBHOOKS = """
[endpoints.crm]
url = "https://127.0.0.1:1/hooks"
secrets = ["whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"]
allow_private = true
"""


def with_webhooks(folder: Path, text: str = WEBHOOKS) -> Path:
    """The webhooks file, for its owner's eyes."""
    file = folder / "webhooks.toml"
    file.write_text(text)
    file.chmod(0o600)
    return file


async def outbox(settings: Settings) -> dict[EffectKind, tuple[EffectState, str]]:
    """What became of a user with an XMPP account who is mailed a reset link, by one step of everything."""
    async with open_services(settings, Chance(), may_found=True) as services:
        new = NewUser("mary", "mary@example.org", jid_im="mary@localhost")
        assert isinstance(await create_user(services, origin(), OPERATOR, new), UserCreated)
        mary = UserSelector(username="mary")
        done = await admin_reset_password(
            services, origin(), OPERATOR, mary, None, require_change=True, send_mail=True
        )
        assert isinstance(done, PasswordResetByAdmin)
        sealer = make_sealer(settings, services)
        while await sealer.step():
            pass
        async with open_relay(settings, services) as relay:
            while await relay.step():
                pass
        found = await services.store.read(lambda unit: unit.effects.page(None, 10, None))
    return {each.kind: (each.state, each.last_error or "") for each in found[::-1]}


async def test_the_relay_writes_to_the_mailbox(tmp_path: Path) -> None:
    """What a use case puts into the outbox lies in the development mailbox; nothing else is configured."""
    settings = settings_in(tmp_path)
    prepare(settings, may_found=True)
    found = await outbox(settings)
    assert found[EffectKind.MAIL_RESET][0] is EffectState.DELIVERED
    assert found[EffectKind.XMPP_PASSWORD][0] is EffectState.SKIPPED
    assert EffectKind.WEBHOOK not in found
    (mail,) = (tmp_path / "var" / "mail").iterdir()
    assert f"{settings.reset_page_url}#token=" in mail.read_text()


async def test_every_channel_is_asked(tmp_path: Path) -> None:
    """With an XMPP server and an endpoint that are away, what is theirs waits, each with its reason."""
    file = with_webhooks(tmp_path)
    settings = settings_in(tmp_path, REKEY_XMPP_URL=XMPP_URL, REKEY_WEBHOOKS_FILE=str(file))
    prepare(settings, may_found=True)
    found = await outbox(settings)
    assert {kind: state for kind, (state, _) in found.items() if state is not EffectState.DELIVERED} == {
        EffectKind.XMPP_NOTICE: EffectState.PENDING,
        EffectKind.XMPP_PASSWORD: EffectState.PENDING,
        EffectKind.XMPP_DISCONNECT: EffectState.PENDING,
        EffectKind.WEBHOOK: EffectState.PENDING,
    }
    assert found[EffectKind.XMPP_NOTICE][1]
    assert found[EffectKind.WEBHOOK][1]


@pytest.mark.parametrize(
    ("sender", "url", "line"),
    [
        ("nobody", "dir:./mail", "REKEY_MAIL_FROM: "),
        ("rekey@example.org", "smtp://user:hunter2@mail.example.org?ca=/nowhere.pem", "REKEY_MAIL_URL: "),
    ],
)
def test_mail_that_cannot_be_sent_is_refused(tmp_path: Path, sender: str, url: str, line: str) -> None:
    """The setting is named, and neither the line nor what is behind it holds the URL's password.

    Planted: raised inside the handler; seen to fail.
    """
    settings = replace(settings_in(tmp_path), mail_from=sender, mail_url=Secret(url))
    with pytest.raises(BadSettings) as caught:
        open_channels(settings)
    assert str(caught.value).startswith(line)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__context__ is None


def test_an_xmpp_url_that_names_no_account_is_refused(tmp_path: Path) -> None:
    """The same of XMPP."""
    settings = replace(settings_in(tmp_path), xmpp_url=Secret("xmpp://no%40one%40x:hunter2@127.0.0.1:1"))
    with pytest.raises(BadSettings, match=r"^REKEY_XMPP_URL: ") as caught:
        open_channels(settings)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__context__ is None


def test_a_webhooks_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """The same of the endpoints."""
    file = with_webhooks(tmp_path, "[endpoints.crm]\nurl = 'http://plain.example.org'\nsecrets = []\n")
    settings = settings_in(tmp_path, REKEY_WEBHOOKS_FILE=str(file))
    with pytest.raises(BadSettings, match=r"^REKEY_WEBHOOKS_FILE: ") as caught:
        open_endpoints(settings)
    assert caught.value.__context__ is None


def test_templates_of_the_operators_own_are_checked(tmp_path: Path) -> None:
    """A file that is no letter's stops the start."""
    folder = tmp_path / "var" / "templates" / "en"
    folder.mkdir(parents=True)
    (folder / "unknown.txt").write_text("Subject: x\n\nx\n")
    with pytest.raises(BadSettings, match="unknown"):
        open_channels(settings_in(tmp_path))
