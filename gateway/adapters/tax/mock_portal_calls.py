"""Calls to the portal: how they are read and answered, and what the server lends."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import tomllib
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import jsonschema_rs

Reply = tuple[int, str, bytes]
JSON = "application/json; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
MAX_BODY_BYTES = 16 * 1024 * 1024
MAX_FILE_BYTES = 10 * 1024 * 1024
SERVICES = ("GuiPhieuChuyen", "TraLoiYeuCau", "TraCuuNghiaVu")
#: LoaiPhieu → what a book calls it.
SLIPS = {
    "10": "slip_new",
    "11": "slip_replace",
    "12": "slip_supplement",
    "13": "slip_withdraw",
}
_FILES = {"FilePhieuChuyen", "Tep"}


class Answer(Protocol):
    """What came back on a call that the portal made."""

    @property
    def status(self) -> int:
        """HTTP status."""

    @property
    def body(self) -> bytes:
        """The whole body."""


class PortalOffice(Protocol):
    """Clock, books, configuration and the way out; times are aware."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """The table of the tax mock; the portal's own part is ``portal``."""

    def now(self) -> datetime:
        """Wall time, virtual or real."""

    def shows(
        self,
        title: str,
        kept: Callable[[], Mapping[Any, object]],
        words: Mapping[str, str] | None = None,
    ) -> None:
        """Lend a register to the pages; ``words``: its fields, for people."""

    def after(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        """Run later, in wall time."""

    def watch(self, look: Callable[[], None]) -> None:
        """Look again and again; by virtual time whenever the clock is asked for."""

    def later(self, hours: float, act: Callable[[], Awaitable[None]]) -> None:
        """Have people who keep nobody's hours do something."""

    def work(
        self, number: str, hours: float, act: Callable[[], Awaitable[None]]
    ) -> None:
        """Have people do it for a dossier; in so many hours, 24 of them a day's work."""

    def scenario(self, number: str, table: str = "") -> Mapping[str, Any]:
        """A table of the dossier's scenario; empty: the usual."""

    def arrived(self, kind: str, number: str, **facts: str | int | bool) -> None:
        """Book a message, whatever it was worth."""

    def effect(self, kind: str, number: str, **facts: str | int | bool) -> None:
        """Book what really changed here."""

    async def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes,
        kind: str,
        number: str,
    ) -> Answer:
        """Call out; raises ConnectionError when nobody answers."""


class Told(Exception):
    """An answer that ends a call; ``name`` as in codes.toml."""

    def __init__(self, name: str, place: str = "") -> None:
        """``place`` names a field, never a value: values are personal."""
        super().__init__(name)
        self.name = name
        self.place = place


@dataclass(frozen=True, slots=True)
class Call:
    """One call whose sender is known and whose fields are as published."""

    service: str
    unit: str
    id: str
    data: Mapping[str, Any]

    @property
    def number(self) -> str:
        """MaHoSo."""
        return str(self.data["MaHoSo"])

    @property
    def kind(self) -> str:
        """What a book calls it."""
        return kind_in(self.service, self.data)


class Published:
    """The published schemas and the answers in words."""

    def __init__(self, folder: Path) -> None:
        """Read once."""
        self._validators = {
            name: jsonschema_rs.validator_for(
                json.loads((folder / f"{name}.json").read_text("utf-8"))
            )
            for name in SERVICES
        }
        rows = tomllib.loads((folder / "codes.toml").read_text("utf-8"))["answer"]
        self._answers = {row["name"]: row for row in rows}

    @classmethod
    @cache
    def load(cls, folder: Path) -> Published:
        """One for all offices of a process."""
        return cls(folder)

    def check(self, service: str, content: Mapping[str, Any]) -> None:
        """Raise ``Told`` for the first field that is missing or wrong."""
        wrong = sorted(self._validators[service].iter_errors(content), key=_weight)
        if wrong:
            raise Told(*_place(wrong[0]))

    def reply(
        self,
        name: str,
        place: str = "",
        *,
        zero: str | int = "0",
        data: Mapping[str, Any] | None = None,
    ) -> Reply:
        """An answer as the portal writes it; ``zero``: how success is numbered."""
        if name == "not_authorised":
            return 201, TEXT, b"401 Unauthorized"
        row = self._answers[name]
        code = zero if row["sent_as"] == "0" else row["sent_as"]
        text = f"{row['text']}: {place}" if place else row["text"]
        content = {"error_code": code, "message": text}
        if data is not None:
            content["Data"] = data
        return 201, JSON, json.dumps(content, ensure_ascii=False).encode()


def _weight(error: Any) -> bool:
    """Missing fields are told before wrong ones."""
    return not isinstance(error.kind, jsonschema_rs.ValidationErrorKind.Required)


def _place(error: Any) -> tuple[str, str]:
    path = ".".join(str(part) for part in error.instance_path)
    if isinstance(error.kind, jsonschema_rs.ValidationErrorKind.Required):
        return "missing_field", f"{path}.{error.kind.property}".lstrip(".")
    is_file = path.rpartition(".")[2] in _FILES
    if is_file and isinstance(error.kind, jsonschema_rs.ValidationErrorKind.Pattern):
        return "unreadable_file", path
    return "wrong_type", path


def opened(raw: bytes, portal: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Sender and content of a call that passes steps 1 to 3, but for the limits.

    Raises:
        Told: with what is answered instead.
    """
    content = parsed(raw)
    if content is None:
        raise Told("malformed")
    if not _knows(content.get("SecurityKey"), portal["security_key"]):
        raise Told("not_authorised")
    unit = content.get("MaDonVi")
    if unit is None:
        raise Told("missing_field", "MaDonVi")
    if "senders" in portal and unit not in portal["senders"]:
        raise Told("sender_unknown")
    return str(unit), content


def read(unit: str, content: Mapping[str, Any], published: Published) -> Call:
    """A call of a known sender that passes step 4 of the checks.

    Raises:
        Told: with what is answered instead.
    """
    service = content.get("Service")
    if service is None:
        raise Told("missing_field", "Service")
    if service not in SERVICES:
        raise Told("unknown_service")
    published.check(service, content)
    return Call(service, unit, content["MaGiaoDich"], content["Data"])


def parsed(raw: bytes) -> dict[str, Any] | None:
    """A JSON object in UTF-8; None: it is none."""
    try:
        content = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _knows(given: object, keys: str | list[str]) -> bool:
    """Whether it is one of the keys; during a change there are two."""
    known = [keys] if isinstance(keys, str) else keys
    shown = str(given).encode() if isinstance(given, str) else b""
    return any(hmac.compare_digest(shown, key.encode()) for key in known)


def decoded(text: str, place: str) -> bytes:
    """A file's bytes; ``Told`` when it is no base64 or too big."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Told("unreadable_file", place) from error
    if len(raw) > MAX_FILE_BYTES:
        raise Told("unreadable_file", place)
    return raw


def kind_in(service: object, data: object) -> str:
    """What a book calls a message; ``unknown`` when nothing can be told."""
    if service == "GuiPhieuChuyen" and isinstance(data, Mapping):
        return SLIPS.get(str(data.get("LoaiPhieu")), "unknown")
    known = {"TraLoiYeuCau": "question_answer", "TraCuuNghiaVu": "obligations"}
    return known.get(str(service), "unknown")


def glance(raw: bytes) -> tuple[str, str]:
    """Kind and MaHoSo of a call, neither verified."""
    content = parsed(raw) or {}
    data = content.get("Data")
    number = data.get("MaHoSo", "") if isinstance(data, dict) else ""
    return kind_in(content.get("Service"), data), str(number)[:50]


def files_of(data: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each file of an answer."""
    for index, file in enumerate(data["DanhSachTep"]):
        yield file["TenTep"], decoded(file["Tep"], f"Data.DanhSachTep.{index}.Tep")
