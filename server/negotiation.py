"""Media types of GraphQL over HTTP: what may come in, and what goes out."""

from __future__ import annotations

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"
EVENT_STREAM = "text/event-stream"
NOT_ACCEPTABLE = f"Answers are {GRAPHQL_JSON} or {JSON}; those to subscriptions are {EVENT_STREAM}."


def is_json(content_type: str | None) -> bool:
    """Whether a body is `application/json` in UTF-8; other spellings mean something else."""
    kind, *parameters = [part.strip().lower() for part in (content_type or "").split(";")]
    charsets = [part.partition("=")[2].strip('"') for part in parameters if part.startswith("charset=")]
    return kind == JSON and all(charset in ("utf-8", "utf8") for charset in charsets)


def answer_type(accept: str | None) -> str | None:
    """The media type of the answer; None where the client takes none that there is.

    No header, `*/*` and `application/*` mean JSON, which every client reads.
    """
    if accept is None or not accept.strip():
        return JSON
    wanted = [_range(part) for part in accept.split(",")]
    best = sorted((each for each in wanted if each[1] > 0), key=lambda each: -each[1])
    for kind, _ in best:
        if kind in (JSON, GRAPHQL_JSON):
            return kind
        if kind in ("*/*", "application/*"):
            return JSON
    return None


def takes_events(accept: str | None) -> bool:
    """Whether the client reads server-sent events: it says so by name, since few that take anything do."""
    return any(kind == EVENT_STREAM and weight > 0 for kind, weight in map(_range, (accept or "").split(",")))


def _range(part: str) -> tuple[str, float]:
    kind, *parameters = [piece.strip().lower() for piece in part.split(";")]
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return kind, float(parameter[2:])
            except ValueError:
                return kind, 0.0
    return kind, 1.0
