"""What a system's agent does, and the administrator who resets it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resolvers import activate_system, confirm_system_activation
from resolvers.activate_system import ActivationAdmission, SystemActivating
from resolvers.confirm_system_activation import ConfirmationAdmission
from resolvers.reset_system_password import SystemReset, reset_system_password
from tests.world import OPERATOR, origin

if TYPE_CHECKING:
    from credentials.secret import Secret
    from resolvers.confirm_system_activation import SystemActivated
    from resolvers.outcomes import InvalidInput, InvalidToken, TooManyAttempts
    from resolvers.services import Services
    from tests.world import World

HERE = "192.0.2.1"


async def activate(
    world: World, pbx_id: str, code: Secret, address: str = HERE, services: Services | None = None
) -> SystemActivating | InvalidToken | TooManyAttempts | InvalidInput:
    """Shows an activation code, as the guard and the field do."""
    services, where = services or world.services, origin(address)
    admission = await activate_system.admit(services, where, pbx_id, code)
    if not isinstance(admission, ActivationAdmission):
        return admission
    admission.close()
    return await activate_system.activate_system(services, where, admission)


async def activated(world: World, pbx_id: str, code: Secret, address: str = HERE) -> SystemActivating:
    """Shows a right code."""
    answer = await activate(world, pbx_id, code, address)
    assert isinstance(answer, SystemActivating), answer
    return answer


async def confirm(
    world: World, pbx_id: str, password: Secret
) -> SystemActivated | InvalidToken | TooManyAttempts:
    """Shows the account's password, as the guard and the field do."""
    admission = await confirm_system_activation.admit(world.services, origin(HERE), pbx_id, password)
    if not isinstance(admission, ConfirmationAdmission):
        return admission
    admission.close()
    return await confirm_system_activation.confirm_system_activation(world.services, origin(HERE), admission)


async def reset_system(world: World, system_id: str, digits: int | None = None) -> SystemReset:
    """Resets a system."""
    done = await reset_system_password(world.services, origin(), OPERATOR, system_id, digits)
    assert isinstance(done, SystemReset), done
    return done
