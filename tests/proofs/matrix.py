"""The allow/deny matrix: root fields as the SDL has them, arguments made from their types, the tables."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    StringValueNode,
    build_schema,
    get_named_type,
    is_required_argument,
    is_required_input_field,
)
from sqlalchemy import delete, insert, select

from credentials.secret import Secret
from resolvers.feed import Feed
from resolvers.services import Origin
from schema import print_sdl
from schema.context import Context
from store.columns import metadata
from tests.following import hangs_up
from tests.graphql_world import SCHEMA, codes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import httpx
    from graphql import ConstDirectiveNode, GraphQLInputField
    from sqlalchemy import Connection

    from resolvers.follower import Asker, Follower
    from resolvers.services import Services

#: The tables as they were: each row with every column, in the order of its key.
Dump = dict[str, list[tuple[Any, ...]]]
GUARDS = ("public", "selfOnly", "adminOnly", "tokenAuth")
PASS = "PASS"  # noqa: S105  a verdict
_SCHEMA = build_schema(print_sdl(), assume_valid=True)


def problems() -> set[str]:
    """The names of the union members that are refusals."""
    interface = _SCHEMA.type_map["Problem"]
    assert isinstance(interface, GraphQLInterfaceType)
    return {each.name for each in _SCHEMA.get_possible_types(interface)}


@dataclass(frozen=True)
class RootField:
    """A field of Query, Mutation or Subscription, as the SDL has it."""

    operation: str
    name: str
    definition: GraphQLField

    @property
    def guard(self) -> str:
        """The name of its one directive."""
        return self._directive.name.value

    @property
    def subject(self) -> str | None:
        """The input path that must name the caller, where there is one."""
        found = {each.name.value: each.value for each in self._directive.arguments or ()}.get("subject")
        return found.value if isinstance(found, StringValueNode) else None

    @property
    def _directive(self) -> ConstDirectiveNode:
        assert self.definition.ast_node
        (directive,) = self.definition.ast_node.directives or ()
        return directive

    def document(self, variables: Mapping[str, object]) -> str:
        """One operation that asks for this field alone, with these variables as its arguments."""
        declared = ", ".join(f"${name}: {self.definition.args[name].type}" for name in variables)
        passed = ", ".join(f"{name}: ${name}" for name in variables)
        head, call = (f"({declared})", f"({passed})") if passed else ("", "")
        return f"{self.operation} {head} {{ {self.name}{call} {{ __typename }} }}"

    def variables(self, meant: Mapping[str, object]) -> dict[str, object]:
        """A value for each required argument, and for each that `meant` has one for.

        Args:
            meant: values that must mean something, by the dotted path from this field's name, or, for what
                is required, by the last name alone.
        """
        return _fill(self.definition.args, self.name, meant)


def root_fields() -> list[RootField]:
    """Every field of Query, Mutation and Subscription."""
    roots = {
        "query": _SCHEMA.query_type,
        "mutation": _SCHEMA.mutation_type,
        "subscription": _SCHEMA.subscription_type,
    }
    return [
        RootField(operation, name, definition)
        for operation, root in roots.items()
        if root
        for name, definition in root.fields.items()
    ]


def _fill(
    inputs: Mapping[str, GraphQLArgument] | Mapping[str, GraphQLInputField],
    path: str,
    meant: Mapping[str, object],
) -> dict[str, object]:
    filled = {}
    for name, each in inputs.items():
        below = f"{path}.{name}"
        is_said = any(known == below or known.startswith(f"{below}.") for known in meant)
        if is_said or _is_required(each):
            filled[name] = _example(each.type, below, meant)
    return filled


def _is_required(each: GraphQLArgument | GraphQLInputField) -> bool:
    return is_required_argument(each) if isinstance(each, GraphQLArgument) else is_required_input_field(each)


def _example(kind: GraphQLInputType, path: str, meant: Mapping[str, object]) -> object:
    last = path.rpartition(".")[2]
    if path in meant or last in meant:
        return meant.get(path, meant.get(last))
    named = get_named_type(kind)
    if isinstance(named, GraphQLEnumType):
        return next(iter(named.values))
    assert isinstance(named, GraphQLInputObjectType), f"{path}: say what a value here means"
    if not named.is_one_of:
        return _fill(named.fields, path, meant)
    chosen = next(name for name in named.fields if f"{path}.{name}" in meant)
    return {chosen: meant[f"{path}.{chosen}"]}


@dataclass
class Cast:
    """Who calls, with what; and what the arguments mean.

    `bearers` are by caller and state; `meant` holds for every caller, `own` beside it for one.
    """

    bearers: dict[tuple[str, str], str | None] = field(default_factory=dict)
    meant: dict[str, object] = field(default_factory=dict)
    own: dict[str, dict[str, object]] = field(default_factory=dict)


class Door(Feed):
    """A feed that tells when somebody was let in to follow."""

    def __init__(self, services: Services) -> None:
        super().__init__(services.store, services.chance)
        self.entered = asyncio.Event()

    @contextmanager
    def follow(self, caller: Asker, user_id: str | None) -> Iterator[Follower]:
        """Registers a stream."""
        with super().follow(caller, user_id) as follower:
            self.entered.set()
            yield follower


@dataclass(frozen=True)
class Stage:
    """The application in this process, over its tables."""

    client: httpx.AsyncClient
    services: Services

    async def ask(self, root: RootField, variables: Mapping[str, object], bearer: str | None) -> str:
        """Asks for one field: the name of the type that came or will come, or the code in `errors`."""
        if root.operation == "subscription":
            return await self._open(root, variables, bearer)
        headers = {} if bearer is None else {"Authorization": f"Bearer {bearer}"}
        body = {"query": root.document(variables), "variables": variables}
        answer = (await self.client.post("/graphql", json=body, headers=headers)).json()
        if "errors" in answer:
            return str(answer["errors"][0]["extensions"]["code"])
        return str(answer["data"][root.name]["__typename"])

    async def _open(self, root: RootField, variables: Mapping[str, object], bearer: str | None) -> str:
        """Whether a stream begins: it is closed as soon as it has, since nothing may ever come."""
        door = Door(self.services)
        origin = Origin("request", "192.0.2.1")
        context = Context(
            replace(self.services, feed=door), origin, None if bearer is None else Secret(bearer)
        )
        stream = await SCHEMA.subscribe(root.document(variables), dict(variables), context)
        first, entered = asyncio.ensure_future(anext(stream)), asyncio.ensure_future(door.entered.wait())
        await asyncio.wait([first, entered], return_when=asyncio.FIRST_COMPLETED)
        if entered.done():
            await hangs_up(first, stream)
            return get_named_type(root.definition.type).name
        await hangs_up(entered, stream)
        return str(codes(await first)[0])

    async def dump(self) -> Dump:
        """Every row of every table."""
        return await self.services.store.read(lambda unit: _dump(unit._connection))  # noqa: SLF001  no repository shows whole tables

    async def restore(self, dump: Dump) -> None:
        """Puts every table back as it was."""
        await self.services.store.write(lambda unit: _restore(unit._connection, dump))  # noqa: SLF001  the same


def _dump(connection: Connection) -> Dump:
    return {
        table.name: [
            tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key.columns))
        ]
        for table in metadata.sorted_tables
    }


def _restore(connection: Connection, dump: Dump) -> None:
    for table in reversed(metadata.sorted_tables):
        connection.execute(delete(table))
    for table in metadata.sorted_tables:
        names = [column.name for column in table.columns]
        rows = [dict(zip(names, row, strict=True)) for row in dump[table.name]]
        if rows:
            connection.execute(insert(table), rows)
