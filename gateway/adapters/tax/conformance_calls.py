"""Slips, enquiries and calls to a tax office, and what its answers say, by its document."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from lxml.etree import _Element

from gateway.adapters.tax.conformance_xml import (
    PROFILE,
    VIETNAM,
    Pair,
    Signing,
    Tree,
    all_at,
    data,
    pair_of,
    parsed,
    seal,
    signed,
    text_at,
)
from gateway.conforming import Answer, NotTried, Trial

PATH = "/tct/GuiThongDiep"
NAMESPACE = "urn:vn:lienthong:tct:1"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
HEADERS = {"Content-Type": "text/xml; charset=utf-8"}
SLIP, NOTICES, TOTALS, FILE = "TCT_GPC", "TCT_TVTBT", "TCT_TVNVTC", "TCT_TVHSSC"
#: MSG_TYPE of the enquiries that a test asks (§7).
KINDS = {NOTICES: "14", TOTALS: "16", FILE: "17"}
#: ERROR_CODEs of a slip that is on file (§8.1).
TAKEN = {"0", "10"}
#: Between two enquiries of one kind about one slip (§9).
LEAST_POLL_S = 900
SENDER_UNKNOWN = "BO-THU-CHUA-DANG-KY"


@dataclass(frozen=True, slots=True)
class Numbers:
    """The triple by which everything is tied (§5), and the slip's own number."""

    dossier: str
    certificate: str
    slip: str
    seq: str

    @property
    def triple(self) -> tuple[str, str, str]:
        """As answers repeat it."""
        return self.dossier, self.certificate, self.slip


@dataclass(frozen=True, slots=True)
class Told:
    """An answer; ``row``: of the document inside, whether its signature holds or not."""

    answer: Answer
    identifier: str
    #: of the call
    reply: _Element | None = None
    #: GuiThongDiepResponse
    document: bytes = b""
    root: _Element | None = None
    seq: str = ""
    #: SEQ_ID of an enquiry

    def text(self, path: str) -> str:
        """Of the ROW, at a path of names."""
        return text_at(self.root, path)

    def told(self, name: str) -> str:
        """Of TRA_LOI."""
        return self.text(f"TRA_LOI/{name}")

    @property
    def error(self) -> str:
        """ERROR_CODE, of HTTP 200 alone."""
        return self.told("ERROR_CODE") if self.answer.status == 200 else ""

    @property
    def result(self) -> str:
        """MA_KETQUA of an enquiry that was taken."""
        return self.told("MA_KETQUA") if self.error == "0" else ""

    @property
    def shown(self) -> str:
        """What came, in words without values."""
        if self.answer.status != 200:
            return f"trả lời HTTP {self.answer.status}"
        if self.root is None:
            return "HTTP 200 không có tài liệu trả lời đọc được"
        result = f", MA_KETQUA {self.result}" if self.result else ""
        return f"trả ERROR_CODE {self.error or '(trống)'}{result}"

    @property
    def triple(self) -> tuple[str, str, str]:
        """As it was repeated."""
        return self.told("MA_HS"), self.told("MA_GCN"), self.told("SO_PHIEU")

    def rows(self, path: str) -> list[_Element]:
        """Elements of TRA_LOI."""
        return [] if self.root is None else all_at(self.root, f"TRA_LOI/{path}")


def numbers(t: Trial, act: str = "", *, certificate: str = "TH 000001") -> Numbers:
    """Those of a slip that nobody has sent."""
    identifier = t.identifier()
    return Numbers(t.number(act), certificate, f"PC/{identifier}", identifier)


def system(kind: str, seq: str, refers: str = "") -> tuple[str, Tree]:
    """SYSTEM_INFO (§5)."""
    rows = [("MSG_TYPE", kind), ("SEQ_ID", seq), ("SEQ_REFID", refers)]
    return "SYSTEM_INFO", [*rows, ("ERROR_NOTE", "")]


def slip(
    t: Trial, of: Numbers, kind: str = "10", refers: str = "", asks: str = "02"
) -> _Element:
    """A slip with what has to be there and nothing else (§6)."""
    dossier, certificate, number = of.triple
    tree: list[tuple[str, Any]] = [
        system(kind, of.seq, refers),
        (
            "TT_CHUNG",
            [
                ("MA_HS", dossier),
                ("MA_GCN", certificate),
                ("SO_PHIEU", number),
                ("NGAY_DUYET", f"{t.now().astimezone(VIETNAM):%Y-%m-%d}"),
                ("NGUOI_DUYET", "Lê Thị Duyệt Thử"),
                ("LOAI_DENGHI", asks),
                ("LOAI_HOSO", "1"),
                ("DK_GHINO_NVTC", "0"),
            ],
        ),
        ("TT_NSD", person("2", "Nguyễn Văn Thử")),
        ("TT_THUADAT", parcel(t)),
    ]
    if asks == "02":
        tree.append(("TT_CHUYENNHUONG", [("HINH_THUC", "1")]))
    return data(NAMESPACE, f"R-{of.seq}", tree)


def person(role: str, name: str, more: Tree = ()) -> Tree:
    """A user of the land."""
    return [("VAI_TRO", role), ("LOAI_NSD", "1"), ("HO_TEN", name), *more]


def parcel(t: Trial, area: str = "120.5") -> Tree:
    """A parcel."""
    return [("SO_THUA", "123"), ("MA_XA", t.code("commune")), ("DIEN_TICH", area)]


def enquiry(
    t: Trial,
    code: str,
    triple: tuple[str, str, str],
    *,
    kind: str = "",
    notice: str = "",
) -> _Element:
    """An enquiry about a slip (§7)."""
    seq = t.identifier()
    dossier, certificate, number = triple
    asked = [("MA_HS", dossier), ("MA_GCN", certificate), ("SO_PHIEU", number)]
    if notice:
        asked.append(("SO_QUYET_DINH", notice))
    asked.append(("NGAY_TRUYVAN", f"{t.now().astimezone(VIETNAM):%Y-%m-%d %H:%M:%S}"))
    row = [system(kind or KINDS[code], seq), ("TRUY_VAN", asked)]
    return data(NAMESPACE, f"R-{seq}", row)


def by(t: Trial, code: str) -> Pair:
    """Who signs a kind of message (§3)."""
    return pair_of(t, "issuer" if code == SLIP else "sender")


def sign(t: Trial, code: str, root: _Element, how: Signing = PROFILE) -> bytes:
    """A document by whoever may sign it."""
    return signed(root, by(t, code).key, how)


def call(t: Trial, code: str, document: bytes, **other: str) -> dict[str, str]:
    """Elements of GuiThongDiep (§2.1); ``other``: in place of some."""
    return {
        "MaDonViGui": t.code("sender"),
        "MaDonViNhan": t.code("receiver"),
        "IdThongDiep": t.identifier(),
        "ThoiGian": t.now().astimezone(VIETNAM).isoformat(timespec="seconds"),
        "MaThongDiep": code,
        "NoiDung": base64.b64encode(document).decode(),
        "DauChuyen": seal(document, pair_of(t, "sender")),
        **other,
    }


def envelope(elements: Mapping[str, str]) -> bytes:
    """A SOAP call of these elements, in this order."""
    inside = "".join(f"<{name}>{value}</{name}>" for name, value in elements.items())
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e="{SOAP}"><e:Body>'
        f'<GuiThongDiep xmlns="{NAMESPACE}">{inside}</GuiThongDiep></e:Body></e:Envelope>'
    ).encode()


async def post(
    t: Trial, body: bytes, headers: Mapping[str, str] = HEADERS, path: str = PATH
) -> Answer:
    """One call, not sooner than §9 lets."""
    await t.quiet(lambda _call: False, "nhịp gọi", limit="gap_s")
    return await t.post(path, body, headers=headers)


async def say(t: Trial, code: str, document: bytes, **other: str) -> Told:
    """One call with a signed document, and its answer."""
    elements = call(t, code, document, **other)
    told = read(await post(t, envelope(elements)), elements["IdThongDiep"])
    return remember(t, told, document) if code == SLIP else told


def read(answer: Answer, identifier: str) -> Told:
    """What an answer holds."""
    outside = parsed(answer.body)
    reply = (
        None
        if outside is None
        else outside.find(f"{{{SOAP}}}Body/{{*}}GuiThongDiepResponse")
    )
    if reply is None:
        return Told(answer, identifier)
    encoded = "".join((reply.findtext("{*}NoiDung") or "").split())
    try:
        document = base64.b64decode(encoded, validate=True)
    except ValueError:
        return Told(answer, identifier, reply)
    return Told(answer, identifier, reply, document, parsed(document))


async def ask(
    t: Trial,
    code: str,
    triple: tuple[str, str, str],
    *,
    kind: str = "",
    notice: str = "",
) -> Told:
    """One enquiry."""
    root = enquiry(t, code, triple, kind=kind, notice=notice)
    told = await say(t, code, sign(t, code, root))
    return replace(told, seq=text_at(root, "SYSTEM_INFO/SEQ_ID"))


async def until_asked_again(t: Trial) -> None:
    """Let so much time pass that the same may be asked once more (§9).

    Raises:
        NotTried: the preset lets it pass too soon.
    """
    if t.seconds("poll_s") < LEAST_POLL_S:
        raise NotTried("times.poll_s ngắn hơn 15 phút: không hỏi lại được")
    await t.quiet(lambda _call: False, "hỏi lại", limit="poll_s")


async def taken(t: Trial, root: _Element) -> Told:
    """A slip that has to be taken for a test to go on.

    Raises:
        NotTried: it was not.
    """
    told = await say(t, SLIP, sign(t, SLIP, root))
    if told.error != "0":
        raise NotTried(f"phiếu dùng để thử không được nhận ({told.shown})")
    return told


async def on_file(t: Trial, act: str = "") -> Numbers:
    """A plain new slip that tax has."""
    of = numbers(t, act)
    await taken(t, slip(t, of))
    return of


def refused(t: Trial, number: str, told: Told, code: str, what: str) -> bool:
    """Whether a call was refused with a code."""
    why = f"{what}: phải trả ERROR_CODE {code}, nhưng {told.shown}"
    return t.holds(number, told.error == code, why)


def resulted(t: Trial, number: str, told: Told, result: str, what: str) -> bool:
    """Whether an enquiry was taken, with a result."""
    why = f"{what}: phải trả ERROR_CODE 0, MA_KETQUA {result}, nhưng {told.shown}"
    return t.holds(number, told.result == result, why)


def remember(t: Trial, told: Told, document: bytes) -> Told:
    """Keep in mind which slips tax has taken, whether it should have or not."""
    if told.error in TAKEN:
        t.memory.setdefault("taken", []).append(document)
    return told


async def not_filed(t: Trial, number: str, of: Numbers, what: str) -> None:
    """Whether tax knows nothing of a slip that it refused.

    One that it took was told already, by the requirement about what is wrong with it.
    """
    names = (of.dossier.encode(), of.dossier.encode("utf-16-le"))
    if any(name in one for one in t.memory.get("taken", ()) for name in names):
        return
    told = await ask(t, FILE, of.triple)
    if told.error != "0":
        raise NotTried(f"không hỏi được số phận của phiếu ({told.shown})")
    why = f"{what}: bị từ chối nhưng vẫn có trong hồ sơ"
    t.holds(number, told.result == "02", why)
