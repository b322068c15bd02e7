"""Whether the scanner of files answers, and how old its list of signatures is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from gateway.domain.alert import Holding, Severity
from gateway.domain.file_errors import FileInfected, ScannerAway
from gateway.watch.channels import at
from gateway.watch.vitals import Tone, Vital

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from gateway.ports.scanning import Scanner, ScannerState, Screening

#: Kind of its alerts.
SCANNER = "scanner"
#: Where files that it named are listed.
_PAGE = "/console/cach-ly"
_AWAY = (
    "Quản trị khởi động lại clamd, xem [scanning]; trong lúc đó tệp không được nhận, bên"
    " gửi tự gửi lại."
)
_OLD = "Quản trị xem freshclam hoặc nơi chép danh sách mẫu mã độc (docs/quet-ma-doc.vi.md)."
#: What every scanner knows, and nothing that harms: the test string of EICAR. In two
#: parts, so that the scanner of this very machine leaves this file alone.
_HARMLESS = (
    b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-",
    b"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*",
)


class ScannerWatch:
    """Asks once a minute, with the other alerts; ages are real time."""

    def __init__(self, screening: Screening, *, node: str, oldest: timedelta) -> None:
        """``oldest``: a list that is older is told of; ``node``: this one's name."""
        self._screening = screening
        self._node = node
        self._oldest = oldest
        self._since: datetime | None = None
        self.state: ScannerState | None = None
        #: what it said last
        self.away = False

    @property
    def is_used(self) -> bool:
        """Whether files are scanned at all."""
        return self._screening.scanner is not None

    @property
    def age(self) -> timedelta | None:
        """How old its list is; None where it does not tell."""
        told = self.state.signatures_at if self.state else None
        return None if told is None else datetime.now(UTC) - told

    async def look(self, now: datetime) -> Sequence[Holding]:
        """What holds now."""
        scanner = self._screening.scanner
        if scanner is None:
            return ()
        try:
            self.state = await scanner.state()
        except ScannerAway:
            self.away = True
            self._since = self._since or now
            why = f"Máy {self._node}: phần mềm diệt mã độc không trả lời từ"
            return (
                self._held(
                    Severity.CRITICAL, self._since, f"{why} {at(self._since)}", _AWAY
                ),
            )
        self.away, self._since = False, None
        age = self.age
        if age is None or age < self._oldest:
            return ()
        why = f"Máy {self._node}: danh sách mẫu mã độc đã cũ {age.days} ngày"
        return (self._held(Severity.WARNING, now, why, _OLD),)

    def _held(
        self, severity: Severity, since: datetime, reason: str, todo: str
    ) -> Holding:
        return Holding(
            kind=SCANNER,
            subject=self._node,
            severity=severity,
            since=since,
            reason=reason,
            next_action=todo,
        )

    async def vital(self) -> Vital:
        """One line for the page of health."""
        what, scanner = "Quét mã độc", self._screening.scanner
        if scanner is None:
            todo = "Cài clamd rồi đặt kind trong [scanning] (docs/quet-ma-doc.vi.md)."
            words = "Không quét: tệp vào cổng chưa ai xem."
            return Vital(what, Tone.LOOK, words, todo, _PAGE)
        try:
            self.state = await scanner.state()
        except ScannerAway:
            self.away = True
            words = "Phần mềm diệt mã độc không trả lời."
            return Vital(what, Tone.BAD, words, _AWAY, _PAGE)
        self.away, age = False, self.age
        words = f"{self.state.version} đang quét mọi tệp trước khi nhận"
        if age is None:
            words = f"{words}; không cho biết ngày của mẫu."
            return Vital(what, Tone.GOOD, words, page=_PAGE)
        words = f"{words}; mẫu mã độc cách đây {max(0, age.days)} ngày."
        old = age >= self._oldest
        tone, todo = (Tone.LOOK, _OLD) if old else (Tone.GOOD, "")
        return Vital(what, tone, words, todo, _PAGE)


async def knows_malware(scanner: Scanner) -> bool:
    """Whether it names what every scanner names, and lets through what is nothing.

    Raises:
        ScannerAway: it does not answer.
    """
    return await _passes(scanner, b"thu") and not await _passes(scanner, *_HARMLESS)


async def _passes(scanner: Scanner, *pieces: bytes) -> bool:
    async def content() -> AsyncIterator[bytes]:
        yield b"".join(pieces)

    try:
        async for _ in scanner.through(content()):
            pass
    except FileInfected:
        return False
    return True
