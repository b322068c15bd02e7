"""How the company puts answers down: as a program or by hand, well or badly."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from gateway.adapters.water.mock_contract import VIETNAM, Lists, Office, Unit
from gateway.adapters.water.mock_folder import Side
from gateway.adapters.water.mock_tables import SHEET, SPOILT, Row, comma_text, workbook

#: Of a file that is copied slowly, or a manifest that is too early.
LATE_S = 300.0
Step = Mapping[str, Any]
Files = dict[str, bytes]


@dataclass(slots=True)
class Writer:
    """Numbers lots, makes tables and manifests, and lays them down."""

    office: Office
    unit: Unit
    lists: Lists
    side: Side
    _number: int = 0
    _tables: int = 0
    _told: list[Row] = field(default_factory=list)
    #: every row so far, for a company that sends its whole list

    def number(self, step: Step) -> str:
        """The number of the next lot."""
        count = max(self._number, self.side.highest("TL-")) + 1
        self._number = count + (1 if step.get("way") == "gap" else 0)
        return f"TL-{self._number:06d}"

    def named(self, names: Sequence[str], number: str) -> dict[str, str]:
        """Names of result files as this company writes them; no number: by hand."""
        if not number:
            return {name: f"Hợp đồng {self._tables + 1:04d} {name}" for name in names}
        return {
            name: f"{number}.{place:03d}.{name.rpartition('.')[2]}"
            for place, name in enumerate(names, start=1)
        }

    def put_down(
        self, rows: Sequence[Row], results: Files, step: Step, number: str
    ) -> str:
        """Lay rows and result files down, as the step says; the table's name."""
        self._told += rows
        told = list(self._told) if step.get("whole_list") else list(rows)
        told += [dict(row) for row in step.get("with_rows", ())]
        lay = partial(self._lot, number) if number else self._by_hand
        name = lay(told, results, step)
        self.office.arrived("answer_out", "", file=name, rows=len(told))
        return name

    # ---- by hand

    def _by_hand(self, rows: Sequence[Row], results: Files, step: Step) -> str:
        self._tables += 1
        spoilt = str(step.get("table", ""))
        ending, content = self._table(rows, spoilt, "xlsx")
        now = self.office.now().astimezone(VIETNAM)
        name = str(step.get("name", f"trả lời {now:%d-%m} {self._tables}.{ending}"))
        late = str(step.get("way", ""))
        for scan, raw in results.items():
            if late != "missing_file":
                self.side.write_openly(scan, raw)
        if late == "growing":
            self.side.write_openly(name, content[: len(content) // 2])
            self.office.after(
                LATE_S, _later(partial(self.side.write_openly, name, content))
            )
        else:
            self.side.write_openly(name, content)
        if late == "open":
            self.side.write_openly(f"~${name}", b"\x00" * 165)
            self.office.after(LATE_S, _later(partial(self.side.remove, f"~${name}")))
        return name

    # ---- as a program

    def _lot(self, number: str, rows: Sequence[Row], results: Files, step: Step) -> str:
        ending, content = self._table(rows, str(step.get("table", "")), "csv")
        files = {f"{number}.{ending}": content, **results}
        manifest = self._manifest(number, files, len(rows), step)
        self._lay(number, files, manifest, str(step.get("way", "")))
        return f"{number}.{ending}"

    def _lay(self, number: str, files: Files, manifest: bytes, way: str) -> None:
        name = f"{number}.json"
        lose = f"{number}.csv" if way == "missing_table" else ""
        late = way in {"growing", "manifest_first"}
        if late:
            self.side.put(name, manifest)
        for file, content in files.items():
            if way == "growing":
                self.side.write_openly(file, content[: len(content) // 2])
            elif not late and file != lose and not self._missing(file, way):
                self.side.put(file, content)
        if late:
            write = self.side.write_openly
            for file, content in files.items():
                self.office.after(LATE_S, _later(partial(write, file, content)))
        elif way != "no_manifest":
            self.side.put(name, manifest)
        if way in {"again", "name_again"}:
            self._once_more(number, files, manifest, way)

    @staticmethod
    def _missing(file: str, way: str) -> bool:
        return way == "missing_file" and not file.endswith((".csv", ".xlsx"))

    def _once_more(self, number: str, files: Files, manifest: bytes, way: str) -> None:
        """The same lot again, or another one under its number, a day later."""
        if way == "name_again":
            table = next(iter(files))
            other = [*self._told, self._told[-1]]
            content = self._table(other, "", "csv")[1]
            files = {**files, table: content}
            manifest = self._manifest(number, files, len(other), {})
        again = {**files, f"{number}.json": manifest}
        for file, content in again.items():
            work = partial(self._again, file, content)
            self.office.after(24 * 3600.0, _later(work))

    def _again(self, file: str, content: bytes) -> None:
        """Put down once more, unless it lies there still."""
        if not self.side.has(file, ""):
            self.side.put(file, content)

    def _manifest(self, number: str, files: Files, rows: int, step: Step) -> bytes:
        told: dict[str, Any] = {
            "phien_ban": 1,
            "loai": "TRA_LOI",
            "so_lo": number,
            "so_thu_tu": int(number[3:]),
            "ben_gui": self.unit.id,
            "ben_nhan": self.unit.gateway,
            "lap_luc": self.office.now()
            .astimezone(VIETNAM)
            .isoformat(timespec="seconds"),
            "so_dong": rows,
            "tep": [
                {
                    "ten": name,
                    "vai_tro": "KET_QUA" if place else "BANG",
                    "kich_thuoc": len(content),
                    "sha256": hashlib.sha256(content).hexdigest(),
                }
                for place, (name, content) in enumerate(files.items())
            ],
            **step.get("manifest", {}),
        }
        if step.get("way") == "checksum":
            told["tep"][0]["sha256"] = "0" * 64
        written = json.dumps(told, ensure_ascii=False).encode()
        return written[:-9] if step.get("way") == "broken_manifest" else written

    # ---- tables

    def _table(
        self, rows: Sequence[Row], spoilt: str, ending: str
    ) -> tuple[str, bytes]:
        """Ending and content; words as headings wherever people are meant."""
        columns = self.lists.columns("TRA_LOI")
        words = [[row.get(code, "") for code, _ in columns] for row in rows]
        heads = [heading for _, heading in columns]
        if spoilt:
            kind, make = SPOILT[spoilt]
            return kind, make([heads, *words])
        if ending == "xlsx":
            return ending, workbook({SHEET: [heads, *words]})
        codes = [code for code, _ in columns]
        return ending, comma_text([codes, *words]).encode()


def _later(work: Any) -> Any:
    """What is done at once, as a timer wants it."""

    async def run() -> None:
        work()

    return run
