"""What the officers do, and when: a scenario's steps or the script of the case."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import orjson

from gateway.adapters.land_registry.mock_answers import unmarked_utc
from gateway.adapters.land_registry.mock_callbacks import Callbacks, Message
from gateway.adapters.land_registry.mock_contract import Office
from gateway.adapters.land_registry.mock_dialect import Dialect
from gateway.adapters.land_registry.mock_messages import compose, kind_of
from gateway.adapters.land_registry.mock_paper import one_page
from gateway.adapters.land_registry.mock_people import with_habits
from gateway.adapters.land_registry.mock_register import Dossier, Register
from gateway.adapters.land_registry.mock_slip import signed_slip

Step = Mapping[str, Any]

_BEGIN: Step = {
    "on": "hand_over",
    "after_h": 2.0,
    "send": "ChuyenHoSo",
    "MaTrangThai": 11,
}
_ON_WITHDRAWAL: Step = {
    "on": "withdraw",
    "after_h": 4.0,
    "send": "KetThucHoSo",
    "TrangThaiKetThuc": 1,
}
RESULTS = ("Giấy chứng nhận quyền sử dụng đất",)


def _step(on: str, after_h: float, send: str, **fields: Any) -> Step:
    return {"on": on, "after_h": after_h, "send": send, **fields}


DEFAULTS: Mapping[str, Sequence[Step]] = {
    "gateway": (
        _BEGIN,
        _step("hand_over", 24.0, "ChuyenHoSo", MaTrangThai=13, slip=True),
        _step("paid", 24.0, "ChuyenHoSo", MaTrangThai=16),
        _step("paid", 96.0, "KetThucHoSo"),
        _ON_WITHDRAWAL,
    ),
    "observed": (
        _BEGIN,
        _step("hand_over", 24.0, "ChuyenHoSo", MaTrangThai=14),
        _step("hand_over", 96.0, "GuiKetQuaThue"),
        _step("hand_over", 168.0, "ChuyenHoSo", MaTrangThai=15),
        _step("hand_over", 264.0, "KetThucHoSo"),
        _ON_WITHDRAWAL,
    ),
    "none": (_BEGIN, _step("hand_over", 48.0, "KetThucHoSo"), _ON_WITHDRAWAL),
}


class Script:
    """Plays each dossier's steps and sends what they say."""

    def __init__(
        self,
        office: Office,
        register: Register,
        callbacks: Callbacks,
        dialect: Dialect,
    ) -> None:
        """``files`` are the ones that messages link to, by name."""
        self._office = office
        self._dialect = dialect
        self._register = register
        self._callbacks = callbacks
        self.files: dict[str, bytes] = {}

    def happened(self, dossier: Dossier, event: str) -> None:
        """Set the clock for every step that waited for this."""
        dossier.seen[event] += 1
        for place, step in enumerate(self._steps(dossier), start=1):
            is_its_turn = step.get("nth", 1) == dossier.seen[event]
            due = step["on"] == event and (is_its_turn or place in dossier.held_steps)
            if due and place not in dossier.done_steps:
                dossier.done_steps.add(place)
                dossier.held_steps.discard(place)
                self._office.work(
                    dossier.number,
                    float(step.get("after_h", 0)),
                    partial(self._play, dossier, place, step, dossier.script_age),
                )

    def drop_waiting(self, dossier: Dossier) -> None:
        """Steps whose hour has not come are not taken any more."""
        dossier.script_age += 1

    def _steps(self, dossier: Dossier) -> Sequence[Step]:
        scenario = self._office.scenario(dossier.number)
        steps: Sequence[Step] = scenario.get("step", ())
        script = steps or DEFAULTS[self._register.with_tax(dossier)]
        return with_habits(script, scenario)

    async def _play(self, dossier: Dossier, place: int, step: Step, age: int) -> None:
        if age != dossier.script_age:
            return
        if step["on"] == "paid" and not dossier.paid:
            dossier.done_steps.discard(place)
            dossier.held_steps.add(place)
            return
        if step.get("unclicked") or step.get("late_h"):
            self._leave(dossier, place, step, age)
            return
        operation = step["send"]
        _mark(dossier, operation, step)
        if operation == "TiepNhanHoSoChoMotCua":
            year = self._office.now().year
            self._register.give_number(dossier, step.get("SoBienNhan"), year)
        body = compose(dossier, step, self._office.now())
        self._enclose(dossier, step, body)
        message = Message(
            operation=operation,
            kind=kind_of(operation, body),
            number=dossier.number,
            branch=dossier.branch,
            body=orjson.dumps(self._dialect.written(operation, body)),
        )
        self.happened(dossier, f"started:{place}")
        for _ in range(int(step.get("times", 1))):
            await self._callbacks.send(message)

    def _leave(self, dossier: Dossier, place: int, step: Step, age: int) -> None:
        """Done, and the click forgotten, or left for later with the right date."""
        self._office.effect("done_unclicked", dossier.number)
        if step.get("late_h"):
            done = unmarked_utc(self._office.now())
            late = {**step, "late_h": 0, "NgayKetThuc": done}
            act = partial(self._play, dossier, place, late, age)
            self._office.work(dossier.number, float(step["late_h"]), act)

    def _enclose(self, dossier: Dossier, step: Step, body: dict[str, Any]) -> None:
        """Slip, result papers and notices, where the step or the message wants them."""
        if step.get("slip"):
            body["DanhSachTapTin"] = [self._slip(dossier)] * step.get("same_file", 1)
        done = step["send"] == "KetThucHoSo" and body["TrangThaiKetThuc"] == 0
        if done and "DanhSachGiayToKetQua" not in step:
            body["DanhSachGiayToKetQua"] = [
                {
                    "TenGiayTo": name,
                    "KieuFile": "pdf",
                    "LinkFile": self._lend(dossier, name),
                    "SoBanSao": 0,
                    "SoBanChinh": 1,
                }
                for name in step.get("results", RESULTS)
            ]
        if step["send"] == "GuiKetQuaThue":
            body["DanhSachThongBaoThue"] = [
                {"DuongDanThongBaoThue": self._lend(dossier, row["LoaiThue"]), **row}
                for row in body["DanhSachThongBaoThue"]
            ]

    def _slip(self, dossier: Dossier) -> dict[str, str]:
        dossier.slips += 1
        area = self._register.area(dossier.content)
        document = signed_slip(
            dossier,
            commune=str(area.get("commune") or area["xa_id"]),
            wishes=self._office.scenario(dossier.number).get("slip", {}),
            now=self._office.now(),
        )
        data = base64.b64encode(document).decode()
        return {"name": f"phieu-chuyen-{dossier.slips}.xml", "data": data}

    def _lend(self, dossier: Dossier, title: str) -> str:
        """A file under a name that nobody guesses, the same on every run."""
        seed = f"{dossier.number}\n{title}\n{len(self.files)}"
        name = hashlib.sha256(seed.encode()).hexdigest()[:24] + ".pdf"
        self.files[name] = one_page(dossier.number)
        return f"{self._dialect.files}/{name}"


def _mark(dossier: Dossier, operation: str, step: Step) -> None:
    """What an officer's act changes in the register, before anybody is told."""
    match operation:
        case "YeuCauBoSungHoSo":
            dossier.waits_for_papers = not step.get("LaTamDung", False)
        case "NhanBoSungHoSo":
            dossier.waits_for_papers = False
        case "SaiQuyTrinh" | "YeuCauCapNhatHoSo":
            dossier.back_at_counter = True
        case "KetThucHoSo":
            dossier.ended, dossier.handed = True, False
        case _:
            pass
