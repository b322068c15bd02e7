"""How the company takes lots of requests: what is left, taken, and reported back."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from gateway.adapters.water.mock_contract import Lists, Office, Unit
from gateway.adapters.water.mock_folder import FAULTY, REPORT, TAKEN, Seen, Side
from gateway.adapters.water.mock_habits import Habits
from gateway.adapters.water.mock_tables import NotRead, report_of_errors, requests_of

PATIENCE = timedelta(minutes=60)
MOST_MANIFEST = 1024 * 1024
MOST_TABLE = 5 * 1024 * 1024
MOST_ROWS = 5000
Fault = dict[str, str]
Manifest = Mapping[str, Any]


class Wrong(Exception):
    """A lot cannot be taken; ``file``: which one is to blame."""

    def __init__(self, code: str, file: str) -> None:
        """Keep what is told."""
        super().__init__(code)
        self.code = code
        self.file = file


class Waits(Exception):
    """A lot is not whole yet; ``code``: what is told when it stays so."""

    def __init__(self, code: str, file: str) -> None:
        """Keep what is told."""
        super().__init__(code)
        self.code = code
        self.file = file


@dataclass(slots=True)
class Counter:
    """Takes what lies in ``yeu-cau/``; ``register`` says what is wrong with a row."""

    office: Office
    unit: Unit
    lists: Lists
    side: Side
    habits: Habits
    register: Callable[[dict[str, str]], Sequence[tuple[str, str]]]
    _taken: dict[str, str] = field(default_factory=dict)
    #: name of a manifest that was taken → its SHA-256
    _since: dict[Seen, datetime] = field(default_factory=dict)
    _told: set[tuple[str, str, Seen]] = field(default_factory=set)
    _numbers: set[int] = field(default_factory=set)
    _held: dict[Seen, datetime] = field(default_factory=dict)
    #: manifests of lots that are taken later
    _left: set[str] = field(default_factory=set)
    #: names of manifests that stay although their lot was taken

    def __post_init__(self) -> None:
        """What an earlier run took is known by what lies in ``da-nhan``."""
        for one in self.side.lying(TAKEN):
            if one.name.endswith(".json"):
                self._taken[one.name] = _digest(self.side.read(one.name, TAKEN))

    def waits(self) -> set[Seen]:
        """What lies there and was not looked at as it lies."""
        lying = {one for one in self.side.lying() if REPORT not in one.name}
        return lying - self._since.keys()

    def patience_s(self) -> float | None:
        """Seconds until something has lain long enough; None: nothing will have."""
        ends = [at + PATIENCE for at in self._since.values()]
        ends += self._held.values()
        left = [(end - self.office.now()).total_seconds() for end in ends]
        return min((one + 1.0 for one in left if one > 0), default=None)

    def look(self) -> int:
        """Take what is whole; how many lots were taken."""
        lying = self.side.lying()
        self._since = {
            one: self._since.get(one, self.office.now())
            for one in lying
            if REPORT not in one.name
        }
        manifests = sorted(
            (one for one in self._since if one.name.endswith(".json")),
            key=lambda one: (len(one.name), one.name),
        )
        taken = sum(self._take(one) for one in manifests)
        stems = {one.name.removesuffix(".json") for one in manifests}
        for one in list(self._since):
            stem = one.name.partition(".")[0]
            if stem not in stems and not one.name.endswith(".json"):
                self._orphan(one, stem)
        return taken

    def _orphan(self, one: Seen, stem: str) -> None:
        """A file without manifest: left over from a lot that was taken, or too early."""
        for part in (TAKEN, FAULTY):
            if self.side.has(f"{stem}.json", part):
                self._move(one, part)
                return
        self._tell_late("T01", one.name, one)

    def _take(self, seen: Seen) -> bool:
        stem = seen.name.removesuffix(".json")
        try:
            raw = self.side.read(seen.name)
            if self._known(seen, raw, stem):
                return False
            manifest = self._manifest(seen, raw)
            files = self._files(manifest)
            table = self._table(seen.name, manifest)
            rows = self._rows(table, manifest, files[table])
            if self._is_held(seen, rows):
                return False
            if code := self.habits.refusal(rows):
                raise Wrong(code, seen.name)
        except Waits as early:
            self._tell_late(early.code, early.file, self._file_of(early.file, seen))
        except Wrong as wrong:
            self._refuse(stem, wrong)
        except FileNotFoundError:
            # Somebody took it away while we looked.
            pass
        else:
            self._gap(manifest, rows)
            self._taken[seen.name] = _digest(raw)
            faults = self._register(table, rows, files.keys())
            self._put_away(stem, rows)
            self._report(stem, faults)
            return True
        return False

    def _is_held(self, seen: Seen, rows: Sequence[Mapping[str, str]]) -> bool:
        """Whether the lot lies on for a while, or for ever."""
        hours = self.habits.wait_h(rows)
        if math.isinf(hours):
            return True
        until = self._since[seen] + timedelta(hours=hours)
        self._held[seen] = until
        return until > self.office.now()

    def _file_of(self, name: str, otherwise: Seen) -> Seen:
        return next((one for one in self._since if one.name == name), otherwise)

    def _known(self, seen: Seen, raw: bytes, stem: str) -> bool:
        """Whether it was taken before; the same name with other content is wrong."""
        before = self._taken.get(seen.name)
        if before is None:
            return False
        if before != _digest(raw):
            raise Wrong("T04", seen.name)
        if seen.name not in self._left:
            self.office.arrived("lot_again", "", lot=stem)
            self._move_lot(stem, TAKEN)
        return True

    def _manifest(self, seen: Seen, raw: bytes) -> Manifest:
        try:
            told: Manifest = json.loads(raw)
        except ValueError as wrong:
            raise Wrong("T10", seen.name) from wrong
        if seen.size > MOST_MANIFEST:
            raise Wrong("T12", seen.name)
        if not isinstance(told, dict) or self.lists.wrong("lo", told):
            raise Wrong("T10", seen.name)
        stem = seen.name.removesuffix(".json")
        named = all(file["ten"].startswith(f"{stem}.") for file in told["tep"])
        number = int(stem.partition("-")[2]) if stem == told["so_lo"] else 0
        rows = len(told.get("ma_yeu_cau", ())) == told["so_dong"]
        if told["so_thu_tu"] != number or not named or not rows:
            raise Wrong("T10", seen.name)
        ours = (told["loai"], told["ben_gui"], told["ben_nhan"])
        if ours != ("YEU_CAU", self.unit.gateway, self.unit.id):
            raise Wrong("T11", seen.name)
        return told

    def _files(self, manifest: Manifest) -> dict[str, bytes]:
        lying = {one.name: one for one in self._since}
        found = {}
        for file in manifest["tep"]:
            name, size = file["ten"], file["kich_thuoc"]
            if name not in lying:
                raise Waits("T02", name)
            if lying[name].size < size:
                raise Waits("T03", name)
            found[name] = self.side.read(name)
            if len(found[name]) != size or _digest(found[name]) != file["sha256"]:
                raise Wrong("T03", name)
        return found

    def _table(self, name: str, manifest: Manifest) -> str:
        """The name of the table that this company reads."""
        found = [f for f in manifest["tep"] if f["vai_tro"] == "BANG"]
        tables = [f["ten"] for f in found]
        if not tables:
            raise Wrong("T10", name)
        if any(f["kich_thuoc"] > MOST_TABLE for f in found):
            raise Wrong("T12", name)
        wanted = ".xlsx" if self.unit.by_hand else ".csv"
        return next((t for t in tables if t.endswith(wanted)), str(tables[0]))

    def _rows(
        self, table: str, manifest: Manifest, content: bytes
    ) -> list[dict[str, str]]:
        try:
            rows = requests_of(self.lists, content)
        except NotRead as wrong:
            raise Wrong(wrong.code, table) from wrong
        if len(rows) > MOST_ROWS:
            raise Wrong("T12", table)
        if [row.get("MA_YEU_CAU", "") for row in rows] != manifest["ma_yeu_cau"]:
            raise Wrong("T09", table)
        return rows

    def _gap(self, manifest: Manifest, rows: Sequence[Mapping[str, str]]) -> None:
        """Book the lot; a hole before it is told to people and waited for by nobody."""
        number = int(manifest["so_thu_tu"])
        missing = bool(self._numbers) and number > max(self._numbers) + 1
        self._numbers.add(number)
        self.office.arrived(
            "lot", "", lot=manifest["so_lo"], rows=len(rows), gap=missing
        )

    def _register(
        self, table: str, rows: Sequence[dict[str, str]], files: Collection[str]
    ) -> list[Fault]:
        """Enter every row that is right; what is told about the others."""
        faults = []
        for line, row in enumerate(rows, start=2):
            papers = [name for name in row.get("GIAY_TO", "").split("; ") if name]
            lost = any(name not in files for name in papers)
            about = {name: row.get(name, "") for name in ("MA_YEU_CAU", "MA_HO_SO")}
            for code, column in [("D07", "GIAY_TO")] if lost else self.register(row):
                where = {"DONG": str(line), "COT": column, **about}
                faults.append(self._fault(code, table, where))
        return faults

    def _put_away(self, stem: str, rows: Sequence[dict[str, str]]) -> None:
        """What is stored is stored: the manifest says so before the rest is moved."""
        match self.habits.leaves(rows):
            case "lot":
                self._left.add(f"{stem}.json")
            case "files":
                self.side.move(f"{stem}.json", TAKEN)
            case _:
                self._move_lot(stem, TAKEN)

    def _refuse(self, stem: str, wrong: Wrong) -> None:
        self.office.arrived("lot_refused", "", lot=stem, code=wrong.code)
        fault = self._fault(wrong.code, wrong.file, {})
        self._move_lot(stem, FAULTY)
        self._report(stem, [fault])

    def _tell_late(self, code: str, file: str, about: Seen) -> None:
        """Tell once that something has lain too long as it is."""
        since = self._since.get(about, self.office.now())
        if self.office.now() - since < PATIENCE or (code, file, about) in self._told:
            return
        self._told.add((code, file, about))
        self.office.arrived("lot_waits", "", file=file, code=code)
        if code == "T03":
            self._refuse(file.partition(".")[0], Wrong(code, file))
        else:
            self._report(file.partition(".")[0], [self._fault(code, file, {})])

    def _fault(self, code: str, file: str, where: Mapping[str, str]) -> Fault:
        text, remedy = self.lists.fault(code)
        told = {"TEN_TEP": file, "MA_LOI": code, "LOI": text, "CACH_SUA": remedy}
        return {**told, **where}

    def _report(self, stem: str, faults: Sequence[Fault]) -> None:
        if not faults:
            return
        name, count = f"{stem}{REPORT}csv", 1
        while self.side.has(name, FAULTY):
            count += 1
            name = f"{stem}.{count}{REPORT}csv"
        self.side.put(name, report_of_errors(self.lists, faults), FAULTY)

    def _move_lot(self, stem: str, part: str) -> None:
        """The manifest first, then what begins like it."""
        mine = [one for one in self._since if one.name.startswith(f"{stem}.")]
        for one in sorted(mine, key=lambda one: one.name != f"{stem}.json"):
            self._move(one, part)

    def _move(self, one: Seen, part: str) -> None:
        self.side.move(one.name, part)
        self._since.pop(one, None)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
