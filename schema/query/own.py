"""`me`, `passwordPolicy` and `serviceInfo`: what a user or a front end asks first."""

from importlib.metadata import version

import strawberry

from schema.context import Info, own_caller
from schema.guards import Public, SelfOnly
from schema.types.service import PasswordPolicy, ServiceInfo
from schema.types.user import User
from schema.types.view import to_owner


@strawberry.field(description="The signed-in user, with the XMPP passwords.", extensions=[SelfOnly()])
async def me(info: Info) -> User | None:
    """The signed-in user."""
    caller = own_caller(info)
    return User.of(caller.user, to_owner(info, caller.session.id))


@strawberry.field(description="What a new password has to be.", extensions=[Public()])
async def password_policy(info: Info) -> PasswordPolicy:
    """The operator's rules."""
    return PasswordPolicy.of(info.context.services.policy.policy)


@strawberry.field(description="Which service this is.", extensions=[Public()])
async def service_info() -> ServiceInfo:
    """The name and the version of the installed project."""
    return ServiceInfo(name="Rekey", version=version("rekey"))
