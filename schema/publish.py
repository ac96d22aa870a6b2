"""How an enumeration becomes one of the API's, without a word of GraphQL where it is defined."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

import strawberry

Kind = TypeVar("Kind", bound=StrEnum)


def publish(kind: type[Kind], description: str, values: Mapping[Kind, str], name: str | None = None) -> None:
    """Publishes `kind` under its own name or another.

    Args:
        kind: The enumeration.
        description: What it tells.
        values: What each of its values means; one that is missing stops the import.
        name: Its name in the API.
    """
    strawberry.enum(kind, name=name or kind.__name__, description=description)
    for value in kind.__strawberry_definition__.values:  # type: ignore[attr-defined]  # strawberry.enum has set it
        value.description = values[kind(value.value)]
