"""The land system's own memory of dossiers, branches, users, cases and areas."""

from __future__ import annotations

from collections import ChainMap, Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.adapters.land_registry.mock_answers import NotTaken

#: Fields of the register, for people.
WORDS = {
    "number": "Mã hồ sơ một cửa",
    "receipt": "Số biên nhận",
    "content": "Hồ sơ như đã tiếp nhận",
    "branch": "Chi nhánh",
    "waits_for_papers": "Đang chờ bổ sung giấy tờ",
    "back_at_counter": "Đã trả lại bộ phận một cửa",
    "ended": "Đã kết thúc",
    "handed": "Đã trả kết quả cho dân",
    "paid": "Đã hoàn thành nghĩa vụ tài chính",
    "owed_again": "Nghĩa vụ tài chính phát sinh",
    "withdrawn": "Đã rút hồ sơ",
    "slips": "Phiếu chuyển đã lập",
    "seen": "Đã xảy ra",
    "done_steps": "Bước kịch bản đã làm",
    "held_steps": "Bước kịch bản đang chờ nộp tiền",
    "script_age": "Lần làm lại kịch bản",
}


@dataclass
class Dossier:
    """One dossier in the register; ``content`` is the hand-over as taken."""

    number: str
    #: dossier code of the one-stop, or the receipt number when it gave none
    receipt: str
    #: number that goes into this system's messages
    content: dict[str, Any]
    branch: Mapping[str, Any]
    waits_for_papers: bool = False
    back_at_counter: bool = False
    ended: bool = False
    handed: bool = False
    paid: bool = False
    owed_again: set[frozenset[str]] = field(default_factory=set)
    #: numbers of each message that more is owed, since the last payment
    withdrawn: bool = False
    slips: int = 0
    seen: Counter[str] = field(default_factory=Counter)
    #: how often each event of the script happened
    done_steps: set[int] = field(default_factory=set)
    held_steps: set[int] = field(default_factory=set)
    #: steps whose hour came while more was owed: they wait for the next payment
    script_age: int = 0
    #: goes up when waiting steps lose their meaning


class Register:
    """Dossiers by each of their numbers, and what must exist to take one."""

    def __init__(self, settings: Mapping[str, Any], own_number: str) -> None:
        """Settings are read at every use: addresses may be known late."""
        self._settings = settings
        self._own_number = own_number
        self._dossiers: dict[str, Dossier] = {}
        self._own_numbers = 0

    def kept(self) -> Mapping[str, Dossier]:
        """Everything, for people to look at."""
        return self._dossiers

    def known(self, receipt: str) -> Dossier | None:
        """The dossier under one of its receipt numbers."""
        return self._dossiers.get(receipt)

    def find(self, receipt: str) -> Dossier:
        """The same; raises NotTaken where there is none."""
        dossier = self._dossiers.get(receipt)
        if dossier is None:
            raise NotTaken("unknown_dossier", receipt)
        return dossier

    def open(self, number: str, content: dict[str, Any]) -> Dossier:
        """Take a dossier in."""
        receipt = content["SoBienNhan"]
        branch = self.branch_of(content["NguoiTiepNhan"])
        dossier = Dossier(number, receipt, content, branch)
        self._dossiers[receipt] = dossier
        return dossier

    def give_number(self, dossier: Dossier, wanted: str | None, year: int) -> None:
        """From now on this system speaks of the dossier under a number of its own."""
        self._own_numbers += 1
        own = self._own_number.format(year=year % 100, count=self._own_numbers)
        dossier.receipt = wanted or own
        self._dossiers[dossier.receipt] = dossier

    def branch_of(self, user: str) -> Mapping[str, Any]:
        """Settings of the branch where that user works; raises NotTaken."""
        for row in self._settings.get("branches", ()):
            if user in row.get("users", ()):
                return ChainMap(dict(row), dict(self._settings))
        if user in self._settings.get("users", ()):
            return self._settings
        raise NotTaken("unknown_receiver", user)

    def check(self, content: Mapping[str, Any]) -> None:
        """Raises NotTaken unless user, case and area exist here."""
        self.branch_of(content["NguoiTiepNhan"])
        case = content["ThongTinQuyTrinh"]["MaQuyTrinh"]
        if case not in self._settings.get("cases", {}):
            raise NotTaken("unknown_case", case)
        self.area(content)

    def area(self, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """The row of the area map; all three numbers must go together."""
        wanted = (content["TinhId"], content["HuyenId"], content["XaId"])
        for row in self._settings.get("areas", ()):
            if (row["tinh_id"], row["huyen_id"], row["xa_id"]) == wanted:
                found: Mapping[str, Any] = row
                return found
        raise NotTaken("unknown_area", "/".join(str(part) for part in wanted))

    def with_tax(self, dossier: Dossier) -> str:
        """How this dossier's case deals with tax: gateway, observed or none."""
        case = dossier.content["ThongTinQuyTrinh"]["MaQuyTrinh"]
        return str(self._settings["cases"][case].get("with_tax", "none"))
