"""The company at work: its register, and what it tells when."""

from __future__ import annotations

from collections import Counter as Counted
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from gateway.adapters.water.mock_answers import Writer
from gateway.adapters.water.mock_contract import (
    VIETNAM,
    Lists,
    Office,
    Unit,
)
from gateway.adapters.water.mock_folder import REPORT
from gateway.adapters.water.mock_paper import one_page
from gateway.adapters.water.mock_people import with_habits

Step = Mapping[str, Any]
ENDS = frozenset({"HOAN_THANH", "TU_CHOI", "HUY"})
_AFTERWARDS: Sequence[Step] = (
    {"on": "RUT", "after_h": 2.0, "state": "HUY"},
    {"on": "SAI_KET_QUA", "after_h": 4.0, "state": "HOAN_THANH"},
)
NEW_CONNECTION: Sequence[Step] = (
    {"after_h": 1.0, "state": "DA_TIEP_NHAN"},
    {"after_h": 20.0, "state": "KHAO_SAT"},
    {"after_h": 26.0, "state": "BAO_GIA"},
    {"after_h": 27.0, "state": "CHO_KHACH_HANG"},
    {"after_h": 50.0, "state": "DA_NOP_TIEN"},
    {"after_h": 54.0, "state": "THI_CONG"},
    {"after_h": 80.0, "state": "GAN_DONG_HO"},
    {"after_h": 82.0, "state": "HOAN_THANH"},
    *_AFTERWARDS,
)
OTHER_SERVICES: Sequence[Step] = (
    {"after_h": 1.0, "state": "DA_TIEP_NHAN"},
    {"after_h": 24.0, "state": "HOAN_THANH"},
    *_AFTERWARDS,
)
#: What is wrong with a column, where it is not D02.
_KINDS = {"NGAY_TIEP_NHAN": "D04", "HAN_TRA": "D04"}
#: What the company writes where something has to be written.
REASONS = {
    "CHO_BO_SUNG": "Thiếu giấy tờ về chỗ ở hợp pháp.",
    "TAM_DUNG": "Khách hàng vắng khi khảo sát.",
    "SAI_DU_LIEU": "Địa chỉ nơi dùng nước không có trên bản đồ.",
    "TU_CHOI": "Nơi này chưa có mạng cấp nước.",
    "HUY": "Khách hàng không có nhu cầu nữa.",
    "CHO_KHACH_HANG": "Đề nghị đến ký hợp đồng và nộp tiền.",
}


@dataclass(slots=True)
class Case:
    """One dossier in the company's books."""

    number: str
    own_number: str
    meter: str
    service: str
    revision: int = 0
    request: str = ""
    #: the one that came last
    seen: Counted[str] = field(default_factory=Counted)
    begun: set[int] = field(default_factory=set)
    age: int = 0


@dataclass(slots=True)
class Clerk:
    """The register of one office, in memory, and its steps by the clock."""

    office: Office
    unit: Unit
    lists: Lists
    writer: Writer
    _cases: dict[str, Case] = field(default_factory=dict)
    _requests: dict[str, dict[str, str]] = field(default_factory=dict)
    _tables: dict[str, tuple[Case, int]] = field(default_factory=dict)
    #: name of a table without its ending → whose it is, and which step made it

    def cases(self) -> Mapping[str, Case]:
        """The register, for people to look at."""
        return self._cases

    def register(self, row: dict[str, str]) -> Sequence[tuple[str, str]]:
        """Enter one request; code and column of each error, empty if there is none."""
        faults = self._wrong(row)
        number = row.get("MA_HO_SO", "")
        if faults:
            self.office.arrived("request_refused", number, code=faults[0][0])
            return faults
        kind, identifier = self.lists.kind(row["LOAI"]), row["MA_YEU_CAU"]
        content = {name: value for name, value in row.items() if name != "STT"}
        before = self._requests.get(identifier)
        known = before is not None and _same(before, content)
        if before is not None and not known:
            self.office.arrived("request_refused", number, code="D09")
            return [("D09", "MA_YEU_CAU")]
        self.office.arrived(kind, number, id=identifier, again=known)
        if not known:
            self._requests[identifier] = content
            self._enter(row, kind)
        return ()

    def _wrong(self, row: Mapping[str, str]) -> list[tuple[str, str]]:
        planned = self.office.scenario(row.get("MA_HO_SO", "")).get("row_error", "")
        if planned:
            return [(str(planned), "MA_HO_SO")]
        told = dict(row)
        for name in ("NGAY_TIEP_NHAN", "HAN_TRA"):
            if name in told:
                told[name] = "-".join(reversed(told[name].split("/")))
        found = [
            ("D01", missing) if missing else (_KINDS.get(path, "D02"), path)
            for path, missing in self.lists.wrong("yeu_cau", told)
        ]
        if found:
            return sorted(set(found))
        is_new = row["LOAI"] in {"MOI", "SUA"}
        unknown = not is_new and row["MA_HO_SO"] not in self._cases
        return [("D03", "MA_HO_SO")] if unknown else []

    def _enter(self, row: Mapping[str, str], kind: str) -> None:
        number, revision = row["MA_HO_SO"], int(row["LAN"])
        case = self._cases.get(number)
        if case is None:
            count = len(self._cases) + 1
            case = Case(
                number,
                f"HS-{self.unit.id}-{count:04d}",
                f"{count:011d}",
                row["DICH_VU"],
            )
            self._cases[number] = case
        if row["LOAI"] in {"MOI", "SUA"} and revision <= case.revision:
            return
        case.revision = max(case.revision, revision)
        case.request = row["MA_YEU_CAU"]
        papers = [name for name in row.get("GIAY_TO", "").split("; ") if name]
        self.office.effect(
            kind, number, id=case.request, lan=revision, papers=len(papers)
        )
        if row["LOAI"] == "RUT":
            # What was still to be done is of no use any more.
            case.age += 1
        self._happened(case, row["LOAI"])

    # ---- steps

    def _steps(self, case: Case) -> Sequence[Step]:
        usual = NEW_CONNECTION if case.service == "LAP_MOI" else OTHER_SERVICES
        scenario = self.office.scenario(case.number)
        own: Sequence[Step] = scenario.get("step", ())
        return with_habits(own or usual, scenario)

    def _happened(self, case: Case, event: str) -> None:
        """Set the clock for every step that waited for this."""
        case.seen[event] += 1
        for place, step in enumerate(self._steps(case), start=1):
            waited = step.get("on", "MOI") == event
            if waited and step.get("nth", 1) == case.seen[event]:
                if place in case.begun:
                    continue
                case.begun.add(place)
                hours = float(step.get("after_h", 0.0))
                act = partial(self._do, case, place, step, case.age)
                self.office.work(case.number, hours, act)

    async def _do(self, case: Case, place: int, step: Step, age: int) -> None:
        if age == case.age and (step.get("unclicked") or step.get("late_h")):
            self._leave(case, place, step, age)
        elif age == case.age:
            self._tell(case, place, step)
            self._happened(case, f"done:{place}")

    def _leave(self, case: Case, place: int, step: Step, age: int) -> None:
        """Done, and the row forgotten, or left for later with the right date."""
        self.office.effect("done_unclicked", case.number)
        if step.get("late_h"):
            late = {**step, "late_h": 0, "done_at": self.office.now()}
            act = partial(self._do, case, place, late, age)
            self.office.work(case.number, float(step["late_h"]), act)

    def reported(self, report: str) -> None:
        """The sender found an error in a table of ours."""
        whole = report.partition(REPORT)[0]
        stem, _, count = whole.rpartition(".")
        name = stem if whole not in self._tables and count.isdigit() else whole
        if name in self._tables:
            case, place = self._tables[name]
            self._happened(case, f"reported:{place}")

    def _tell(self, case: Case, place: int, step: Step) -> None:
        state = str(step["state"])
        usual = ["hop-dong.pdf"] if state == "HOAN_THANH" else []
        by_hand = step.get("by_hand", self.unit.by_hand)
        for _ in range(int(step.get("times", 1))):
            number = "" if by_hand else self.writer.number(step)
            named = self.writer.named(step.get("files", usual), number)
            row = self._row(case, state, step, [*named.values()])
            results = {
                new: one_page(f"{case.number} {old}") for old, new in named.items()
            }
            self.office.arrived("told", case.number, state=state)
            table = self.writer.put_down([row], results, step, number)
            self._tables[table.rpartition(".")[0]] = case, place

    def _row(
        self, case: Case, state: str, step: Step, files: Sequence[str]
    ) -> dict[str, str]:
        before = timedelta(hours=float(step.get("backdated_h", 0.0)))
        at = step.get("done_at", self.office.now() - before).astimezone(VIETNAM)
        known = self.lists.state(state)
        by_hand = step.get("by_hand", self.unit.by_hand)
        row = {
            "MA_HO_SO": case.number,
            "MA_YEU_CAU": "" if by_hand else case.request,
            "TRANG_THAI": str(known["text"] if by_hand else known["code"]),
            "NGAY": f"{at:%d/%m/%Y}",
            "GIO": "" if step.get("day_only") else f"{at:%H:%M}",
            "NOI_DUNG": REASONS.get(state, ""),
            "TEP": "; ".join(files),
        }
        if state == "DA_TIEP_NHAN":
            row["SO_HO_SO"] = case.own_number
        if state == "CHO_KHACH_HANG":
            row["SO_TIEN"] = "1250000"
        if state == "GAN_DONG_HO":
            row["SO_DANH_BO"] = case.meter
        return {**row, **step.get("cells", {})}


def _same(before: Mapping[str, str], now: Mapping[str, str]) -> bool:
    """Whether two rows ask for the same; papers have names of their lot."""
    other = {"GIAY_TO"}
    return {k: v for k, v in before.items() if k not in other} == {
        k: v for k, v in now.items() if k not in other
    }
