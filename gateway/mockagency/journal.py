"""What went in and out of a mock: the last exchanges in memory, and lines in a file.

Memory keeps bytes as they were; whatever leaves it (a page, a line, a copied test)
goes through ``Exchange.shown``, which knows no way around the masks.
"""

from __future__ import annotations

import base64
import itertools
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gateway.mockagency.journal_masks import Masks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from gateway.mockagency.journal_file import JournalFile

#: How many exchanges, and how many bytes of bodies, memory keeps.
MOST = 2000
MOST_BYTES = 64 * 1024 * 1024
#: Of one body; what is longer is kept by its beginning.
MOST_OF_A_BODY = 1024 * 1024
#: Headers of the trace context, and where its identifier stands.
_TRACE = "traceparent"


@dataclass(slots=True)
class Exchange:
    """One call and its answer, as the mock saw them."""

    at: datetime
    direction: str
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    operation: str = ""
    kind: str = ""
    numbers: tuple[str, ...] = ()
    status: int = 0
    #: 0: the caller got no answer, or not all of it
    answer_headers: Mapping[str, str] = field(default_factory=dict)
    answer_body: bytes = b""
    fault: str = ""
    route: str = ""
    #: the document's path that was met; empty: none
    answer: str = ""
    #: name of the answer, as the mock's book has it
    n: int = 0
    real_ms: float = 0.0
    body_bytes: int = 0
    answer_bytes: int = 0

    @property
    def number(self) -> str:
        """The dossier, or the first of several."""
        return self.numbers[0] if self.numbers else ""

    @property
    def correlation(self) -> str:
        """What ties it to the caller's side: its trace, else the dossier."""
        for name, value in self.headers.items():
            if name.lower() == _TRACE:
                parts = value.split("-")
                return parts[1] if len(parts) == 4 else value
        return self.number

    @property
    def size(self) -> int:
        """Bytes that it holds."""
        return len(self.body) + len(self.answer_body)

    def shown(self, masks: Masks) -> dict[str, Any]:
        """What may be seen of it."""
        told = {
            "n": self.n,
            "at": self.at.isoformat(),
            "real_ms": round(self.real_ms, 2),
            "direction": self.direction,
            "operation": masks.text(self.operation),
            "kind": masks.text(self.kind),
            "number": self.number,
            "method": self.method,
            "path": masks.text(self.path),
            "query": masks.text(self.query),
            "headers": _headers(self.headers, masks),
            "body": _body(self.body, self.body_bytes, masks),
            "status": self.status,
            "answer_headers": _headers(self.answer_headers, masks),
            "answer_body": _body(self.answer_body, self.answer_bytes, masks),
            "answer": self.answer,
            "fault": self.fault,
            "correlation": self.correlation,
        }
        if len(self.numbers) > 1:
            told["numbers"] = list(self.numbers)
        return told


def _headers(headers: Mapping[str, str], masks: Masks) -> dict[str, str]:
    told: dict[str, str] = {}
    for name, value in headers.items():
        hidden = masks.header(name, value)
        told[name] = f"{told[name]}, {hidden}" if name in told else hidden
    return told


def _body(body: bytes, whole: int, masks: Masks) -> str | dict[str, Any]:
    """Text where it is text; else an object that says how it is written."""
    text = _text(body, cut=len(body) < whole)
    if text is None:
        told: dict[str, Any] = {"base64": True, "data": base64.b64encode(body).decode()}
        return told if len(body) == whole else {**told, "cut": True, "bytes": whole}
    hidden = masks.text(text)
    if len(body) == whole:
        return hidden
    return {"base64": False, "data": hidden, "cut": True, "bytes": whole}


def _text(body: bytes, *, cut: bool) -> str | None:
    try:
        text = body.decode("utf-8", "ignore" if cut else "strict")
    except UnicodeDecodeError:
        return None
    return None if "\x00" in text else text


@dataclass(slots=True)
class _Kept:
    """An exchange, or how it is made once somebody looks."""

    n: int
    size: int
    real_ms: float
    make: Callable[[], Exchange]
    made: Exchange | None = None

    def exchange(self) -> Exchange:
        """The exchange, made once."""
        if self.made is None:
            made = self.made = self.make()
            made.n, made.real_ms = self.n, self.real_ms
            made.body_bytes = len(made.body)
            made.answer_bytes = len(made.answer_body)
            if made.size > MOST_OF_A_BODY:
                made.body = made.body[:MOST_OF_A_BODY]
                made.answer_body = made.answer_body[:MOST_OF_A_BODY]
            self.size = made.size
        return self.made


class Journal:
    """The last exchanges of one mock."""

    def __init__(
        self,
        masks: Masks,
        *,
        most: int = MOST,
        most_bytes: int = MOST_BYTES,
        file: JournalFile | None = None,
    ) -> None:
        """``most`` 0: nothing is kept; ``file``: each one is written there, too."""
        self.masks = masks
        self._most = most
        self._most_bytes = most_bytes
        self._file = file
        self._kept: deque[_Kept] = deque()
        self._bytes = 0
        self._numbers = itertools.count(1)
        self.seen = 0

    @property
    def is_on(self) -> bool:
        """Whether anything is kept or written."""
        return self._most > 0 or self._file is not None

    def add(self, exchange: Exchange, begun: float) -> None:
        """Keep one; ``begun``: when it started by ``time.monotonic``."""
        self.keep(lambda: exchange, exchange.size, begun)

    def keep(self, make: Callable[[], Exchange], size: int, begun: float) -> None:
        """Keep one that is made when somebody looks: most are never looked at.

        ``size``: bytes of its bodies; what is long is made, and cut, at once.
        """
        self.seen = next(self._numbers)
        kept = _Kept(self.seen, size, (time.monotonic() - begun) * 1000, make)
        if self._file is not None:
            self._file.write(kept.exchange().shown(self.masks))
        if size > MOST_OF_A_BODY:
            kept.exchange()
        self._kept.append(kept)
        self._bytes += kept.size
        while len(self._kept) > self._most or self._bytes > self._most_bytes:
            self._bytes -= self._kept.popleft().size

    def get(self, n: int) -> Exchange | None:
        """The n-th exchange, while it is kept."""
        found = next((one for one in self._kept if one.n == n), None)
        return found.exchange() if found is not None else None

    def newest_first(
        self,
        *,
        number: str = "",
        operation: str = "",
        fault: str = "",
        direction: str = "",
        correlation: str = "",
    ) -> Iterator[Exchange]:
        """Those that fit; empty: any. ``fault`` ``*``: whatever it is."""
        for kept in reversed(self._kept):
            one = kept.exchange()
            if number and not any(number in known for known in one.numbers):
                continue
            if operation and operation not in {one.operation, one.kind}:
                continue
            if fault and (not one.fault if fault == "*" else fault != one.fault):
                continue
            if direction and direction != one.direction:
                continue
            if correlation and correlation != one.correlation:
                continue
            yield one

    def operations(self) -> list[str]:
        """Operations that it has seen, for a choice."""
        return sorted({one.operation for one in self.newest_first() if one.operation})

    def faults(self) -> list[str]:
        """Faults that it has seen, for a choice."""
        return sorted({one.fault for one in self.newest_first() if one.fault})

    def clear(self) -> None:
        """Forget what memory keeps; the file stays, and numbers go on."""
        self._kept.clear()
        self._bytes = 0

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
