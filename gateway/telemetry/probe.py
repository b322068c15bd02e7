"""One JSON line per event, from an allow-list of fields and shapes.

Nothing personal fits through: a field that is not named here, and a value that
is no code or identifier of ours, is left out and counted.
"""

from __future__ import annotations

import re
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO

import orjson
import structlog

from gateway.domain.errors import GatewayError, StoreFateUnknown, StoreUnavailable
from gateway.ports.probe import Probe

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: Fields with identifiers that we made: letters first, then anything unguessable.
IDENTIFIERS = frozenset({"actor", "dossier_id", "job_id", "report_id", "transfer_id"})
#: Fields with codes of ours, of agencies and of configuration.
CODES = frozenset(
    {
        "action", "actor", "agency", "code", "kind", "office", "outcome", "platform",
        "percent", "purpose", "severity", "standing", "subject",
    }
)  # fmt: skip
#: Where a line stands in a W3C trace: hexadecimal digits alone.
TRACES = frozenset({"parent_id", "traceparent"})
NUMBERS = frozenset({"attempt", "count", "refused", "took_ms"})
_TRACE = re.compile(r"(?:00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]|[0-9a-f]{16}|)")
_IDENTIFIER = re.compile(r"[a-z]{1,4}[_-][0-9A-Za-z_-]{1,64}")
#: No blank, no letter beyond ASCII, and no six digits in a row: neither a name, nor
#: the number of a phone, an identity card or a dossier (which holds a date).
_CODE = re.compile(r"(?!.*[0-9]{6})[0-9A-Za-z][0-9A-Za-z_.:/-]{0,79}")
#: Real seconds in which the same trouble of a store is said once.
SAID_EVERY_S = 10.0
#: Codes seen before; there are few, and the shape of each is looked at once.
_SEEN_AT_MOST = 4096


class StructlogProbe(Probe):
    """Writes events as lines to a stream, standard error by default."""

    def __init__(
        self,
        stream: BinaryIO | TextIO | None = None,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        mono: Callable[[], float] = time.monotonic,
    ) -> None:
        """``now``: the machine's time, which lines carry even where wall is virtual."""
        self._now = now
        self._mono = mono
        #: Where and code of a store's trouble → when it was said, and how often not.
        self._said: dict[tuple[str, str], tuple[float, int]] = {}
        self._seen: set[str] = set()
        #: Field name → how often it was left out.
        self.left_out: Counter[str] = Counter()
        #: Lines that could not be written; the journey goes on without them.
        self.lost = 0
        stream = stream or sys.stderr
        raw: Any = getattr(stream, "buffer", None) or stream
        self._log: Any = structlog.wrap_logger(
            structlog.BytesLogger(raw),
            processors=[structlog.processors.JSONRenderer(serializer=orjson.dumps)],
            wrapper_class=structlog.BoundLogger,
            cache_logger_on_first_use=True,
        ).bind()

    def attempt(self, **facts: str | float | None) -> None:
        """An attempt or enquiry ended."""
        self._tell("attempt", "info", facts)

    def inbound(self, **facts: str | float | None) -> None:
        """A message came in from an agency or a sender."""
        self._tell("inbound", "info", facts)

    def action(self, **facts: str | float | None) -> None:
        """A person or a rule acted."""
        self._tell("action", "info", facts)

    def trouble(self, where: str, error: BaseException) -> None:
        """Class, code and place of an error; never what it says."""
        line: dict[str, Any] = {"where": where, "error": type(error).__name__}
        if isinstance(error, (StoreUnavailable, StoreFateUnknown)):
            unsaid = self._unsaid(where, error.code)
            if unsaid is None:
                return
            line |= {"count": unsaid} if unsaid else {}
        if isinstance(error, GatewayError):
            line["code"] = error.code
        if isinstance(error, OSError) and error.errno is not None:
            line["errno"] = error.errno
        cause = error.__cause__ or error.__context__
        if cause is not None:
            line["cause"] = type(cause).__name__
        place = _place(error)
        if place:
            line["raised_at"] = place
        self._write("trouble", "error", line)

    def _unsaid(self, where: str, code: str) -> int | None:
        """How often it was not said since it was said last; None: not now, either.

        A store that is away troubles every loop at each turn, and every attempt that
        is to be written down: one line each is enough for a while.
        """
        now = self._mono()
        said_at, unsaid = self._said.get((where, code), (None, 0))
        if said_at is not None and now - said_at < SAID_EVERY_S:
            self._said[where, code] = (said_at, unsaid + 1)
            return None
        self._said[where, code] = (now, 0)
        return unsaid

    def _tell(
        self, event: str, level: str, facts: dict[str, str | float | None]
    ) -> None:
        self._write(event, level, self.told(facts))

    def told(self, facts: Mapping[str, str | float | None]) -> dict[str, str | float]:
        """What may be told of some facts, here and elsewhere."""
        return {
            name: value
            for name, value in facts.items()
            if value is not None and self._may_be_told(name, value)
        }

    def _may_be_told(self, name: str, value: str | float) -> bool:
        if isinstance(value, str):
            told = (
                (name in CODES and self._is_code(value))
                or (name in IDENTIFIERS and bool(_IDENTIFIER.fullmatch(value)))
                or (name in TRACES and bool(_TRACE.fullmatch(value)))
            )
        else:
            told = name in NUMBERS
        if not told:
            self._leave_out(name)
        return told

    def _is_code(self, value: str) -> bool:
        if value in self._seen:
            return True
        if value and not _CODE.fullmatch(value):
            return False
        if len(self._seen) < _SEEN_AT_MOST:
            self._seen.add(value)
        return True

    def _leave_out(self, name: str) -> None:
        self.left_out[name] += 1
        if self.left_out[name] == 1:
            # Names of fields are written by programmers, never by senders.
            self._write("field_left_out", "warning", {"field": name})

    def _write(self, event: str, level: str, line: dict[str, Any]) -> None:
        at = self._now().isoformat(timespec="milliseconds")
        try:
            self._log.msg(event, at=at, level=level, **line)
        except (OSError, ValueError):
            self.lost += 1


def _place(error: BaseException) -> str:
    """Module and line of ours that an error passed last."""
    place, frame = "", error.__traceback__
    while frame is not None:
        module = str(frame.tb_frame.f_globals.get("__name__", ""))
        if module.startswith("gateway."):
            place = f"{module}:{frame.tb_lineno}"
        frame = frame.tb_next
    return place
