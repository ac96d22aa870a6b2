"""Where a page lies in its list, by the GraphQL Cursor Connections Specification."""

from typing import Any

import strawberry

from resolvers.paging import Page


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    """Where a page lies in its list."""

    has_next_page: bool = strawberry.field(description="Whether there are more behind it.")
    has_previous_page: bool = strawberry.field(description="Whether there are some before it.")
    start_cursor: str | None = strawberry.field(description="The cursor of its first entry.")
    end_cursor: str | None = strawberry.field(description="The cursor of its last entry, for `after`.")

    @classmethod
    def of(cls, page: Page[Any]) -> "PageInfo":
        """Reads the cursors of a page's ends."""
        cursors = [cursor for cursor, _ in page.items]
        return cls(
            has_next_page=page.has_next,
            has_previous_page=page.has_previous,
            start_cursor=cursors[0] if cursors else None,
            end_cursor=cursors[-1] if cursors else None,
        )
