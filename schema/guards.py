"""Who may call a root field: one class is both the directive in the SDL and its enforcement."""

import inspect
from collections.abc import Callable

import strawberry
from strawberry.extensions import FieldExtension
from strawberry.schema_directive import Location
from strawberry.types.field import StrawberryField

from credentials.login_names import fold
from credentials.model import User
from resolvers.authenticate import authenticate
from resolvers.services import KeyCaller, SessionCaller
from schema.context import Info, hand_over
from schema.errors import forbidden, unauthenticated
from schema.inputs.selectors import UserSelector
from schema.paths import GuardError, InputPath, bare, compile_path
from schema.throttled import note_waiting

Next = Callable[..., object]


class Guard(FieldExtension):
    """The base of the guards. One instance belongs to one field: `bind` keeps that field's path on it.

    A guard that checks a path and was never bound lets nobody through: what it needs is not there.
    """

    def apply(self, field: StrawberryField) -> None:
        """Shows the guard in the SDL. Called again where a second schema is built from the same field."""
        if not any(directive is self for directive in field.directives):
            field.directives = [*field.directives, self]

    def bind(self, field: StrawberryField) -> None:
        """Checks the guard against its field when the schema is built.

        Raises:
            GuardError: Its path names nothing that this guard can check.
        """

    async def authorize(self, info: Info, kwargs: dict[str, object]) -> None:
        """Hands the caller over to the field's body.

        Raises:
            Denied: The caller may not pass.
        """

    async def resolve_async(self, next_: Next, source: object, info: Info, **kwargs: object) -> object:
        """Lets the body run after `authorize`; an async generator passes through."""
        await self.authorize(info, kwargs)
        result = next_(source, info, **kwargs)
        answer = await result if inspect.isawaitable(result) else result
        note_waiting(info, answer)
        return answer


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    description="Anyone may call this field; a bearer is ignored.",
)
class Public(Guard):
    """No caller is needed, and a dead bearer does not hurt."""


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    description=(
        "Only a signed-in user may call this field, and where `subject` names an input path, only for "
        "themselves. Administrators are not exempt."
    ),
)
class SelfOnly(Guard):
    """The caller is a live session; the subject, where one is given, is the caller's own row."""

    subject: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The input path of the selector that must name the caller; it may be left out.",
    )

    def bind(self, field: StrawberryField) -> None:
        """Compiles `subject`, which must be a UserSelector."""
        self._path: InputPath | None = None
        if not self.subject:
            return
        path = compile_path(field, self.subject)
        if bare(path.leaf.type) is not UserSelector:
            message = f"{field.python_name}: {self.subject} is not a UserSelector."
            raise GuardError(message)
        self._path = path

    async def authorize(self, info: Info, kwargs: dict[str, object]) -> None:
        """Compares the selector with the caller's own row and drops it."""
        caller = await _caller(info)
        if not isinstance(caller, SessionCaller):
            raise forbidden()
        if self._path is not None:
            selector = self._path.read(kwargs)
            if isinstance(selector, UserSelector) and not _names(selector, caller.user):
                raise forbidden()
            self._path.drop(kwargs)
        hand_over(info, caller)


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    description="Only a signed-in administrator, or an API key with the role ADMIN, may call this field.",
)
class AdminOnly(Guard):
    """The caller holds the role ADMIN now, whatever the token says."""

    async def authorize(self, info: Info, kwargs: dict[str, object]) -> None:  # noqa: ARG002  one signature for all guards
        """Reads the caller's rights as they are stored."""
        caller = await _caller(info)
        if not caller.is_admin:
            raise forbidden()
        hand_over(info, caller)


async def _caller(info: Info) -> SessionCaller | KeyCaller:
    context = info.context
    caller = await authenticate(context.services, context.origin, context.bearer)
    if caller is None:
        raise unauthenticated()
    return caller


def _names(selector: UserSelector, user: User) -> bool:
    if selector.id is not None:
        return selector.id.value == user.id
    if selector.username is not None:
        return fold(selector.username.value) == fold(user.username)
    return selector.email_address is not None and fold(selector.email_address.value) == fold(
        user.email_address
    )
