"""The mock company and its folder, and a sender that packs by the document alone."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import hashlib
import io
import json
import tomllib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp
import jsonschema_rs

from gateway.mockagency.scenarios import Scenarios
from gateway.mockagency.server import MockAgency, serve

ROOT = Path(__file__).resolve().parents[4]
SCHEMAS = ROOT / "schemas" / "agencies" / "water"
SAMPLES = SCHEMAS / "samples"
LISTS = tomllib.loads((SCHEMAS / "danh_muc.toml").read_text("utf-8"))
VIETNAM = timezone(timedelta(hours=7))
#: Tuesday, before the clerk's first look.
START = datetime(2026, 3, 10, 7, 30, tzinfo=VIETNAM)
NUMBER, OTHER = "H00.99.01-260310-0001", "H00.99.01-260310-0002"
TABLES = (".csv", ".xlsx")
COMPANY, GATEWAY = "CN-MAU-01", "H00.LT.01"


@cache
def columns(table: str) -> list[str]:
    return [row["code"] for row in LISTS["column"] if row["table"] == table]


@cache
def validator(name: str) -> Any:
    return jsonschema_rs.validator_for(
        json.loads((SCHEMAS / f"{name}.json").read_text("utf-8"))
    )


def request(
    number: str = NUMBER, identifier: str = "YC.1", **cells: str
) -> dict[str, str]:
    """A row of a table of requests."""
    usual = {
        "MA_YEU_CAU": identifier,
        "LOAI": "MOI",
        "MA_HO_SO": number,
        "LAN": "1",
        "MA_THU_TUC": "1.999020",
        "DICH_VU": "LAP_MOI",
        "HO_TEN": "Nguyễn Văn Mẫu",
    }
    return {**usual, **cells}


def comma_text(rows: Sequence[Mapping[str, str]], table: str = "YEU_CAU") -> bytes:
    """A CSV as the sender writes it."""
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=";", lineterminator="\r\n")
    writer.writerow(columns(table))
    for place, row in enumerate(rows, start=1):
        told = {"STT": str(place), **row}
        writer.writerow([told.get(name, "") for name in columns(table)])
    return written.getvalue().encode("utf-8-sig")


def read_comma_text(content: bytes, separator: str = ";") -> list[dict[str, str]]:
    text = content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=separator))


@dataclass
class Company:
    """The mock by virtual time, its folder, and what a sender does with it."""

    mock: MockAgency
    base: str
    folder: Path
    session: aiohttp.ClientSession
    id: str = COMPANY

    # ---- what the sender puts down

    def manifest(
        self,
        number: str,
        files: Mapping[str, bytes],
        rows: Sequence[Mapping[str, str]],
        **more: Any,
    ) -> bytes:
        told = {
            "phien_ban": 1,
            "loai": "YEU_CAU",
            "so_lo": number,
            "so_thu_tu": int(number[3:]),
            "ben_gui": GATEWAY,
            "ben_nhan": self.id,
            "lap_luc": "2026-03-10T07:30:00+07:00",
            "so_dong": len(rows),
            "ma_yeu_cau": [row["MA_YEU_CAU"] for row in rows],
            "tep": [
                {
                    "ten": name,
                    "vai_tro": "BANG" if name.endswith(TABLES) else "GIAY_TO",
                    "kich_thuoc": len(content),
                    "sha256": hashlib.sha256(content).hexdigest(),
                }
                for name, content in files.items()
            ],
            **more,
        }
        return json.dumps(told, ensure_ascii=False).encode()

    def lot(
        self, *rows: Mapping[str, str], number: str = "YC-000001", **more: Any
    ) -> dict[str, bytes]:
        """The files of a lot, the manifest last."""
        files = {f"{number}.csv": comma_text(rows)}
        files[f"{number}.json"] = self.manifest(number, files, rows, **more)
        return files

    def put(self, files: Mapping[str, bytes]) -> None:
        for name, content in files.items():
            self.write(name, content)

    def write(self, name: str, content: bytes) -> None:
        (self.folder / "yeu-cau" / name).write_bytes(content)

    def send(self, *rows: Mapping[str, str], number: str = "YC-000001") -> None:
        self.put(self.lot(*rows, number=number))

    # ---- what lies there

    def names(self, part: str) -> list[str]:
        folder = self.folder / part
        return sorted(path.name for path in folder.iterdir() if path.is_file())

    def read(self, part: str, name: str) -> bytes:
        return (self.folder / part / name).read_bytes()

    def codes(self, name: str) -> list[str]:
        """Codes of the company's own report about a lot."""
        report = read_comma_text(self.read("yeu-cau/loi", f"{name}.loi.csv"))
        return [row["MA_LOI"] for row in report]

    def answers(self) -> list[dict[str, str]]:
        """Rows of all plain tables of a program, in the order of the lots."""
        return [
            row
            for name in self.names("tra-loi")
            if name.endswith(".csv")
            for row in read_comma_text(self.read("tra-loi", name))
        ]

    def manifests(self) -> list[dict[str, Any]]:
        return [
            json.loads(self.read("tra-loi", name))
            for name in self.names("tra-loi")
            if name.endswith(".json")
        ]

    # ---- time and books

    async def run(self, hours: float) -> None:
        """Let everything happen that falls within that time."""
        end = self.mock.clock.now() + timedelta(hours=hours)
        await self._stillness()
        async with asyncio.timeout(30):
            while (upcoming := self.mock.clock.next) and upcoming <= end:
                self.mock.clock.set(upcoming)
                await self._stillness()
            self.mock.clock.set(end)
            await self._stillness()

    async def look(self) -> int:
        """Have it look at once; how many lots it took."""
        url = f"{self.base}/water/{self.id}/look"
        async with self.session.post(url) as answer:
            assert answer.status == 200
            return int((await answer.json())["lots"])

    async def _stillness(self) -> None:
        busy = 1
        while busy:
            async with self.session.get(f"{self.base}/_control/clock") as answer:
                busy = (await answer.json())["busy"]

    def effects(self) -> list[tuple[str, str]]:
        return [(line["kind"], line["number"]) for line in self.mock.effects.lines()]

    def arrivals(self, kind: str) -> list[dict[str, Any]]:
        """Facts of the arrivals of that kind."""
        lines = self.mock.arrivals.lines()
        return [line["facts"] for line in lines if line["kind"] == kind]


@contextlib.asynccontextmanager
async def opened(
    run_dir: Path,
    *,
    scenario: str = "",
    by_hand: bool = False,
    folder: Path | None = None,
) -> AsyncIterator[Company]:
    """Mock and folder; ``scenario``: TOML of [water] of the first dossier."""
    (run_dir / "scenarios" / "mot").mkdir(parents=True)
    (run_dir / "scenarios" / "mot" / "scenario.toml").write_text(
        f'number = "{NUMBER}"\n[water]\n{scenario}', "utf-8"
    )
    shared = folder or run_dir / "cap-nuoc"
    office = {
        "id": COMPANY,
        "folder": str(shared),
        "gateway": GATEWAY,
        "by_hand": by_hand,
    }
    mock = MockAgency(
        "water",
        {"offices": [office]},
        run_dir / "run",
        start=START,
        scenarios=Scenarios(run_dir / "scenarios"),
        faults=[],
    )
    runner, base = await serve(mock, 0)
    try:
        async with aiohttp.ClientSession() as session:
            yield Company(mock, base, shared, session)
    finally:
        await runner.cleanup()
        await mock.close()
