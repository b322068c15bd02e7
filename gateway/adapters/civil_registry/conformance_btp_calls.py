"""Calls to BTP and what its answers mean, by the interface document."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.adapters.civil_registry.conformance_calls import (
    VIETNAM,
    Content,
    body,
    folded,
    needed,
    rows,
    sample,
    xml,
)
from gateway.conforming import Answer, NotTried, Trial

PUSH, SINGLE, POLL = "nhanHoSoDKHT", "dangKyHoTich", "layKetQuaDKHT"
TAKEN = {"accepted", "already_there"}


@dataclass(frozen=True, slots=True)
class Said:
    """An answer as §8.2 reads it; ``name``: of its row, empty when it fits none."""

    name: str
    content: Mapping[str, Any]
    answer: Answer

    @property
    def shown(self) -> str:
        """What came, in words without values."""
        if self.name:
            return f"trả lời {self.name}"
        if self.answer.status != 200:
            return f"trả lời HTTP {self.answer.status}"
        return "câu trả lời không khớp dòng nào ở mục 8.2"

    @property
    def words(self) -> str:
        """Both descriptions."""
        both = ("statusDescription", "errorDescription")
        return " ".join(str(self.content.get(name) or "") for name in both)


def read(t: Trial, operation: str, answer: Answer) -> Said:
    """The first row of §8.2 that fits."""
    content = answer.content or {}
    said = Said("", content, answer)
    if answer.status != 200 or "status" not in content:
        return said
    status, words = str(content["status"]), folded(said.words)
    for row in rows(t.folder, "btp_answer"):
        if (
            operation in row["operations"]
            and row["status"] in {"", status}
            and folded(row["phrase"]) in words
        ):
            return Said(row["name"], content, answer)
    return said


def heads(t: Trial, *, password: str | None = None) -> dict[str, str]:
    """Headers of a call; none about an account where BTP asks for none (§2.3)."""
    found = {"Content-Type": "application/json; charset=utf-8"}
    word = t.key("btp_password") if password is None else password
    pair = f"{t.code('btp_account')}:{word}".encode()
    return {**found, "Authorization": f"Basic {base64.b64encode(pair).decode()}"}


async def call(t: Trial, operation: str, raw: bytes, *, blame: str = "") -> Said:
    """One call with any body."""
    answer = await t.post(f"/{operation}", raw, headers=heads(t), blame=blame)
    return read(t, operation, answer)


async def say(t: Trial, operation: str, content: Mapping[str, Any]) -> Said:
    """One call."""
    return await call(t, operation, body(content))


def unit(t: Trial) -> int:
    """``maDonVi`` of the preset.

    Raises:
        NotTried: it is no whole number.
    """
    if not t.code("unit").isdecimal():
        raise NotTried("codes.unit trong preset không phải số nguyên")
    return int(t.code("unit"))


def fields(t: Trial, module: str, **more: Any) -> Content:
    """What a dossier of a module needs (§5), placed where the preset says."""
    found = needed(t, f"LT{module.removeprefix('LT')}")
    return {**found, "noiDangKy": t.code("commune"), **more}


def linked(
    t: Trial, number: str, module: str = "LTKS", inside: Content | None = None
) -> Content:
    """A linked dossier (§8.1) without papers."""
    data = fields(t, module) if inside is None else inside
    return {
        "module": module,
        "maDonVi": unit(t),
        "maHoSoLT": number,
        "maHoSoMCDT": f"MC-{number}",
        "ngayTiepNhan": f"{t.now().astimezone(VIETNAM):%d/%m/%Y %H:%M:%S}",
        "data": body(data).decode(),
        "fileDinhKem": [],
    }


def paper(t: Trial) -> Content:
    """The sample's paper."""
    found: Content = sample(t, "nhanHoSoDKHT.LTKS")["fileDinhKem"][0]
    return found


def single(
    t: Trial, number: str, module: str = "KS", inside: Content | None = None
) -> Content:
    """A single registration (§8.4)."""
    data = fields(t, module) if inside is None else inside
    return {
        "maDonVi": unit(t),
        "module": module,
        "maHoSo": number,
        "ngayTiepNhan": f"{t.now().astimezone(VIETNAM):%Y-%m-%d}",
        "data": xml(data),
    }


def question(
    t: Trial, numbers: Sequence[str], module: str = "LTKS", province: str = "province"
) -> Content:
    """A poll (§9.2)."""
    return {
        "maDinhDanhHoSo": [*numbers],
        "maTinh": t.code(province),
        "module": module,
    }


def answered(t: Trial, number: str, said: Said, name: str, what: str) -> bool:
    """Whether a call was answered by a row of §8.2."""
    why = f"{what}: phải trả lời {name}, nhưng {said.shown}"
    return t.holds(number, said.name == name, why)


async def handed_over(t: Trial, act: str = "", module: str = "LTKS") -> str:
    """The number of a dossier that BTP has.

    Raises:
        NotTried: it was not taken, so that nothing further can be tried with it.
    """
    number = t.number(act)
    said = await say(t, PUSH, linked(t, number, module))
    if said.name not in TAKEN:
        raise NotTried(f"hồ sơ dùng để thử không được nhận ({said.shown})")
    return number


def entries(said: Said) -> list[Mapping[str, Any]]:
    """``value``, or nothing."""
    found = said.content.get("value")
    return [one for one in found or () if isinstance(one, dict)] if found else []


def entry(said: Said, number: str) -> Mapping[str, Any] | None:
    """The entry of a dossier, as §9.2 matches it."""
    for one in entries(said):
        if number in {one.get("maHoSoLT"), one.get("maHoSoMCDT")}:
            return one
    return None


def state(one: Mapping[str, Any] | None) -> str:
    """``trangThai`` as text; empty: no entry."""
    return "" if one is None else str(one.get("trangThai", ""))


async def reached(
    t: Trial, number: str, wanted: str, module: str = "LTKS"
) -> Mapping[str, Any]:
    """The entry of a dossier once it has a state, asked for no oftener than §11 allows.

    Raises:
        NotTried: it did not come to that.
    """
    seen: list[Mapping[str, Any]] = []

    async def look() -> bool:
        found = entry(await say(t, POLL, question(t, [number], module)), number)
        if found is not None and state(found) == wanted:
            seen.append(found)
        return bool(seen)

    await t.until(look, f"hồ sơ {number} có trạng thái {wanted}")
    return seen[0]
