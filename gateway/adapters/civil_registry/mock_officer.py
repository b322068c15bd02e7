"""What BTP's officer does with each dossier, and when; and how a poll tells it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from gateway.adapters.civil_registry.mock_contract import Office, local
from gateway.adapters.civil_registry.mock_paper import one_page
from gateway.adapters.civil_registry.mock_register import (
    Register,
    Registration,
    scenario_of,
)

Step = Mapping[str, Any]
_USUAL: Sequence[Step] = (
    {"after_h": 1.0, "state": 3},
    {"after_h": 4.0, "state": 4},
    {"after_h": 1.0, "state": 3, "on": "supplement"},
    {"after_h": 4.0, "state": 4, "on": "supplement"},
)
_TEXTS = {
    1: "Chờ tiếp nhận",
    2: "Thiếu giấy tờ (ví dụ)",
    3: "Đang giải quyết",
    4: "Đã đăng ký",
    6: "Không đủ điều kiện (ví dụ)",
}


class Officer:
    """Takes every dossier through the states that its scenario names."""

    def __init__(self, office: Office, register: Register) -> None:
        """Nothing to do yet."""
        self._office = office
        self._register = register

    def begin(self, one: Registration) -> None:
        """A dossier was pushed."""
        planned = self._planned(one)
        if "typed_by_hand_after_h" in planned:
            # The officer never opens what was pushed.
            hours = float(planned["typed_by_hand_after_h"])
            self._office.work(one.own, hours, partial(self._type_by_hand, one))
            return
        self._start(one, "push")

    def supplied(self, one: Registration) -> None:
        """The supplement came."""
        self._change(one, {"state": 1})
        one.age += 1
        self._start(one, "supplement")

    def _planned(self, one: Registration) -> Mapping[str, Any]:
        return scenario_of(self._office, one.number, one.own)

    def _start(self, one: Registration, event: str) -> None:
        steps: Sequence[Step] = self._planned(one).get("step", ())
        meant = [step for step in steps if step.get("on", "push") == event]
        if not meant and (not steps or event == "supplement"):
            meant = [step for step in _USUAL if step.get("on", "push") == event]
        for step in meant:
            hours = float(step.get("after_h", 0))
            self._office.work(one.own, hours, partial(self._play, one, step, one.age))

    async def _play(self, one: Registration, step: Step, age: int) -> None:
        if age == one.age:
            self._change(one, step)

    def _change(self, one: Registration, step: Step) -> None:
        now, state = self._office.now(), int(step["state"])
        one.state, one.changed_at = state, now
        one.text = str(step.get("text", _TEXTS.get(state, "(ví dụ)")))
        one.due = ""
        if "due_days" in step:
            due = now + timedelta(days=float(step["due_days"]))
            one.due = local(due, "%d/%m/%Y")
        if state == 4 and one.result is None:
            one.result = self._registered(one, float(step.get("pdf_mb", 0)))
            self._office.effect("btp_registered", one.number)

    def _registered(self, one: Registration, pdf_mb: float) -> dict[str, str]:
        now, place = self._office.now(), self._register.next_entry()
        paper = one_page(one.own, pdf_mb)
        result = {
            "ngayDangKy": local(now, "%d/%m/%Y"),
            "soDangKy": f"{place}/{local(now, '%Y')}",
            "quyenSo": f"01/{local(now, '%Y')}",
            "trangSo": str(place),
        }
        if one.module.endswith("KT"):
            return {**result, "trichLucKhaiTu": paper}
        own = f"0992{local(now, '%y')}{place:06d}"
        return {"soDinhDanh": own, **result, "giayKhaiSinh": paper}

    async def _type_by_hand(self, one: Registration) -> None:
        """Registered without the push: it stays as it is, and DVCLT hears of it."""
        application = self._register.applications.get(one.linked)
        if application is not None:
            application.by_hand = True
        self._office.effect("btp_typed_by_hand", one.number)


def entry(one: Registration, planned: Mapping[str, Any]) -> dict[str, Any]:
    """A dossier as a poll tells it."""
    state: str | int = one.state
    if planned.get("written") == "text":
        state = str(state)
    return {
        "maHoSoLT": one.linked,
        "maHoSoMCDT": one.own,
        "trangThai": state,
        "thoiGianThucHien": local(one.changed_at, "%d/%m/%Y %H:%M:%S"),
        "nguoiXuLy": "Phạm Văn Ví Dụ",
        "chucDanh": "Công chức tư pháp – hộ tịch",
        "phongBanXuLy": "UBND xã Mẫu",
        "noiDungXuLy": one.text,
        "ghiChu": "",
        "hanBoSungHoSo": one.due,
        "ketQuaXuLy": one.result if one.state == 4 else None,
        "errors": None,
    }
