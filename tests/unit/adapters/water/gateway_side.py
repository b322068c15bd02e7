"""Our adapter before a real folder; what lies in it is put there by the document alone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

from gateway.adapters.water.adapter import WaterAdapter, company_of
from gateway.adapters.water.inbox import WaterInbox
from gateway.carriers.folder import Folder
from gateway.carriers.sftp import Account
from gateway.carriers.sftp_folder import SFTPFolder
from gateway.carriers.shared_folder import SharedFolder
from gateway.domain.identifiers import AgencyId
from gateway.domain.report import AgencyReport
from gateway.ports.agency import Answer, OutboundMessage
from gateway.ports.inbox import PackageNotTaken, PartResult
from gateway.validation.json_schema import JSONSchemaCatalogue
from tests.unit.adapters.water.published import CONTRACT, ROOT, table

CHECK = JSONSchemaCatalogue.load(ROOT / "schemas").errors
SERVICES = MappingProxyType({"1.999020": "LAP_MOI"})
UNIT, COMPANY = "H00.LT.01", "CN-MAU-01"
DOSSIER = "H00.99.01-260310-0001"
GOOD = f"{DOSSIER};KHAO_SAT;12/03/2026;09:30"
HEADS = "MA_HO_SO;TRANG_THAI;NGAY;TEP"


@dataclass
class Looked:
    """What one look brought: reports, codes of refused files and rows, confirmed."""

    reports: list[AgencyReport] = field(default_factory=list)
    files: list[tuple[str, str]] = field(default_factory=list)
    rows: list[tuple[str, str]] = field(default_factory=list)
    confirms: list[str] = field(default_factory=list)


@dataclass
class Side:
    """The adapter of one company, its folder, and a clock that is set."""

    folder: Path
    by_hand: bool = False
    now: datetime = datetime(2026, 3, 20, 2, tzinfo=UTC)
    account: Account | None = None
    #: of the SFTP server below which the folder lies; None: it is reached as a path
    remote: list[SFTPFolder] = field(default_factory=list)
    #: connections that were made

    def __post_init__(self) -> None:
        """Bind the adapter."""
        self.adapter = self.bound()

    def bound(
        self, sender: str = UNIT, services: Mapping[str, str] = SERVICES
    ) -> WaterAdapter:
        """A node of the gateway: it knows what the folder holds, and nothing else."""
        water = {"sender": sender, "receiver": COMPANY, "by_hand": self.by_hand}
        return WaterAdapter(
            self._reached(),
            company_of({"water": water}, AgencyId("water"), lambda: self.now),
            services,
            CONTRACT,
            check=CHECK,
        )

    def _reached(self) -> Folder:
        if self.account is None:
            return SharedFolder(self.folder)
        self.remote.append(SFTPFolder(self.account, lambda: self.now))
        return self.remote[-1]

    @property
    def inbox(self) -> WaterInbox:
        """Where its answers come in."""
        found = self.adapter.inbox
        assert isinstance(found, WaterInbox)
        return found

    def later(self, **passed: float) -> None:
        """Let time pass."""
        self.now += timedelta(**passed)

    def names(self, part: str) -> set[str]:
        """What lies in a part, without what nobody looks at."""
        path = self.folder / part
        found = path.iterdir() if path.is_dir() else ()
        return {one.name for one in found if one.is_file() and one.name[0] != "."}

    def write(self, name: str, content: bytes, part: str = "tra-loi") -> None:
        """As a company that copies a file."""
        path = self.folder / part / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def manifest(
        self, lot: str, files: Mapping[str, bytes], rows: int, **changed: Any
    ) -> dict[str, Any]:
        """The manifest of a lot of answers."""
        told = [
            {
                "ten": name,
                "vai_tro": "BANG" if name.endswith(("csv", "xlsx")) else "KET_QUA",
                "kich_thuoc": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
            }
            for name, content in files.items()
        ]
        return {
            "phien_ban": 1,
            "loai": "TRA_LOI",
            "so_lo": lot,
            "so_thu_tu": int(lot[3:]),
            "ben_gui": COMPANY,
            "ben_nhan": UNIT,
            "lap_luc": "2026-03-20T08:00:00+07:00",
            "so_dong": rows,
            "tep": told,
            **changed,
        }

    def lot(
        self,
        number: int,
        *rows: str,
        heads: str = "MA_HO_SO;TRANG_THAI;NGAY;GIO",
        results: Mapping[str, bytes] | None = None,
        **changed: Any,
    ) -> str:
        """Put a lot down as a program does; its number."""
        lot = f"TL-{number:06}"
        files = {f"{lot}.csv": table(*rows, headings=heads)}
        files |= {f"{lot}.{name}": body for name, body in (results or {}).items()}
        for name, content in files.items():
            self.write(name, content)
        told = self.manifest(lot, files, len(rows), **changed)
        self.write(f"{lot}.json", json.dumps(told).encode())
        return lot

    async def look(
        self, unknown: Sequence[str] = (), cause: str = "no_dossier"
    ) -> Looked:
        """Read everything that waits as the collector does.

        ``unknown``: dossiers that rows do not fit, for this ``cause``.
        """
        found, inbox = Looked(), self.inbox
        for name in await inbox.waiting():
            body = await inbox.read(name)
            try:
                package = await inbox.open(name, body, self.now)
            except PackageNotTaken as refused:
                found.files.append((name, refused.code))
                await inbox.refused(name, refused, self.now)
                continue
            results = []
            for part in package.parts:
                code = part.refused.code if part.refused else ""
                if part.report and part.report.about[0].value in unknown:
                    code = "no_dossier"
                elif part.report:
                    found.reports.append(part.report)
                else:
                    found.rows.append((part.label.get("DONG", ""), code))
                why = cause if code == "no_dossier" else ""
                results.append(PartResult(part, code, cause=why))
            found.confirms += package.confirms
            await package.taken(results, self.now)
        return found

    async def send(self, *messages: OutboundMessage) -> list[Answer]:
        """One batch."""
        return [*await self.adapter.submit(messages, timeout_s=5)]

    async def ask(self, message: OutboundMessage) -> Answer:
        """What became of a message."""
        return await self.adapter.enquire(message, timeout_s=5)
