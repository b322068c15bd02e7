"""The example agency as docs/agencies/_template.md describes it, and nothing of the gateway.

**Settings**: ``key`` (whom it knows), ``callback_base``, ``callback_secret``, ``own``
(codes of dossiers that it opened itself). **Scenario**: ``[[step]]`` rows with
``after_h`` and ``state``, and ``note``; without: at work after an hour, done after 20.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import Any, Protocol

JSON = "application/json; charset=utf-8"
VIETNAM = timezone(timedelta(hours=7))
PAPER = b"%PDF-1.4 ket qua vi du"
USUAL = ({"after_h": 1.0, "state": "DANG_XU_LY"}, {"after_h": 20.0, "state": "DA_XONG"})
AGAIN_S, MOST_TIMES = 900.0, 10
KINDS = {"HO_SO": "hand_over", "RUT": "withdraw"}

Reply = tuple[int, str, bytes]


class Request(Protocol):
    """One call that came in."""

    @property
    def path(self) -> str:
        """Path of the request."""

    @property
    def params(self) -> Mapping[str, str]:
        """Parameters of the path."""

    @property
    def body(self) -> bytes:
        """The whole body."""


class Answered(Protocol):
    """What came back on a call that the mock made."""

    @property
    def status(self) -> int:
        """HTTP status."""

    @property
    def body(self) -> bytes:
        """The whole body."""


class Office(Protocol):
    """What the server lends."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """This mock's table of the configuration."""

    def now(self) -> datetime:
        """Wall time."""

    def after(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        """Run later, in wall time."""

    def work(
        self, number: str, hours: float, act: Callable[[], Awaitable[None]]
    ) -> None:
        """Have people do it for a dossier; in so many hours, 24 of them a day's work."""

    def shelve(self, newest: Callable[[], datetime | None]) -> None:
        """Say when what lies ready to be fetched was laid there last."""

    def shows(self, title: str, kept: Callable[[], Mapping[Any, object]]) -> None:
        """Lend the register to the mock's pages, for people to look at."""

    def scenario(self, number: str) -> Mapping[str, Any]:
        """What this agency does with that dossier."""

    def arrived(self, kind: str, number: str, **facts: str | int | bool) -> None:
        """Write into the book of arrivals."""

    def effect(self, kind: str, number: str, **facts: str | int | bool) -> None:
        """Write into the book of effects."""

    async def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes,
        kind: str,
        number: str,
    ) -> Answered:
        """Call out; raises ConnectionError when nobody answers."""


class NotTaken(Exception):
    """An answer of §6 that is not 00."""

    def __init__(self, code: str, text: str) -> None:
        """``code``: its ``ma``."""
        super().__init__(code)
        self.code = code
        self.text = text


@dataclass
class Dossier:
    """A dossier in the agency's register."""

    number: str
    received_at: datetime
    state: str
    at: datetime
    files: list[dict[str, str]] = field(default_factory=list)


def create(
    office: Office,
) -> Iterable[tuple[str, str, Callable[[Request], Awaitable[Reply]]]]:
    """Its routes."""
    agency = Agency(office)
    works = {
        "nhan-ho-so": agency.submit,
        "tra-cuu": agency.enquire,
        "danh-sach": agency.known,
        "ho-so-moi": agency.own,
    }
    routes: list[tuple[str, str, Callable[[Request], Awaitable[Reply]]]] = [
        ("POST", f"/api/v1/{name}", partial(agency.serve, work))
        for name, work in works.items()
    ]
    return [*routes, ("GET", "/api/v1/tep/{name}", agency.file)]


def number_of(request: Request) -> str:
    """The dossier code of a call, unverified."""
    return str(_read(request.body).get("maHoSo", ""))


def kind_of(request: Request) -> str:
    """What the books call a call."""
    operation = request.path.rpartition("/")[2]
    if operation != "nhan-ho-so":
        return operation
    return KINDS.get(str(_read(request.body).get("loai", "")), operation)


def _read(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body or b"null")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


class Agency:
    """Register, messages by their identifier, and what is done by itself."""

    def __init__(self, office: Office) -> None:
        """An empty register, but for its own dossiers."""
        self._office = office
        self._dossiers: dict[str, Dossier] = {}
        self._messages: dict[str, Dossier] = {}
        self._begun, self._fetched = office.now(), 0
        office.shelve(self._newest)
        office.shows("Sổ hồ sơ", lambda: self._dossiers)

    async def serve(
        self, work: Callable[[dict[str, Any]], dict[str, Any]], request: Request
    ) -> Reply:
        """Check the key, do the work, answer with HTTP 200 whatever it says."""
        message = _read(request.body)
        kind, number = kind_of(request), number_of(request)
        try:
            if message.get("khoa") != self._office.settings["key"]:
                raise NotTaken("30", "Khóa không đúng")
            told = {"ma": "00", "moTa": "Đã nhận", **work(message)}
        except NotTaken as refused:
            told = {"ma": refused.code, "moTa": refused.text}
        self._office.arrived(kind, number, code=str(told["ma"]))
        return 200, JSON, json.dumps(told, ensure_ascii=False).encode()

    def submit(self, message: dict[str, Any]) -> dict[str, Any]:
        """§2."""
        for name in ("maLuotGui", "maHoSo", "loai"):
            _need(message, name)
        kind = KINDS.get(message["loai"])
        if kind is None:
            raise NotTaken("20", "Sai kiểu: loai")
        _need(message, "hoTen" if kind == "hand_over" else "lyDo")
        if message["maLuotGui"] in self._messages:
            raise NotTaken("01", "Đã nhận trước đó")
        number, now = message["maHoSo"], self._office.now()
        dossier = self._dossiers.get(number)
        if kind == "withdraw" and dossier is None:
            raise NotTaken("21", "Không có hồ sơ này")
        if dossier is None:
            dossier = self._dossiers[number] = Dossier(number, now, "DA_NHAN", now)
        self._messages[message["maLuotGui"]] = dossier
        self._office.effect(kind, number, id=message["maLuotGui"])
        if kind == "withdraw":
            self._office.after(1.0, partial(self._step, dossier, {"state": "DA_RUT"}))
        else:
            for step in self._office.scenario(number).get("step", USUAL):
                act = partial(self._step, dossier, step)
                self._office.work(number, float(step["after_h"]), act)
        return {}

    def enquire(self, message: dict[str, Any]) -> dict[str, Any]:
        """§3."""
        dossier = self._messages.get(_need(message, "maLuotGui"))
        if dossier is None:
            raise NotTaken("40", "Chưa có lượt gửi này")
        return _state(dossier)

    def known(self, message: dict[str, Any]) -> dict[str, Any]:
        """§4: by the day of receipt in Vietnam."""
        since, until = _need(message, "tuNgay"), _need(message, "denNgay")
        found = [
            {"maHoSo": one.number, **_state(one)}
            for one in self._dossiers.values()
            if since <= one.received_at.astimezone(VIETNAM).date().isoformat() <= until
        ]
        return {"hoSo": found}

    def _newest(self) -> datetime | None:
        own = self._office.settings.get("own", ())
        return self._begun if self._fetched < len(own) else None

    def own(self, message: dict[str, Any]) -> dict[str, Any]:
        """§4: the cursor counts dossiers."""
        own = list(self._office.settings.get("own", ()))
        after = self._fetched = int(message.get("conTro") or 0)
        rows = [
            {
                "maHoSo": number,
                "ngayNhan": "2026-03-09T09:00:00+07:00",
                "hoTen": "Ví Dụ",
            }
            for number in own[after:]
        ]
        return {"hoSo": rows, "conTro": str(len(own))}

    async def file(self, request: Request) -> Reply:
        """§4."""
        if request.params["name"] != "ket-qua.pdf":
            return 404, "text/plain", b""
        return 200, "application/pdf", PAPER

    async def _step(self, dossier: Dossier, step: Mapping[str, Any]) -> None:
        dossier.state, dossier.at = step["state"], self._office.now()
        if dossier.state == "DA_XONG":
            dossier.files = [{"ten": "Ket-qua.pdf", "duongDan": "tep/ket-qua.pdf"}]
        told = {"maHoSo": dossier.number, **_state(dossier), "ghiChu": step.get("note")}
        await self._tell(dossier.number, json.dumps(told).encode(), MOST_TIMES)

    async def _tell(self, number: str, body: bytes, times: int) -> None:
        settings = self._office.settings
        url = f"{settings['callback_base']}/CapNhat/{settings['callback_secret']}"
        try:
            answer = await self._office.call(
                *("POST", url), headers={}, body=body, kind="CapNhat", number=number
            )
            if answer.status == 200 and _read(answer.body).get("ma") == "00":
                return
        except ConnectionError:
            pass
        if times > 1:
            again = partial(self._tell, number, body, times - 1)
            self._office.after(AGAIN_S, again)


def _need(message: Mapping[str, Any], name: str) -> str:
    value = message.get(name)
    if not isinstance(value, str) or not value:
        raise NotTaken("20", f"Thiếu trường: {name}")
    return value


def _state(dossier: Dossier) -> dict[str, Any]:
    at = dossier.at.astimezone(VIETNAM).replace(microsecond=0).isoformat()
    return {"trangThai": dossier.state, "thoiDiem": at, "tep": dossier.files}
