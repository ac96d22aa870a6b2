"""Effects become mails: what use cases write down arrives, with nothing that it must not hold."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from credentials.kinds import EffectKind, EffectState, Role
from credentials.secret import Secret
from delivery.templates import load_templates
from resolvers.admin_reset_password import PasswordResetByAdmin, admin_reset_password
from resolvers.change_password import PasswordChanged, change_password
from resolvers.reset_password import PasswordReset
from resolvers.selectors import UserSelector
from tests.api import open_api
from tests.mailroom import HELP, PAGE, SENDER, Mailroom
from tests.resets import request, reset
from tests.world import NEW_PASSWORD, OPERATOR, PASSWORD, origin

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world import World

pytestmark = pytest.mark.anyio


@pytest.fixture
async def mailroom(world: World, tmp_path: Path) -> Mailroom:
    """A relay with a real mailbox, and a user."""
    await world.user(jid_im="mary@localhost")
    return Mailroom(world, tmp_path / "mail")


async def test_a_change_is_told_by_mail(mailroom: Mailroom) -> None:
    """One mail with a name, a time, and the network's address; no password, link or code is in it."""
    caller = await mailroom.world.caller()
    done = await change_password(
        mailroom.world.services, origin(), caller, Secret(PASSWORD), Secret(NEW_PASSWORD), None
    )
    assert isinstance(done, PasswordChanged)
    await mailroom.deliver()
    (read,) = mailroom.mails()
    assert (read.to, read.token, read.code) == ("mary@example.org", None, None)
    assert "192.0.2.1" in read.text
    assert "2026-11-20 12:00 UTC" in read.text
    for secret in (PASSWORD, NEW_PASSWORD):
        assert secret not in read.text
    states = {each.kind: each.state for each in await mailroom.world.effects()}
    assert states[EffectKind.MAIL_NOTICE] is EffectState.DELIVERED
    assert states[EffectKind.XMPP_PASSWORD] is EffectState.SKIPPED


async def test_a_reset_is_told_by_a_second_mail(mailroom: Mailroom) -> None:
    """The mail with the link, then the one that says it was used."""
    await mailroom.wish()
    await mailroom.deliver()
    (link,) = mailroom.mails()
    done = await reset(mailroom.world.services, request(token=link.token))
    assert isinstance(done, PasswordReset)
    await mailroom.deliver()
    told = mailroom.mail(await mailroom.effect())
    assert len(mailroom.mails()) == 2
    assert told.token is None


async def test_a_temporary_password_is_not_mailed(mailroom: Mailroom) -> None:
    """C6: the user is told of the administrator's reset, never of the password."""
    done = await admin_reset_password(
        mailroom.world.services,
        origin(),
        OPERATOR,
        UserSelector(username="mary"),
        None,
        require_change=True,
        send_mail=False,
    )
    assert isinstance(done, PasswordResetByAdmin)
    assert done.temporary_password is not None
    await mailroom.deliver()
    (read,) = mailroom.mails()
    assert done.temporary_password.reveal() not in read.text
    assert HELP in read.text


async def test_every_administrator_is_mailed_about_a_key(mailroom: Mailroom) -> None:
    """C8: one mail to each, by name."""
    admin = await mailroom.world.admin()
    await mailroom.world.user("john", roles=(Role.ADMIN,))
    await mailroom.deliver()
    before = len(mailroom.mails())
    token = (await mailroom.world.signed_in("root")).access_token
    async with open_api(mailroom.world) as api:
        answer = await api.call(
            'mutation { createApiKey(input: {name: "portal", role: USER}) '
            "{ ... on CreateApiKeySuccess { apiKey } } }",
            None,
            token,
        )
    key = answer["data"]["createApiKey"]["apiKey"]
    assert admin.is_admin
    await mailroom.deliver()
    mails = mailroom.mails()
    assert len(mails) == before + 2
    new = [read for read in mails if "portal" in read.text]
    assert {read.to for read in new} == {"root@example.org", "john@example.org"}
    assert not any(key in read.text for read in mails)


@pytest.mark.parametrize(
    ("locale", "asked", "subject"),
    [
        ("de_AT", None, "Passwort zurücksetzen"),
        ("de_AT", "ar_EG", "إعادة تعيين كلمة مرورك"),
        ("tlh_QO", None, "Reset your password"),
    ],
)
async def test_r12_a_letter_is_in_its_readers_language(
    mailroom: Mailroom, locale: str, asked: str | None, subject: str
) -> None:
    """R12: the language is the user's, or that of the request; link and code are lines in each of them."""
    await mailroom.world.user("john", locale=locale)
    await mailroom.wish("john@example.org", asked)
    await mailroom.deliver()
    (read,) = mailroom.mails()
    assert read.message["Subject"] == subject
    assert read.token is not None
    assert read.code is not None
    assert f"{PAGE}#token={read.token.reveal()}".encode() in read.octets.splitlines()
    done = await reset(mailroom.world.services, request(token=read.token))
    assert isinstance(done, PasswordReset)


async def test_the_operators_wording_is_sent(mailroom: Mailroom, tmp_path: Path) -> None:
    """A template of the operator's own stands for ours."""
    own = tmp_path / "templates" / "en"
    own.mkdir(parents=True)
    (own / "reset.txt").write_text("Subject: Come back\n\n$link\n\n$code\n\nFor $expires_in.\n")
    await mailroom.wish()
    post = replace(mailroom.post(), templates=load_templates(own.parent))
    settlement = await post.deliver(await mailroom.effect())
    assert settlement.state is EffectState.DELIVERED
    (read,) = mailroom.mails()
    assert read.message["Subject"] == "Come back"
    assert "For 1 hour.\n" in read.text


async def test_no_header_of_a_request_reaches_a_mail(mailroom: Mailroom) -> None:
    """The link is made of the setting alone, whatever Host and its kind say."""
    evil = "evil.example"
    headers = {
        "host": evil,
        "origin": f"https://{evil}",
        "referer": f"https://{evil}/",
        "x_forwarded_host": evil,
        "x_forwarded_for": evil,
        "x_original_host": evil,
        "forwarded": f"host={evil}",
        "user_agent": evil,
        "x_api_key": evil,
        "accept_language": evil,
    }
    document = 'mutation { requestPasswordReset(input: {emailAddress: "mary@example.org"}) { __typename } }'
    async with open_api(mailroom.world) as api:
        await api.post(document, None, None, **headers)
    await mailroom.deliver()
    (read,) = mailroom.mails()
    assert evil not in read.octets.decode()
    assert PAGE in read.text
    assert read.message["From"] == SENDER
