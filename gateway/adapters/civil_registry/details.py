"""What DVCLT hands over (§6): its list, and a dossier in three layers; pure.

The detail is JSON whose ``data`` is a text of JSON, whose ``data`` is a text of XML.
Where a layer cannot be read, the dossier is refused in words and not marked there.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson

from gateway.adapters.civil_registry import fields
from gateway.domain.errors import AgencyBrokeContract, FieldError, ReportRefused
from gateway.domain.handed_over import LINKED
from gateway.domain.identifiers import AgencyId
from gateway.domain.legal_day import VIETNAM, legal_day
from gateway.domain.report import AgencyReport, Brought, Reference, ReportKind
from gateway.domain.text import nfc
from gateway.ports.inbox import Part
from gateway.validation.xml import Limits, XMLRefused, parse

if TYPE_CHECKING:
    from lxml.etree import _Element

Check = Callable[[str, Any], tuple[FieldError, ...]]
ONE_STOP = AgencyId("one_stop")
SCHEMA = "urn:lienthong:schema:civil_registry:{}:1"
_XML = Limits(document_bytes=4 * 1024 * 1024)
_BLANKS = re.compile(r"\s+")
#: Says nothing here: the text has been decoded with the JSON around it.
_DECLARATION = re.compile(r"\A\s*<\?xml\s[^>]*\?>")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the list: dossier code and ``id`` together name it (§6.1)."""

    id: int
    number: str
    procedure: str
    module: str
    unit: int
    raw: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the list; ``unread``: lines that are none."""

    lines: tuple[Line, ...]
    unread: tuple[Part, ...]

    @property
    def count(self) -> int:
        """How many lines came, read or not."""
        return len(self.lines) + len(self.unread)


@dataclass(slots=True)
class _Papers:
    """Papers as a dossier names them, their files, and the ones that nobody can read."""

    documents: list[dict[str, Any]] = field(default_factory=list)
    files: list[Brought] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)


def read_list(body: bytes, check: Check) -> Page:
    """A page of the list; one line that is wrong stops no other.

    Raises:
        AgencyBrokeContract: it is none at all.
    """
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise AgencyBrokeContract("no list") from None
    rows = found.get("data") if isinstance(found, dict) else None
    if not isinstance(rows, list):
        raise AgencyBrokeContract("no list")
    lines, unread = [], []
    for row in rows:
        wrong = check(SCHEMA.format("dvclt-list"), {"data": [row]})
        if wrong:
            unread.append(_unread_line(row, wrong))
        else:
            lines.append(_line(row))
    return Page(tuple(lines), tuple(unread))


def _line(row: Mapping[str, Any]) -> Line:
    number = nfc(row["maHoSo"]).strip()
    return Line(
        int(row["id"]), number, row["maTTHC"], row["module"], int(row["maDonVi"]), row
    )


def _unread_line(row: Any, wrong: Iterable[FieldError]) -> Part:
    named = ", ".join(one.pointer.removeprefix("/data/0/") or "/" for one in wrong)
    told = row if isinstance(row, dict) else {}
    label = {name: str(told.get(name, "")) for name in ("maHoSo", "id")}
    remedy = f"Một dòng trong danh sách của DVCLT sai tại: {named}. Gọi đầu mối DVCLT."
    refused = ReportRefused(f"line {named}", code="line_invalid", remedy=remedy)
    return Part(label, orjson.dumps(row), refused=refused)


def unread(line: Line, body: bytes, refused: ReportRefused) -> Part:
    """A dossier that a person has to look at."""
    label = {"maHoSo": line.number, "id": str(line.id)}
    return Part(label, body, refused=refused)


def read_detail(line: Line, body: bytes, check: Check) -> AgencyReport:
    """The dossier of a line.

    Raises:
        ReportRefused: a layer of it cannot be read; says which.
    """
    inner = _inner(_outer(body), check)
    if nfc(inner["maHoSo"]).strip() != line.number:
        raise _refused("detail_of_another", "là của hồ sơ khác")
    module = inner["module"]
    document, rest = fields.read(module, _told(_registration(inner["data"])))
    papers = _papers(inner["fileDinhKem"])
    filed_at = moment(inner["ngayTiepNhan"])
    kept = {
        **rest,
        **{name: inner[name] for name in ("maDonVi", "module")},
        **_beyond(inner, _OF_THE_DETAIL),
        **_beyond(line.raw, _OF_THE_LIST),
        "id": line.id,
        **({"techId": line.raw["techId"]} if line.raw.get("techId") else {}),
    }
    opens = {
        **document,
        "linked_number": line.number,
        "case": inner["maTTHC"],
        "received_at": filed_at.isoformat(),
        **_area(document, filed_at),
        "documents": papers.documents,
        **_noted(papers.unreadable),
        "extension": {"dvclt": kept},
    }
    known = Reference(ONE_STOP, LINKED, line.number)
    print_ = f"opened|{line.number}|{line.id}"
    return AgencyReport(
        kind=ReportKind.OPENED,
        about=(known,),
        fingerprint=hashlib.sha256(print_.encode()).hexdigest(),
        event_at=filed_at,
        facts={"module": module, "unit": line.unit},
        introduces=(known,),
        opens=opens,
        brought=tuple(papers.files),
        renews=True,
    )


_OF_THE_LIST = frozenset(
    {"id", "maDonVi", "maTTHC", "module", "maHoSo", "ngayTiepNhan", "techId"}
)
_OF_THE_DETAIL = frozenset(
    {"maHoSo", "maDonVi", "maTTHC", "module", "ngayTiepNhan", "data", "fileDinhKem"}
)


def _beyond(told: Mapping[str, Any], known: frozenset[str]) -> dict[str, Any]:
    """Fields that the document does not know; they are kept."""
    return {name: value for name, value in told.items() if name not in known}


def _area(document: Mapping[str, Any], filed_at: datetime) -> dict[str, Any]:
    """The commune that registers; its code means what it meant on the day of filing."""
    commune = fields.at(document, "registration.commune")
    if not commune:
        return {}
    return {"area": {"commune": commune, "as_of": legal_day(filed_at).isoformat()}}


def _noted(unreadable: Iterable[str]) -> dict[str, str]:
    named = "; ".join(unreadable)
    return (
        {"notes": f"Tệp từ DVCLT rỗng hoặc không đọc được: {named}."} if named else {}
    )


def moment(text: str) -> datetime:
    """``yyyy-MM-ddTHH:mm:ss`` in Vietnam's time.

    Raises:
        ReportRefused: there is no such moment.
    """
    try:
        return datetime.fromisoformat(text).replace(tzinfo=VIETNAM)
    except ValueError:
        raise _refused("detail_inner", "ghi thời điểm không có thật") from None


def _refused(code: str, what: str) -> ReportRefused:
    remedy = f"Hồ sơ lấy từ DVCLT {what}; gọi đầu mối DVCLT xem lại hồ sơ này."
    return ReportRefused(code, code=code, remedy=remedy)


def _outer(body: bytes) -> str:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise _refused("detail_outer", "không phải JSON ở lớp ngoài") from None
    if not isinstance(found, dict) or not isinstance(found.get("data"), str):
        raise _refused("detail_outer", "không có lớp thứ hai")
    return str(found["data"])


def _inner(text: str, check: Check) -> dict[str, Any]:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise _refused("detail_inner", "không phải JSON ở lớp thứ hai") from None
    shown = _without_files(found)
    wrong = check(SCHEMA.format("dvclt-detail-inner"), shown)
    if wrong:
        named = ", ".join(one.pointer.lstrip("/") or "/" for one in wrong[:5])
        raise _refused("detail_inner", f"sai ở lớp thứ hai tại: {named}")
    result: dict[str, Any] = found
    return result


def _without_files(found: Any) -> Any:
    """The same for the schema, which need not walk through megabytes of base64."""
    papers = found.get("fileDinhKem") if isinstance(found, dict) else None
    if not isinstance(papers, list):
        return found
    shown = [
        {**one, "duLieuTepDinhKem": ""}
        if isinstance(one, dict) and isinstance(one.get("duLieuTepDinhKem"), str)
        else one
        for one in papers
    ]
    return {**found, "fileDinhKem": shown}


def _registration(text: str) -> _Element:
    """The element ``hoTich``, wherever it stands in the third layer."""
    try:
        root = parse(_DECLARATION.sub("", text).encode(), limits=_XML).root
    except XMLRefused as wrong:
        what = f"không đọc được ở lớp XML ({wrong.code})"
        raise _refused("detail_xml", what) from None
    found = next(root.iter("hoTich"), None)
    if found is None:
        raise _refused("detail_xml", "không có phần hoTich ở lớp XML")
    return found


def _told(registration: _Element) -> dict[str, Any]:
    """Fields by name: texts, addresses as tables; of one that is repeated, all."""
    found: dict[str, Any] = {}
    for element in registration.iterchildren("*"):
        name, value = str(element.tag), _value(element)
        if name in found:
            value = [*_listed(found[name]), value]
        found[name] = value
    return found


def _value(element: _Element) -> Any:
    children = list(element.iterchildren("*"))
    if children:
        return {str(child.tag): _value(child) for child in children}
    texts: Any = element.xpath("text()")
    return nfc("".join(texts)).strip()


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _papers(told: Iterable[Mapping[str, Any]]) -> _Papers:
    """Papers in force; what is no base64 makes its paper unreadable and no other (§6.2)."""
    found = _Papers()
    for paper in told:
        if paper["huyGiayTo"] != 0:
            continue
        file_name = nfc(paper["tenTepDinhKem"])
        document: dict[str, Any] = {
            "name": nfc(paper["tenGiayTo"]),
            "code": paper["loaiGiayTo"],
        }
        content = decoded(paper["duLieuTepDinhKem"])
        if content:
            digest = hashlib.sha256(content).hexdigest()
            named = {"name": file_name, "sha256": digest, "source_id": paper["id"]}
            document["files"] = [named]
            found.files.append(Brought(file_name, digest, content))
        else:
            found.unreadable.append(f"{document['name']} ({file_name})")
        found.documents.append(document)
    return found


def decoded(text: str) -> bytes | None:
    """The bytes of base64, which may hold line breaks; None: it is none."""
    try:
        return base64.b64decode(_BLANKS.sub("", text).encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return None
