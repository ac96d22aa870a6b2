"""`rekey relay`."""

from server.cli.handing_over import hand_over
from server.cli.output import Json


def relay(as_json: Json = False) -> None:
    """Delivers what is queued until SIGTERM or Ctrl-C; `serve` does so too, unless REKEY_RELAY is false."""
    hand_over("server.cli.relay_process", as_json)
