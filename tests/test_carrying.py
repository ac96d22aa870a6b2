"""Whatever becomes of a delivery is a value."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from credentials.kinds import EffectKind, EffectState
from credentials.model import Effect
from delivery.carrying import carry_out
from delivery.faults import ChannelDown, PassingFault, PermanentFault
from delivery.settlement import Settlement
from store.faults import StoreUnavailable
from tests.chance import START

pytestmark = pytest.mark.anyio


def _effect(kind: EffectKind = EffectKind.MAIL_NOTICE) -> Effect:
    return Effect(
        id="one",
        sequence=1,
        kind=kind,
        state=EffectState.PENDING,
        subject="s",
        target="t",
        user_id=None,
        system_id=None,
        details={},
        attempts=1,
        created_at=START,
        settled_at=None,
        last_error=None,
        progress={},
    )


async def _carried(fault: Exception, kind: EffectKind = EffectKind.MAIL_NOTICE) -> Settlement | PassingFault:
    async def deliver(_effect: Effect) -> Settlement:
        raise fault

    return await carry_out(deliver, _effect(kind))


async def test_what_a_fault_becomes() -> None:
    """A lasting one is FAILED; every other leaves the effect to be tried again, with a reason in words."""
    assert await _carried(PermanentFault("No.")) == Settlement(EffectState.FAILED, "No.")
    for fault, reason in (
        (PassingFault("Busy."), "Busy."),
        (ChannelDown("Nobody."), "Nobody."),
        (StoreUnavailable("gone"), "The database did not answer: gone."),
        (KeyError("hunter2"), "A defect of ours; the log names it."),
    ):
        verdict = await _carried(fault)
        assert isinstance(verdict, PassingFault)
        assert verdict.reason == reason


async def test_a_delivery_that_never_ends_is_cut_off() -> None:
    """Before its lease runs out and another relay begins the same."""

    async def deliver(_effect: Effect) -> Settlement:
        never: asyncio.Future[Settlement] = asyncio.get_running_loop().create_future()
        return await never

    verdict = await carry_out(deliver, _effect(), 0.01)
    await asyncio.sleep(0)  # Python 3.11 traces no line behind an exception that was thrown into an await
    assert isinstance(verdict, PassingFault)
    assert "longer than" in verdict.reason


async def test_an_xmpp_effect_that_failed_is_an_alarm() -> None:
    """The old password may still open the account; a mail that nobody takes is no alarm."""
    levels = {}
    for kind in (EffectKind.XMPP_PASSWORD, EffectKind.MAIL_NOTICE):
        with capture_logs() as logged:
            await _carried(PermanentFault("No such account."), kind)
        levels[kind] = logged[-1]["log_level"]
    assert levels == {EffectKind.XMPP_PASSWORD: "error", EffectKind.MAIL_NOTICE: "info"}
