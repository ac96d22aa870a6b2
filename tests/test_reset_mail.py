"""From a wish to a mail: who gets a link and a code, what kills them, and who gets neither (R9 to R12)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from credentials.kinds import EffectState, IdentitySource, Role
from credentials.secret import Secret
from resolvers.admin_reset_password import PasswordResetByAdmin, admin_reset_password
from resolvers.outcomes import InvalidToken, TooManyAttempts
from resolvers.request_password_reset import request_password_reset
from resolvers.reset_password import PasswordReset
from resolvers.retry_delivery import DeliveryRetried, retry_delivery
from resolvers.selectors import UserSelector
from tests.mailroom import HELP, Mailroom
from tests.resets import request, reset
from tests.rows import claim_mail
from tests.world import OPERATOR, origin

if TYPE_CHECKING:
    from pathlib import Path

    from credentials.vault import Sealed
    from store.unit_of_work import Unit
    from tests.world import World

pytestmark = pytest.mark.anyio
ADDRESS = "mary@example.org"
WRONG = Secret("234-567")


@pytest.fixture
async def mailroom(world: World, tmp_path: Path) -> Mailroom:
    """A relay with a real mailbox, and a user; what was told of making her is out."""
    await world.user()
    opened = Mailroom(world, tmp_path / "mail")
    await opened.deliver()
    assert opened.mails() == []
    return opened


async def _sent(mailroom: Mailroom) -> tuple[Secret, Secret | None]:
    """Asks for a mail and reads the token and the code in it."""
    await mailroom.wish()
    await mailroom.deliver()
    read = mailroom.mail(await mailroom.effect())
    assert read.token is not None
    return read.token, read.code


async def _opens(mailroom: Mailroom, **proof: Secret | str | None) -> bool:
    done = await reset(mailroom.world.services, request(**proof))
    assert isinstance(done, PasswordReset | InvalidToken)
    return isinstance(done, PasswordReset)


async def test_a_wish_becomes_a_mail_with_a_link_and_a_code(mailroom: Mailroom) -> None:
    """R9 R12: to the stored address, with the link and, on a line of its own, the code; either works."""
    await mailroom.wish("MARY@example.org")
    await mailroom.deliver()
    (read,) = mailroom.mails()
    effect = await mailroom.effect()
    assert (effect.state, effect.user_id) == (
        EffectState.DELIVERED,
        (await mailroom.world.user_now()).id,
    )
    assert read.to == ADDRESS
    assert read.code is not None
    assert await _opens(mailroom, token=read.token)


async def test_the_code_works_and_both_die_together(mailroom: Mailroom) -> None:
    """R12: what one of them opened, neither opens again."""
    token, code = await _sent(mailroom)
    assert code is not None
    assert await _opens(mailroom, code=Secret(code.reveal().lower()), email_address=ADDRESS)
    assert not await _opens(mailroom, token=token)
    assert not await _opens(mailroom, code=code, email_address=ADDRESS)


def _wish(unit: Unit, effect_id: str) -> Sealed | None:
    return unit.wishes.find(effect_id)


async def test_the_address_is_forgotten_once_it_was_looked_up(mailroom: Mailroom) -> None:
    """A typed address lies at rest, sealed, only until its letter is out or there is none to send."""
    for address in (ADDRESS, "nobody@example.org"):
        await mailroom.wish(address)
        effect = await mailroom.effect()
        assert await mailroom.world.services.store.read(_wish, effect.id) is not None
        await mailroom.deliver()
        assert await mailroom.world.services.store.read(_wish, effect.id) is None


async def test_a_repeated_try_is_the_very_same_mail(mailroom: Mailroom) -> None:
    """Whether the first try failed or was sent unnoticed: one file, the same octets, and they work.

    Planted: token and code drawn at random at each try; seen to fail.
    """
    await mailroom.wish()
    effect = await mailroom.effect()
    first = await mailroom.resets().resolve(effect)
    with mailroom.unwritable():
        await mailroom.deliver()
        assert (await mailroom.effect()).state is EffectState.PENDING
    mailroom.later(seconds=2)
    assert first == await mailroom.resets().resolve(effect)
    await mailroom.deliver()
    (read,) = mailroom.mails()
    assert await _opens(mailroom, token=read.token)


@pytest.mark.parametrize(
    "address", ["nobody@example.org", "john@example.org", "mary", "\u212aary@example.org"]
)
async def test_nobody_and_the_disabled_get_no_mail(mailroom: Mailroom, address: str) -> None:
    """An unknown address, a disabled user, and a username in an address's place: SKIPPED."""
    await mailroom.world.user("john")
    await mailroom.world.change("john", is_disabled=True)
    await mailroom.wish(address)
    await mailroom.deliver()
    effect = await mailroom.effect()
    assert (effect.state, effect.user_id) == (EffectState.SKIPPED, None)
    assert mailroom.mails() == []


@pytest.mark.parametrize(
    "address",
    ["mary@example.org ", "m\u0430ry@example.org", "mary@example.org\u200b", "mary@ex\u0101mple.org"],
)
async def test_a_look_alike_brings_no_mail(mailroom: Mailroom, address: str) -> None:
    """An address that only looks like the stored one reaches nobody, and least of all itself."""
    await request_password_reset(mailroom.world.services, origin(), address, None, None, None)
    await mailroom.deliver()
    assert [read.to for read in mailroom.mails()] in ([], [ADDRESS])
    assert not any(address in read.octets.decode() for read in mailroom.mails())


@pytest.mark.parametrize(
    ("values", "subject"),
    [
        ({"identity_source": IdentitySource.SAML, "password": None}, "managed elsewhere"),
        ({"roles": (Role.GUEST,)}, "guest"),
    ],
)
async def test_who_has_no_password_here_is_told_where_to_go(
    mailroom: Mailroom, values: dict[str, Any], subject: str
) -> None:
    """R12: externally managed users and guests get a letter with neither a link nor a code."""
    await mailroom.world.user("john", **values)
    await mailroom.wish("john@example.org")
    await mailroom.deliver()
    (read,) = mailroom.mails()
    assert (read.to, read.token, read.code) == ("john@example.org", None, None)
    assert HELP in read.text
    assert subject in (read.text + read.message["Subject"]).lower()


async def test_three_mails_an_hour_then_one_a_quarter(mailroom: Mailroom) -> None:
    """R12: three at once, the fourth after a quarter of an hour; a wish between is dropped without a word."""
    for _ in range(5):
        await mailroom.wish()
    await mailroom.deliver()
    assert len(mailroom.mails()) == 3
    mailroom.later(minutes=15)
    for _ in range(2):
        await mailroom.wish()
    await mailroom.deliver()
    assert len(mailroom.mails()) == 4
    mailroom.later(minutes=14)
    await mailroom.wish()
    await mailroom.deliver()
    assert len(mailroom.mails()) == 4


async def test_a_newer_mail_kills_the_older(mailroom: Mailroom) -> None:
    """R12: only the newest link and the newest code work."""
    old_token, old_code = await _sent(mailroom)
    token, code = await _sent(mailroom)
    assert old_code != code
    assert not await _opens(mailroom, token=old_token)
    assert not await _opens(mailroom, code=old_code, email_address=ADDRESS)
    assert await _opens(mailroom, token=token)


async def test_an_older_mail_that_is_retried_stays_dead(mailroom: Mailroom) -> None:
    """The first could not be sent, a second was; when the first's turn comes again it is SKIPPED.

    Planted: `strike` making a spent secret new again; seen to fail.
    """
    await mailroom.wish()
    with mailroom.unwritable():
        await mailroom.deliver()
    done = await admin_reset_password(
        mailroom.world.services,
        origin(),
        OPERATOR,
        UserSelector(username="mary"),
        None,
        require_change=True,
        send_mail=True,
    )
    assert isinstance(done, PasswordResetByAdmin)
    await mailroom.deliver()
    (newer,) = mailroom.mails()
    mailroom.later(seconds=2)
    await mailroom.deliver()
    first, second = (await mailroom.world.effects())[-2:]
    assert (first.state, second.state) == (EffectState.SKIPPED, EffectState.DELIVERED)
    assert mailroom.mails() == [newer]
    assert await _opens(mailroom, token=newer.token)


async def test_a_change_kills_a_mail_that_is_still_to_be_sent(mailroom: Mailroom) -> None:
    """The password changed between two tries: the second is SKIPPED."""
    await mailroom.wish()
    with mailroom.unwritable():
        await mailroom.deliver()
    user = await mailroom.world.user_now()
    now = mailroom.world.chance.now()
    await mailroom.world.services.store.write(lambda unit: unit.one_time_secrets.end_all(user.id, now))
    mailroom.later(seconds=2)
    await mailroom.deliver()
    assert (await mailroom.effect()).state is EffectState.SKIPPED
    assert mailroom.mails() == []


async def test_both_end_after_their_time(mailroom: Mailroom) -> None:
    """R12: sixty minutes after the wish, however late the mail went out."""
    await mailroom.wish()
    mailroom.later(minutes=59)
    await mailroom.deliver()
    (read,) = mailroom.mails()
    assert await _is_live(mailroom)
    mailroom.later(minutes=1)
    assert not await _opens(mailroom, token=read.token)


async def _is_live(mailroom: Mailroom) -> bool:
    user, now = await mailroom.world.user_now(), mailroom.world.chance.now()
    counted = await mailroom.world.services.store.write(
        lambda unit: unit.one_time_secrets.count_code(user.id, now)
    )
    return counted is not None


async def test_a_wish_that_is_too_old_is_dropped(mailroom: Mailroom) -> None:
    """A mail whose token would be dead on arrival is not sent."""
    await mailroom.wish()
    mailroom.later(minutes=60)
    await mailroom.deliver()
    effect = await mailroom.effect()
    assert effect.state is EffectState.SKIPPED
    assert effect.last_error == "The wish is older than its token would live."
    assert mailroom.mails() == []


async def test_the_code_is_withheld_after_twenty_wrong_ones_a_day(mailroom: Mailroom) -> None:
    """R12: five wrong codes kill a code; after twenty in a day mails carry the link alone, which works.

    Planted: the count not asked; seen to fail.
    """
    for _ in range(4):
        _, code = await _sent(mailroom)
        assert code is not None
        for network in range(5):
            where = origin(f"198.51.100.{network}")
            tried = await reset(mailroom.world.services, request(code=WRONG, email_address=ADDRESS), where)
            assert isinstance(tried, InvalidToken | TooManyAttempts)
        assert not await _opens(mailroom, code=code, email_address=ADDRESS)
        mailroom.later(hours=1)
    token, code = await _sent(mailroom)
    assert code is None
    assert await _opens(mailroom, token=token)
    mailroom.later(days=1)
    _, code = await _sent(mailroom)
    assert code is not None


async def test_a_withheld_code_stays_so_at_the_next_try(mailroom: Mailroom) -> None:
    """The day of the count ends between two tries: the mail is still the first one, without a code.

    Planted: the count asked at each try; seen to fail (the code in the mail opened nothing).
    """
    await test_the_code_is_withheld_after_twenty_wrong_ones_a_day(mailroom)
    world = mailroom.world
    before = world.chance.now()
    for _ in range(4):
        await mailroom.wish()
        await mailroom.deliver()
        for network in range(5):
            where = origin(f"203.0.113.{network}")
            await reset(world.services, request(code=WRONG, email_address=ADDRESS), where)
        mailroom.later(hours=1)
    world.chance.set(before + timedelta(hours=23, minutes=30))
    await mailroom.wish()
    with mailroom.unwritable():
        await mailroom.deliver()
    mailroom.later(minutes=45)
    await mailroom.deliver()
    read = mailroom.mail(await mailroom.effect())
    assert read.code is None
    assert await _opens(mailroom, token=read.token)


async def test_a_failed_mail_is_sent_after_a_retry(mailroom: Mailroom) -> None:
    """An administrator has it tried again: the address is still known, and the same mail goes out."""
    await mailroom.wish()
    effect = await mailroom.effect()
    store, now = mailroom.world.services.store, mailroom.world.chance.now()
    (claimed,) = await store.write(lambda unit: claim_mail(unit, "x", now, now, 1))
    await store.write(lambda unit: unit.due.settle(claimed, "x", EffectState.FAILED, now=now, reason="no"))
    assert isinstance(await retry_delivery(mailroom.world.services, OPERATOR, effect.id), DeliveryRetried)
    await mailroom.deliver()
    assert (await mailroom.effect()).state is EffectState.DELIVERED
    assert mailroom.mail(effect).token is not None


async def test_a_skipped_wish_stays_skipped(mailroom: Mailroom) -> None:
    """Its address was forgotten when nobody had it: a retry finds nobody, whoever has it by now."""
    await mailroom.wish("john@example.org")
    await mailroom.deliver()
    effect = await mailroom.effect()
    await mailroom.world.user("john")
    assert isinstance(await retry_delivery(mailroom.world.services, OPERATOR, effect.id), DeliveryRetried)
    await mailroom.deliver()
    again = [each for each in await mailroom.world.effects() if each.id == effect.id]
    assert [each.state for each in again] == [EffectState.SKIPPED]
    assert mailroom.mails() == []


async def test_the_reader_chooses_the_language(mailroom: Mailroom) -> None:
    """The wish's language, else the user's; one without templates is English."""
    for locale in ("fr_FR", "en_GB", None):
        await mailroom.wish(locale=locale)
    await mailroom.deliver()
    assert sorted(read.message["Content-Language"] for read in mailroom.mails()) == ["en", "en", "fr"]
    resolved = await mailroom.resets().resolve(await mailroom.effect())
    assert getattr(resolved, "locale", None) == "en_US"
