"""Why something could not be delivered."""

from __future__ import annotations

import pytest

from delivery.faults import DeliveryFault, PassingFault, PermanentFault


@pytest.mark.parametrize("kind", [PassingFault, PermanentFault])
def test_a_fault_carries_its_reason(kind: type[DeliveryFault]) -> None:
    """Both kinds say their reason, as an attribute and as text."""
    fault = kind("The server is down.")
    assert fault.reason == "The server is down."
    assert str(fault) == "The server is down."


def test_the_two_kinds_are_told_apart() -> None:
    """Neither kind is caught as the other: one is tried again, the other given up."""
    assert not issubclass(PassingFault, PermanentFault)
    assert not issubclass(PermanentFault, PassingFault)
