"""What the relay does for a reset, without its mail: a token and a code are struck for a user."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from credentials.digests import Purpose
from credentials.one_time import reset_code, reset_token
from credentials.secret import Secret
from resolvers.reset_password import ResetAdmission, ResetRequest, admit, reset_password
from store.one_time_secrets import ResetSecret
from tests.world import NEW_PASSWORD, origin

if TYPE_CHECKING:
    from credentials.model import User
    from resolvers.reset_password import PasswordReset, Refused
    from resolvers.services import Origin, Services
    from tests.world import World

#: How long the token of a mail lives, by default.
AN_HOUR = timedelta(minutes=60)


@dataclass(frozen=True)
class Mailed:
    """What a mail brought."""

    id: str
    token: Secret
    code: Secret


async def strike(world: World, user: User, effect_id: str | None = None) -> Mailed:
    """Strikes a user's token and code, as the relay does when it sends the mail of an effect."""
    digests, now = world.services.digests, world.chance.now()
    mailed_by = effect_id or world.chance.new_id()
    token, code = reset_token(digests, mailed_by), reset_code(digests, mailed_by)
    secret = ResetSecret(
        id=mailed_by,
        user_id=user.id,
        epoch=user.epoch,
        token=digests.digest(Purpose.PASSWORD_RESET, user.id, token),
        code=digests.digest(Purpose.PASSWORD_RESET_CODE, user.id, code),
        expires_at=now + AN_HOUR,
    )
    lookup = digests.digest(Purpose.LOOKUP, Purpose.PASSWORD_RESET, token).value
    await world.services.store.write(lambda unit: unit.one_time_secrets.strike(secret, lookup, now))
    return Mailed(mailed_by, token, code)


def request(**values: Any) -> ResetRequest:
    """An input of `resetPassword`: what is not given here is not sent."""
    nothing = dict.fromkeys(("token", "code", "temporary_password", "email_address", "repeat"))
    sent: dict[str, Any] = {
        **nothing,
        "api_key": None,
        "location": None,
        "new_password": NEW_PASSWORD,
        **values,
    }
    secrets = ("token", "code", "temporary_password", "new_password", "repeat", "api_key")
    sent |= {name: Secret(sent[name]) for name in secrets if isinstance(sent[name], str)}
    return ResetRequest(**sent)


async def reset(
    services: Services, asked: ResetRequest, where: Origin | None = None
) -> PasswordReset | Refused:
    """Runs the whole use case, as the guard and the field do."""
    where = where or origin()
    admission = await admit(services, where, asked)
    if not isinstance(admission, ResetAdmission):
        return admission
    with closing(admission):
        return await reset_password(services, where, admission)
