"""Why something could not be delivered: for now, or for good."""

from __future__ import annotations


class DeliveryFault(Exception):  # noqa: N818  it reports the world outside, not an error of the program
    """What a channel raises where it could not deliver.

    `reason` is one plain sentence for administrators; it holds no secret.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PassingFault(DeliveryFault):
    """It may work later: the relay tries again."""


class ChannelDown(PassingFault):
    """Nothing at all gets through now: no server answers, or it does not let Rekey in.

    The relay leaves the channel alone for a while, and says since when it fails.
    """


class PermanentFault(DeliveryFault):
    """It will never work as it is: the relay gives up."""
