"""Where messages are checked, put on file and answered."""

from __future__ import annotations

import base64
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from lxml.etree import _Element

from gateway.adapters.tax.mock_answers import (
    VIETNAM,
    Answer,
    Call,
    Facts,
    FaultyEnvelope,
    read_call,
    write_answer,
    write_fault,
    write_reply,
)
from gateway.adapters.tax.mock_desk import (
    USUAL_HOURS,
    Desk,
    File,
    Numbers,
    State,
    notices_of,
    totals_of,
)
from gateway.adapters.tax.mock_limits import CallLimits, TooManyCalls
from gateway.adapters.tax.mock_signatures import (
    Certificate,
    Signer,
    check_seal,
    find_signature,
    load_all,
    signed_row,
)
from gateway.adapters.tax.mock_xml import Refused, Schemas, parse, tag, text_of

Reply = tuple[int, str, bytes]
XML = "text/xml; charset=utf-8"
SCHEMA_FILES = ("tct.xsd", "xmldsig-profile.xsd")
#: MSG_TYPEs of each MaThongDiep, and what a book calls them.
TYPES = {
    "TCT_GPC": {"10": "slip_new", "11": "slip_replace"},
    "TCT_TVTBT": {"14": "notices", "15": "notices"},
    "TCT_TVNVTC": {"16": "obligations"},
    "TCT_TVHSSC": {"17": "dossier"},
}
#: MA_KETQUA by state, per message kind.
_NOTICES = {
    State.NOT_FOUND: "02",
    State.WORKING: "01",
    State.DETERMINED: "00",
    State.FULFILLED: "00",
    State.NOTHING_DUE: "03",
    State.RETURNED: "04",
    State.REPLACED: "06",
}
_DOSSIER = _NOTICES | {
    State.WORKING: "00",
    State.DETERMINED: "03",
    State.FULFILLED: "05",
    State.NOTHING_DUE: "05",
}
_TAX_CODE_WEIGHTS = (31, 29, 23, 19, 17, 13, 7, 5, 3)


class Office(Protocol):
    """What the server lends to a mock."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """Keys, certificates and limits of this office."""

    def now(self) -> datetime:
        """The time, aware; it may be a virtual one."""

    def worked(self, number: str, begun: datetime, hours: float) -> datetime:
        """When people have done it; in so many hours, 24 of them a day's work."""

    def scenario(self, number: str) -> Mapping[str, Any]:
        """What this office does with that dossier; empty: the usual."""

    def shows(
        self,
        title: str,
        kept: Callable[[], Mapping[Any, object]],
        words: Mapping[str, str] | None = None,
    ) -> None:
        """Lend a register to the pages; ``words``: its fields, for people."""

    def arrived(self, kind: str, number: str, **facts: str | int | bool) -> None:
        """Book a message, whatever it was worth."""

    def effect(self, kind: str, number: str, **facts: str | int | bool) -> None:
        """Book what really changed here."""


class Request(Protocol):
    """An HTTP request as the server hands it over."""

    @property
    def params(self) -> Mapping[str, str]:
        """Parameters of the path."""

    @property
    def query(self) -> Mapping[str, str]:
        """Parameters of the query."""

    @property
    def body(self) -> bytes:
        """The exact bytes."""


Handler = Callable[[Request], Awaitable[Reply]]


@dataclass(slots=True)
class Counter:
    """Where messages are checked, put on file and answered."""

    office: Office
    schemas: Schemas
    signer: Signer
    issuers: tuple[Certificate, ...]
    askers: tuple[Certificate, ...]
    desk: Desk = field(default_factory=Desk)
    _answered: int = 0
    _asked_at: dict[tuple[str, Numbers], datetime] = field(default_factory=dict)
    _forced: dict[str, int] = field(default_factory=dict)
    _limits: CallLimits = field(default_factory=CallLimits)

    @classmethod
    def open(cls, office: Office) -> Counter:
        """Read keys, certificates and schemas."""
        settings = office.settings
        usual = Path(__file__).resolve().parents[3] / "schemas/agencies/tax"
        return cls(
            office,
            Schemas.load(Path(settings.get("schemas", usual))),
            Signer.load(settings["signing_key"], settings["signing_certificate"]),
            load_all(settings["issuer_certificates"]),
            load_all(settings["gateway_certificate"]),
        )

    async def show_wsdl(self, request: Request) -> Reply:
        """The interface for tools that ask with ``?wsdl``."""
        if not any(name.lower() == "wsdl" for name in request.query):
            return 405, "text/plain; charset=utf-8", b""
        return 200, XML, (self.schemas.folder / "tct.wsdl").read_bytes()

    async def show_schema(self, request: Request) -> Reply:
        """The schemas that the WSDL names."""
        name = request.params["name"]
        if name not in SCHEMA_FILES:
            return 404, "text/plain; charset=utf-8", b""
        return 200, XML, (self.schemas.folder / name).read_bytes()

    async def receive(self, request: Request) -> Reply:
        """GuiThongDiep: every message that can be read gets a signed answer."""
        try:
            call = read_call(request.body, self.schemas)
        except FaultyEnvelope as fault:
            self.office.arrived("unknown", "", error="envelope")
            return 500, XML, write_fault(str(fault))
        facts, answer = await self._let_in(call)
        self._answered += 1
        now = self.office.now()
        root = write_answer(
            call, facts, answer, now=now, serial=self._answered, schemas=self.schemas
        )
        return 200, XML, write_reply(call.id, self.signer.sign(root), now)

    async def _let_in(self, call: Call) -> tuple[Facts, Answer]:
        """A call whose sender is known finds room, or is refused."""
        kind, number = _glance_inside(call.content)
        works_s = float(self.office.scenario(number).get("works_s", 0))
        try:
            self._check_seal(call)
            async with self._limits.call_of(call.sender, self.office.now(), works_s):
                return self._handle(call, self._believed(call))
        except (Refused, TooManyCalls) as error:
            refused = error if isinstance(error, Refused) else Refused("91")
            self.office.arrived(kind, number, error=refused.code, id=call.id)
            return Facts(), Answer(refused.code, refused.note)

    def _handle(self, call: Call, row: _Element) -> tuple[Facts, Answer]:
        facts = _facts_of(row)
        kind = TYPES[call.code][facts.msg_type]
        booked = {"so_phieu": facts.numbers.so_phieu, "id": call.id}
        try:
            if call.code == "TCT_GPC":
                self._check_slip(row, facts)
            else:
                self._check_enquiry(row, facts)
        except Refused as refused:
            self.office.arrived(kind, facts.numbers.ma_hs, **booked, error=refused.code)
            return facts, Answer(refused.code, refused.note)
        self.office.arrived(kind, facts.numbers.ma_hs, **booked)
        if call.code == "TCT_GPC":
            return facts, self._take(kind, row, facts)
        return facts, self._tell(call.code, row, facts)

    def _check_seal(self, call: Call) -> None:
        """Who sends it, and to whom."""
        settings = self.office.settings
        if "senders" in settings and call.sender not in settings["senders"]:
            raise Refused("08")
        if "ma_cqt" in settings and call.receiver != settings["ma_cqt"]:
            raise Refused("07")
        check_seal(call.seal, call.content, self.askers, self.office.now())

    def _believed(self, call: Call) -> _Element:
        """The signed ROW of a call that passes every check of the road."""
        root = parse(call.content)
        find_signature(root)
        self.schemas.check(root, "DATA")
        trusted = self.issuers if call.code == "TCT_GPC" else self.askers
        row = signed_row(root, trusted, self.office.now())
        block = "TT_CHUNG" if call.code == "TCT_GPC" else "TRUY_VAN"
        fits = text_of(row, "SYSTEM_INFO/MSG_TYPE") in TYPES[call.code]
        if not fits or row.find(tag(block)) is None:
            raise Refused("06")
        return row

    # ---- slips

    def _check_slip(self, row: _Element, facts: Facts) -> None:
        """What the office looks at by itself, beyond the schema."""
        self._refuse_if_told(facts)
        check_content(row, self.office.now())

    def _refuse_if_told(self, facts: Facts) -> None:
        """The scenario's ``slip_error``, for the first ``slip_error_times`` slips."""
        number = facts.numbers.ma_hs
        scenario = self.office.scenario(number)
        code = str(scenario.get("slip_error", ""))
        told = self._forced.get(number, 0)
        if code and told < int(scenario.get("slip_error_times", 1_000_000)):
            self._forced[number] = told + 1
            raise Refused(code)

    def _take(self, kind: str, row: _Element, facts: Facts) -> Answer:
        numbers, now = facts.numbers, self.office.now()
        scenario = self.office.scenario(numbers.ma_hs)
        hours = float(scenario.get("notices_after_h", USUAL_HOURS))
        self.desk.take(
            numbers,
            msg_type=facts.msg_type,
            seq_id=facts.seq_id,
            replaces=text_of(row, "SYSTEM_INFO/SEQ_REFID"),
            at=now,
            decided_at=self.office.worked(numbers.ma_hs, now, hours),
            scenario=scenario,
        )
        self.office.effect(kind, numbers.ma_hs, so_phieu=numbers.so_phieu)
        return Answer("0")

    # ---- enquiries

    def _check_enquiry(self, row: _Element, facts: Facts) -> None:
        if facts.msg_type == "15" and not text_of(row, "TRUY_VAN/SO_QUYET_DINH"):
            raise Refused("30", "TRUY_VAN/SO_QUYET_DINH")
        least = float(self.office.settings.get("min_poll_s", 0))
        if least <= 0:
            return
        key, now = (facts.msg_type, facts.numbers), self.office.now()
        before = self._asked_at.get(key)
        if before is not None and (now - before).total_seconds() < least:
            raise Refused("91")
        self._asked_at[key] = now

    def _tell(self, code: str, row: _Element, facts: Facts) -> Answer:
        now, numbers = self.office.now(), facts.numbers
        state, files = self.desk.state(numbers, now), self.desk.files(numbers)
        reason = files[0].reason if state is State.RETURNED else ""
        if code == "TCT_TVHSSC":
            return Answer("0", result=_DOSSIER[state], reason=reason, files=files)
        result = Answer("0", result=_NOTICES[state], reason=reason)
        is_decided = state in {State.DETERMINED, State.FULFILLED, State.NOTHING_DUE}
        if not is_decided:
            return result
        if code == "TCT_TVNVTC":
            own = str(self.office.settings.get("ma_cqt", "TCT"))
            return Answer(
                "0", result=result.result, totals=totals_of(files[0], now), office=own
            )
        if state is State.NOTHING_DUE:
            return result
        return _notices(result, files[0], text_of(row, "TRUY_VAN/SO_QUYET_DINH"))


def _notices(result: Answer, file: File, wanted: str) -> Answer:
    found = tuple(n for n in notices_of(file) if wanted in {"", n.number})
    return replace(result, notices=found) if found else replace(result, result="05")


def _facts_of(row: _Element) -> Facts:
    block = "TT_CHUNG" if row.find(tag("TT_CHUNG")) is not None else "TRUY_VAN"
    numbers = Numbers(
        text_of(row, f"{block}/MA_HS"),
        text_of(row, f"{block}/MA_GCN"),
        text_of(row, f"{block}/SO_PHIEU"),
    )
    return Facts(
        text_of(row, "SYSTEM_INFO/MSG_TYPE"),
        text_of(row, "SYSTEM_INFO/SEQ_ID"),
        numbers,
    )


def check_content(row: _Element, now: datetime) -> None:
    """What tax looks at in a slip beyond its schema; ``Refused`` 20 to 27."""
    if not _has_real_date(text_of(row, "TT_CHUNG/MA_HS")):
        raise Refused("20", "TT_CHUNG/MA_HS")
    today = now.astimezone(VIETNAM).date().isoformat()
    if text_of(row, "TT_CHUNG/NGAY_DUYET") > today:
        raise Refused("23", "TT_CHUNG/NGAY_DUYET")
    for index, person in enumerate(row.findall(tag("TT_NSD")), start=1):
        if not _may_be_tax_code(text_of(person, "MST")):
            raise Refused("24", f"TT_NSD[{index}]/MST")
    for index, parcel in enumerate(row.findall(tag("TT_THUADAT")), start=1):
        if float(text_of(parcel, "DIEN_TICH")) == 0:
            raise Refused("25", f"TT_THUADAT[{index}]/DIEN_TICH")
    is_transfer = text_of(row, "TT_CHUNG/LOAI_DENGHI") == "02"
    if is_transfer and row.find(tag("TT_CHUYENNHUONG")) is None:
        raise Refused("26", "TT_CHUYENNHUONG")
    kinds = [text_of(one, "LOAI_NVTC") for one in row.findall(tag("TT_MIENGIAM"))]
    if len(kinds) != len(set(kinds)):
        raise Refused("27", "TT_MIENGIAM/LOAI_NVTC")


def _has_real_date(ma_hs: str) -> bool:
    """Whether the yyMMdd part of a dossier code, where it has one, is a day."""
    found = re.search(r"-(\d{6})-\d{4,7}$", ma_hs)
    if not found:
        return True
    try:
        datetime.strptime(found[1], "%y%m%d").replace(tzinfo=VIETNAM)
    except ValueError:
        return False
    return True


def _may_be_tax_code(mst: str) -> bool:
    """Check digit of a ten-digit tax code; twelve digits are a personal number."""
    digits = mst.partition("-")[0]
    if len(digits) != 10:
        return True
    total = sum(w * int(d) for w, d in zip(_TAX_CODE_WEIGHTS, digits, strict=False))
    return 10 - total % 11 == int(digits[9])


def glance(request: Request) -> tuple[str, str]:
    """Kind and MA_HS of a message, neither verified."""
    found = re.search(rb"<(?:[\w.-]+:)?NoiDung>([A-Za-z0-9+/=\s]+)<", request.body)
    if not found:
        return "unknown", ""
    try:
        return _glance_inside(base64.b64decode(found[1]))
    except ValueError:
        return "unknown", ""


def _glance_inside(content: bytes) -> tuple[str, str]:
    """Kind and MA_HS of a document that may be wrong in every way."""
    kinds = {number: kind for types in TYPES.values() for number, kind in types.items()}
    kind = re.search(rb"<(?:[\w.-]+:)?MSG_TYPE>(\d\d)<", content)
    number = re.search(rb"<(?:[\w.-]+:)?MA_HS>([^<]{1,50})<", content)
    return (
        kinds.get(kind[1].decode(), "unknown") if kind else "unknown",
        number[1].decode("utf-8", "replace").strip() if number else "",
    )
