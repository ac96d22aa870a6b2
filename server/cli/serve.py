"""`rekey serve`."""

from typing import Annotated

from typer import Option

from server.cli.handing_over import hand_over
from server.cli.output import Json

#: The highest port (RFC 6335, 6); 0 lets the system choose a free one.
LAST_PORT = 65_535
#: More processes than any machine has cores is a slip of the finger.
MOST_WORKERS = 1024


def serve(
    host: Annotated[str, Option(help="Where to listen; outside production loopback only.")] = "127.0.0.1",
    port: Annotated[int, Option(min=0, max=LAST_PORT, help="0 takes a free one.")] = 8000,
    workers: Annotated[int, Option(min=1, max=MOST_WORKERS, help="Server processes.")] = 1,
    as_json: Json = False,
) -> None:
    """Serves until SIGTERM or Ctrl-C; in development makes all that is missing first."""
    hand_over("server.cli.server_process", host, port, workers, as_json)
