"""One delivery: whatever becomes of it is a value."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from credentials.kinds import ChannelName, EffectState
from delivery.faults import PassingFault, PermanentFault
from delivery.settlement import Settlement
from store.faults import StoreUnavailable

if TYPE_CHECKING:
    from credentials.model import Effect
    from delivery.settlement import Deliver

#: Seconds of one delivery, all its steps together: less than the lease of a minute.
LONGEST = 45.0

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Ended:
    """An effect, and how this try ended: settled, or to be tried again."""

    effect: Effect
    verdict: Settlement | PassingFault


async def carry_out(deliver: Deliver, effect: Effect, longest: float = LONGEST) -> Settlement | PassingFault:
    """Has an effect delivered; a defect is logged and keeps nobody else waiting."""
    try:
        async with asyncio.timeout(longest):
            verdict: Settlement | PassingFault = await deliver(effect)
    except PassingFault as fault:
        verdict = fault
    except PermanentFault as fault:
        verdict = Settlement(EffectState.FAILED, fault.reason)
    except TimeoutError:
        verdict = PassingFault(f"It took longer than {longest:.0f} seconds.")
    except StoreUnavailable as fault:
        verdict = PassingFault(f"The database did not answer: {fault}.")
    except Exception as defect:  # noqa: BLE001  one effect's defect must not keep all others waiting
        _log.error("delivery.defect", effect=effect.id, kind=effect.kind, exc_info=defect)
        verdict = PassingFault("A defect of ours; the log names it.")
    _say(effect, verdict)
    return verdict


def _say(effect: Effect, verdict: Settlement | PassingFault) -> None:
    if isinstance(verdict, PassingFault):
        _log.info("delivery.postponed", effect=effect.id, kind=effect.kind, reason=verdict.reason)
        return
    alarms = verdict.state is EffectState.FAILED and effect.kind.channel is ChannelName.XMPP
    # The account may still open with its old password: somebody has to look.
    say = _log.error if alarms else _log.info
    say("delivery.settled", effect=effect.id, kind=effect.kind, state=verdict.state, reason=verdict.reason)
