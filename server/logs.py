"""The log: one line an event on standard error, as JSON in production and as text for people elsewhere.

Only there a defect's trace has lines of its own.
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

import structlog

from server.log_values import plain_values
from server.tracebacks import show_defect

if TYPE_CHECKING:
    from server.settings import Settings


def configure_logs(settings: Settings, least: int = logging.NOTSET) -> None:
    """Sets the log up for this process, from the operator's level on, and not below `least`.

    Other libraries' logs are heard from WARNING on, whatever our own level: below that some of them
    repeat what they were given.
    """
    level = max(least, logging.getLevelNamesMapping()[settings.log_level.upper()])
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.ExceptionRenderer(show_defect),
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if settings.production
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    structlog.configure(
        processors=[*shared, plain_values, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[_clean, plain_values, renderer]
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def _clean(logger: object, name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return structlog.stdlib.ProcessorFormatter.remove_processors_meta(logger, name, event)
