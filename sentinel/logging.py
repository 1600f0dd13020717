"""Structured logs: one configuration for every process.

Belongs here: how log lines look and from which level. Does not belong here: what is logged.
"""

import logging
import sys

import structlog

from sentinel.settings import Settings


def configure_logging(settings: Settings, level: int = logging.INFO) -> None:
    """Lines for people on a terminal, JSON objects for machines, both on standard error."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer()
    )
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        # Asked for at each line: whoever redirects standard error means the log as well.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
