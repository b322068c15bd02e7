"""Calls to DVCLT and what its answers mean, by the interface document."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from gateway.adapters.civil_registry.conformance_calls import (
    VIETNAM,
    Content,
    body,
    folded,
    rows,
    sample,
)
from gateway.conforming import Answer, NotTried, Trial, content_of

DVCLT = "dvclt"
TOKENS = "/api/tokens"
LIST = "/api/lienthongdvclt/hosolienthong"
REPORT = "/api/lienthongdvclt/trangthaihoso"
MARKED = "cập nhật thành công"
JSON = {"Content-Type": "application/json; charset=utf-8"}
MOST_LINES = 100


@dataclass(frozen=True, slots=True)
class Said:
    """An answer as §7.3 reads it; ``name``: of its row, empty when it fits none."""

    name: str
    sort: str
    words: str
    answer: Answer

    @property
    def shown(self) -> str:
        """What came, in words without values."""
        if self.name:
            return f"trả lời {self.name}"
        return f"câu trả lời không khớp dòng nào ở mục 7.3 (HTTP {self.answer.status})"


def words(answer: Answer) -> str:
    """What an answer says, in any of its three shapes."""
    text = answer.body.decode("utf-8", "replace")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if isinstance(found, dict):
        found = found.get("message", "")
    return found if isinstance(found, str) else ""


def read(t: Trial, answer: Answer) -> Said:
    """The first row of §7.3 that fits."""
    said = words(answer)
    for row in rows(t.folder, "dvclt_answer"):
        if answer.status in row["http"] and folded(row["phrase"]) in folded(said):
            return Said(row["name"], row["sort"], said, answer)
    return Said("", "unknown", said, answer)


# ---- sessions


async def sign_in(t: Trial, *, password: str | None = None) -> Answer:
    """Ask for a session."""
    word = t.key("dvclt_password") if password is None else password
    shown = {"userName": t.code("dvclt_user"), "password": word}
    return await t.post(TOKENS, body(shown), to=DVCLT)


async def renew(t: Trial, pair: Mapping[str, Any], **other: str) -> Answer:
    """Ask for the pair after this one."""
    shown = {name: pair[name] for name in ("token", "refreshToken")}
    return await t.post(f"{TOKENS}/refresh", body({**shown, **other}), to=DVCLT)


async def session(t: Trial) -> Content:
    """A session of one's own.

    Raises:
        NotTried: none was given.
    """
    answer = await sign_in(t)
    pair = answer.content or {}
    if answer.status != 200 or not isinstance(pair.get("token"), str):
        raise NotTried(f"không đăng nhập được (HTTP {answer.status})")
    return pair


async def with_token(
    t: Trial,
    token: str,
    path: str,
    raw: bytes = b"",
    *,
    method: str = "GET",
    blame: str = "",
) -> Answer:
    """One call with a certain token; empty: without any."""
    shown = {**JSON, "Authorization": f"Bearer {token}"} if token else JSON
    return await t.post(path, raw, method=method, headers=shown, blame=blame, to=DVCLT)


async def ask(
    t: Trial, path: str, raw: bytes = b"", *, method: str = "GET", blame: str = ""
) -> Answer:
    """One call in the session of the run; a new one where that is over."""
    if "token" not in t.memory:
        t.memory["token"] = (await session(t))["token"]
    answer = await with_token(
        t, t.memory["token"], path, raw, method=method, blame=blame
    )
    if answer.status != 401:
        return answer
    t.memory["token"] = (await session(t))["token"]
    return await with_token(t, t.memory["token"], path, raw, method=method, blame=blame)


# ---- dossiers


async def listed(t: Trial, **query: object) -> list[Mapping[str, Any]]:
    """Lines of the list.

    Raises:
        NotTried: it cannot be had.
    """
    asked = f"?{urlencode(query)}" if query else ""
    answer = await ask(t, f"{LIST}{asked}")
    found = (answer.content or {}).get("data")
    if answer.status != 200 or not isinstance(found, list):
        raise NotTried(f"danh sách không đọc được (HTTP {answer.status})")
    return [line for line in found if isinstance(line, dict)]


async def of_unit(t: Trial) -> list[Mapping[str, Any]]:
    """Lines of the preset's unit."""
    return await listed(t, maDonVi=t.code("unit"), trang=1, soLuong=MOST_LINES)


async def fresh(t: Trial) -> Mapping[str, Any]:
    """A line that no test has used, not marked yet.

    Raises:
        NotTried: there is none left.
    """
    used: set[str] = t.memory.setdefault("used", set())
    for line in await of_unit(t):
        number = str(line.get("maHoSo", ""))
        if number and number not in used:
            used.add(number)
            return line
    raise NotTried(
        "danh sách của codes.unit không còn hồ sơ chưa nhận: nộp thêm hồ sơ thử ở DVCLT"
    )


async def mark(t: Trial, number: str) -> Said:
    """``daNhan`` (§6.4)."""
    content = {"maHoSo": number, "daNhan": True}
    return read(t, await ask(t, LIST, body(content), method="PUT"))


async def taken_in(t: Trial) -> Mapping[str, Any]:
    """A line that was marked.

    Raises:
        NotTried: there is none, or it cannot be marked.
    """
    line = await fresh(t)
    said = await mark(t, str(line["maHoSo"]))
    if folded(MARKED) not in folded(said.words):
        raise NotTried(f"hồ sơ dùng để thử không đánh dấu được ({said.shown})")
    return line


def told(t: Trial, line: Mapping[str, Any], rung: int, **more: Any) -> Content:
    """A report (§7.2) with nothing but what it needs."""
    now = t.now().astimezone(VIETNAM)
    content: Content = {
        "maTTHC": line.get("maTTHC", "2.999201"),
        "soHoSoLT": line["maHoSo"],
        "coQuanXuLy": 5,
        "maHoSo": f"MC-{line['maHoSo']}",
        "trangThai": rung,
        "thoiGianThucHien": f"{now:%Y%m%d%H%M%S}",
        "nguoiXuLy": "Nguyễn Văn Thử",
    }
    if rung == 4:
        content["ketQuaXuLy"] = body(sample(t, "ketQuaXuLy.KS")).decode()
    if rung == 2:
        content["noiDungXuLy"] = "Thiếu giấy tờ (hồ sơ thử)"
        content["hanBoSungHoSo"] = f"{now + timedelta(days=7):%d/%m/%Y}"
    if rung == 6:
        content["noiDungXuLy"] = "Không đủ điều kiện (hồ sơ thử)"
    return {**content, **more}


async def send(t: Trial, content: Mapping[str, Any]) -> Said:
    """Report."""
    return read(t, await ask(t, REPORT, body(content), method="POST"))


async def report(t: Trial, line: Mapping[str, Any], rung: int, **more: Any) -> Said:
    """Report a rung."""
    return await send(t, told(t, line, rung, **more))


async def climbed(t: Trial, *rungs: int) -> Mapping[str, Any]:
    """A dossier that was marked and went up to the last of these rungs.

    Raises:
        NotTried: one of them was not taken.
    """
    line = await taken_in(t)
    for rung in rungs:
        said = await report(t, line, rung)
        if said.name != "taken":
            raise NotTried(f"trạng thái {rung} không được nhận ({said.shown})")
    return line


def answered(t: Trial, number: str, said: Said, name: str, what: str) -> bool:
    """Whether a report was answered by a row of §7.3."""
    why = f"{what}: phải trả lời {name}, nhưng {said.shown}"
    return t.holds(number, said.name == name, why)


def second(answer: Answer) -> Content:
    """The second layer of a detail.

    Raises:
        NotTried: there is none.
    """
    held = (answer.content or {}).get("data")
    found = content_of(held.encode()) if isinstance(held, str) else None
    if answer.status != 200 or found is None:
        raise NotTried(f"chi tiết không đọc được (HTTP {answer.status})")
    return found
