"""Calls to the portal and what its answers mean, by the interface document."""

from __future__ import annotations

import base64
import hashlib
import json
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from lxml.etree import _Element

from gateway.adapters.tax.conformance_calls import SLIP as SIGNED_BY_ISSUER
from gateway.adapters.tax.conformance_calls import Numbers, numbers, post, sign, slip
from gateway.adapters.tax.conformance_xml import pair_of, seal
from gateway.conforming import Answer, NotTried, Trial

PATH = "/thue/dichvu"
SEND, REPLY, ASK = "GuiPhieuChuyen", "TraLoiYeuCau", "TraCuuNghiaVu"
HEADERS = {"Content-Type": "application/json; charset=utf-8"}
TAKEN = {"accepted", "already_there"}
ZERO = {"0", "00"}
UNAUTHORISED = "401 Unauthorized"
NEW, REPLACES, SUPPLEMENTS, WITHDRAWS = "10", "11", "12", "13"


@dataclass(frozen=True, slots=True)
class Said:
    """An answer as §3 reads it; ``name``: of its row, empty when it fits none."""

    name: str
    content: Mapping[str, Any]
    answer: Answer

    @property
    def shown(self) -> str:
        """What came, in words without values."""
        if self.name:
            state = f", TrangThai {self.state}" if self.state else ""
            return f"trả lời {self.name}{state}"
        if self.answer.status != 201:
            return f"trả lời HTTP {self.answer.status}"
        return "câu trả lời không khớp dòng nào ở mục 3"

    @property
    def message(self) -> str:
        """Its sentence, or nothing."""
        return str(self.content.get("message", ""))

    @property
    def data(self) -> Mapping[str, Any]:
        """Data, or nothing."""
        found = self.content.get("Data")
        return found if isinstance(found, dict) else {}

    @property
    def state(self) -> str:
        """TrangThai of an enquiry that was answered."""
        found = self.data.get("TrangThai")
        return found if self.name == "found" and isinstance(found, str) else ""

    def rows(self, name: str) -> Sequence[Mapping[str, Any]]:
        """A list of Data."""
        found = self.data.get(name)
        whole = found if isinstance(found, list) else []
        return [one for one in whole if isinstance(one, dict)]

    def amount(self, name: str) -> int:
        """An amount of Data; -1: it is none."""
        return amount(self.data.get(name))


def amount(text: object) -> int:
    """Đồng; -1: it is no amount."""
    fine = isinstance(text, str) and text.isascii() and text.isdigit()
    return int(str(text)) if fine else -1


@cache
def _answers(folder: Path) -> tuple[dict[str, Any], ...]:
    return tuple(tomllib.loads((folder / "codes.toml").read_text("utf-8"))["answer"])


def read(t: Trial, service: str, answer: Answer) -> Said:
    """The first row of §3 that fits."""
    content = answer.content or {}
    for row in _answers(t.folder):
        if row["services"] and service not in row["services"]:
            continue
        if _fits(row, answer, content):
            return Said(row["name"], content, answer)
    return Said("", content, answer)


def _fits(row: Mapping[str, Any], answer: Answer, content: Mapping[str, Any]) -> bool:
    if answer.status not in row["http"]:
        return False
    if answer.status != 201:
        waits = "with" if "Retry-After" in answer.headers else "without"
        return row.get("retry_after", "") in {"", waits}
    if row["name"] == "not_authorised":
        return answer.body.decode("utf-8", "replace").strip(' "\r\n') == UNAUTHORISED
    told = content.get("message")
    codes = row.get("error_code")
    if not isinstance(told, str) or "error_code" not in content:
        return False
    is_code = codes is None or str(content["error_code"]) in codes
    return is_code and folded(row["phrase"]) in folded(told)


def folded(text: str) -> str:
    """As phrases are compared (§3)."""
    return unicodedata.normalize("NFC", text).casefold()


def body(content: object) -> bytes:
    """JSON in UTF-8."""
    return json.dumps(content, ensure_ascii=False).encode()


def call(t: Trial, service: str, data: object, **other: Any) -> dict[str, Any]:
    """What every call has (§2.1); ``other``: in place of some."""
    return {
        "SecurityKey": t.key("sender"),
        "Service": service,
        "MaDonVi": t.code("sender"),
        "IsUpdating": "False",
        "MaGiaoDich": t.identifier(),
        "Data": data,
        **other,
    }


def without(content: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The same without one field."""
    return {key: value for key, value in content.items() if key != name}


async def tell(
    t: Trial,
    service: str,
    content: object,
    headers: Mapping[str, str] = HEADERS,
) -> Said:
    """One call, not sooner than §12 lets."""
    raw = content if isinstance(content, bytes) else body(content)
    said = read(t, service, await post(t, raw, headers, PATH))
    if service == SEND and said.name in TAKEN and isinstance(content, dict):
        data = content["Data"]
        there_now = t.memory.setdefault("portal_taken", set())
        there_now.add((data.get("MaHoSo"), data.get("SoPhieu")))
    return said


def was_taken(t: Trial, of: Numbers) -> bool:
    """Whether the portal took a slip of one of these numbers, though it should not have."""
    known = t.memory.get("portal_taken", ())
    return any(of.dossier == dossier or of.slip == slip for dossier, slip in known)


async def ask(t: Trial, of: Numbers, **other: Any) -> Said:
    """One enquiry about a slip (§7)."""
    asked = {"MaHoSo": of.dossier, "SoPhieu": of.slip}
    return await tell(t, ASK, call(t, ASK, asked, **other))


def related(t: Trial, to: Numbers) -> Numbers:
    """Numbers of another slip of the same dossier."""
    seq = t.identifier()
    return Numbers(to.dossier, to.certificate, f"PC/{seq}", seq)


def signed_slip(
    t: Trial, of: Numbers, kind: str = NEW, to: Numbers | None = None
) -> bytes:
    """The bytes of a slip."""
    return sign(t, SIGNED_BY_ISSUER, slip(t, of, kind, to.seq if to else ""))


def sending(
    t: Trial,
    of: Numbers,
    document: bytes,
    kind: str = NEW,
    to: Numbers | None = None,
    **other: Any,
) -> dict[str, Any]:
    """A call that sends a slip (§5); ``other``: in place of fields of Data."""
    data = {
        "MaHoSo": of.dossier,
        "SoPhieu": of.slip,
        "LoaiPhieu": kind,
        "SoPhieuLienQuan": to.slip if to else "",
        "MaCoQuanThue": t.code("receiver"),
        "FilePhieuChuyen": base64.b64encode(document).decode(),
        "DauChuyen": seal(document, pair_of(t, "sender")),
        **other,
    }
    given = {key: value for key, value in data.items() if value != ""}
    return call(t, SEND, given, IsUpdating=str(kind != NEW))


async def send(
    t: Trial, of: Numbers, kind: str = NEW, to: Numbers | None = None
) -> tuple[Said, bytes]:
    """Send a slip; its bytes beside the answer."""
    document = signed_slip(t, of, kind, to)
    return await tell(t, SEND, sending(t, of, document, kind, to)), document


async def taken(
    t: Trial, of: Numbers, kind: str = NEW, to: Numbers | None = None
) -> bytes:
    """A slip that has to be taken for a test to go on; its bytes.

    Raises:
        NotTried: it was not.
    """
    said, document = await send(t, of, kind, to)
    if said.name not in TAKEN:
        raise NotTried(f"phiếu dùng để thử không được nhận ({said.shown})")
    return document


async def there(t: Trial, act: str = "") -> Numbers:
    """A new slip that the portal has."""
    of = numbers(t, act)
    await taken(t, of)
    return of


def answered(t: Trial, number: str, said: Said, name: str, what: str) -> bool:
    """Whether a call was answered by a row of §3."""
    why = f"{what}: phải trả lời {name}, nhưng {said.shown}"
    return t.holds(number, said.name == name, why)


def stands(t: Trial, number: str, said: Said, state: str, what: str) -> bool:
    """Whether an enquiry was answered by a state (§7.1)."""
    why = f"{what}: phải trả lời found, TrangThai {state}, nhưng {said.shown}"
    return t.holds(number, said.state == state, why)


def digest(raw: bytes) -> str:
    """MaBam (§7)."""
    return hashlib.sha256(raw).hexdigest()


async def send_changed(t: Trial, of: Numbers, root: _Element, **other: Any) -> Said:
    """Send a slip that was built otherwise."""
    document = sign(t, SIGNED_BY_ISSUER, root)
    return await tell(t, SEND, sending(t, of, document, **other))
