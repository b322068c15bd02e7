"""One line of JSON for each call; no path, no query, no body, no secret."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
import structlog

if TYPE_CHECKING:
    from typing import BinaryIO


class Telling:
    """Writes what happened to the error stream."""

    def __init__(self, stream: BinaryIO | None = None) -> None:
        """``stream``: another one, for tests."""
        raw: Any = stream or sys.stderr.buffer
        self._log: Any = structlog.wrap_logger(
            structlog.BytesLogger(raw),
            processors=[structlog.processors.JSONRenderer(serializer=orjson.dumps)],
            wrapper_class=structlog.BoundLogger,
        )

    def say(self, event: str, **facts: str | float) -> None:
        """A line; whoever cannot be told stops nothing."""
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        try:
            self._log.info(event, at=at, **facts)
        except (OSError, ValueError):
            return
