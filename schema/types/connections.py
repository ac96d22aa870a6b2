"""Pages of lists, by the GraphQL Cursor Connections Specification."""

import strawberry

from credentials import model
from resolvers.paging import Page, Total
from schema.types.api_key import ApiKey
from schema.types.audit import AuditEvent
from schema.types.delivery import Delivery
from schema.types.page_info import PageInfo
from schema.types.system import System
from schema.types.user import User
from schema.types.view import View

_EDGES = "The entries of this page, in order."
_PAGE = "Where this page lies in the list."
_CURSOR = "For `after`: the list goes on behind this entry."
_NODE = "The entry itself."
_TOTAL = "How many there are: exact to 10,000, then null."


async def _count(self: "UserConnection | SystemConnection") -> int | None:
    return None if self.total is None else await self.total.ask()


@strawberry.type(description="A user in a list.")
class UserEdge:
    """A user in a list."""

    cursor: str = strawberry.field(description=_CURSOR)
    node: User = strawberry.field(description=_NODE)


@strawberry.type(description="A page of users.")
class UserConnection:
    """A page of users."""

    total: strawberry.Private[Total | None]

    edges: list[UserEdge] = strawberry.field(description=_EDGES)
    page_info: PageInfo = strawberry.field(description=_PAGE)
    total_count: int | None = strawberry.field(resolver=_count, description=_TOTAL)

    @classmethod
    def of(cls, page: Page[model.User], view: View) -> "UserConnection":
        """Shows a page."""
        return cls(
            edges=[UserEdge(cursor=cursor, node=User.of(row, view)) for cursor, row in page.items],
            page_info=PageInfo.of(page),
            total=page.total,
        )


@strawberry.type(description="A system in a list.")
class SystemEdge:
    """A system in a list."""

    cursor: str = strawberry.field(description=_CURSOR)
    node: System = strawberry.field(description=_NODE)


@strawberry.type(description="A page of systems.")
class SystemConnection:
    """A page of systems."""

    total: strawberry.Private[Total | None]

    edges: list[SystemEdge] = strawberry.field(description=_EDGES)
    page_info: PageInfo = strawberry.field(description=_PAGE)
    total_count: int | None = strawberry.field(resolver=_count, description=_TOTAL)

    @classmethod
    def of(cls, page: Page[model.System]) -> "SystemConnection":
        """Shows a page."""
        return cls(
            edges=[SystemEdge(cursor=cursor, node=System.of(row)) for cursor, row in page.items],
            page_info=PageInfo.of(page),
            total=page.total,
        )


@strawberry.type(description="An event of the audit in a list.")
class AuditEventEdge:
    """An event of the audit in a list."""

    cursor: str = strawberry.field(description=_CURSOR)
    node: AuditEvent = strawberry.field(description=_NODE)


@strawberry.type(description="A page of events of the audit.")
class AuditEventConnection:
    """A page of events of the audit."""

    edges: list[AuditEventEdge] = strawberry.field(description=_EDGES)
    page_info: PageInfo = strawberry.field(description=_PAGE)

    @classmethod
    def of(cls, page: Page[model.Event]) -> "AuditEventConnection":
        """Shows a page."""
        return cls(
            edges=[AuditEventEdge(cursor=cursor, node=AuditEvent.of(row)) for cursor, row in page.items],
            page_info=PageInfo.of(page),
        )


@strawberry.type(description="A delivery in a list.")
class DeliveryEdge:
    """A delivery in a list."""

    cursor: str = strawberry.field(description=_CURSOR)
    node: Delivery = strawberry.field(description=_NODE)


@strawberry.type(description="A page of deliveries.")
class DeliveryConnection:
    """A page of deliveries."""

    edges: list[DeliveryEdge] = strawberry.field(description=_EDGES)
    page_info: PageInfo = strawberry.field(description=_PAGE)

    @classmethod
    def of(cls, page: Page[model.Effect]) -> "DeliveryConnection":
        """Shows a page."""
        return cls(
            edges=[DeliveryEdge(cursor=cursor, node=Delivery.of(row)) for cursor, row in page.items],
            page_info=PageInfo.of(page),
        )


@strawberry.type(description="An API key in a list.")
class ApiKeyEdge:
    """An API key in a list."""

    cursor: str = strawberry.field(description=_CURSOR)
    node: ApiKey = strawberry.field(description=_NODE)


@strawberry.type(description="A page of API keys.")
class ApiKeyConnection:
    """A page of API keys."""

    edges: list[ApiKeyEdge] = strawberry.field(description=_EDGES)
    page_info: PageInfo = strawberry.field(description=_PAGE)

    @classmethod
    def of(cls, page: Page[model.ApiKey]) -> "ApiKeyConnection":
        """Shows a page."""
        return cls(
            edges=[ApiKeyEdge(cursor=cursor, node=ApiKey.of(row)) for cursor, row in page.items],
            page_info=PageInfo.of(page),
        )
