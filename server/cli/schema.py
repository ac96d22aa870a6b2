"""`rekey schema`."""

from __future__ import annotations

from typer import echo

from server.cli.output import Json, show


def schema(as_json: Json = False) -> None:
    """Prints the API in GraphQL's definition language, as schema.graphql holds it."""
    from schema import print_sdl  # noqa: PLC0415  costs half a second: not for other commands

    if as_json:
        show({"schema": print_sdl()}, as_json)
    else:
        echo(print_sdl(), nl=False)
