"""The fields of a registration (§5): what they are in a dossier, and how each is written.

The same names stand in the XML of DVCLT's detail and in both envelopes of BTP. Each
field has one form (§4.4): a date in another's form is a wrong field, not one to be
guessed. A value that cannot be read stays out of the dossier and is kept beside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from gateway.domain.text import nfc


class WrongForm(ValueError):
    """A value that its form does not have."""


@dataclass(frozen=True, slots=True)
class Form:
    """How a value is written there; both ways raise ``ValueError`` for what is none."""

    read: Callable[[Any], Any]
    write: Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Field:
    """``path``: of its value in the dossier; ``words``: what people call it."""

    name: str
    path: str
    form: Form
    words: str


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise WrongForm("no text")
    return nfc(value)


def _dated(pattern: str, written: str) -> Form:
    """A date with named groups; ``written``: the same for ``strftime``."""
    shape = re.compile(pattern)

    def read(value: Any) -> str:
        found = shape.fullmatch(_text(value))
        if found is None:
            raise WrongForm("another form of date")
        year, month, day = (int(found[name]) for name in ("y", "m", "d"))
        return date(year, month, day).isoformat()

    def write(value: Any) -> str:
        return date.fromisoformat(str(value)).strftime(written)

    return Form(read, write)


_PARTIAL = re.compile(r"(?:(?:(?P<d>\d{2})\.)?(?P<m>\d{2})\.)?(?P<y>[12]\d{3})")


def _read_partial(value: Any) -> str:
    """``dd.MM.yyyy``, ``MM.yyyy`` or ``yyyy``: no more is known than is written."""
    found = _PARTIAL.fullmatch(_text(value))
    if found is None:
        raise WrongForm("another form of date")
    parts = [found[name] for name in ("y", "m", "d") if found[name]]
    date(*(int(part) for part in (*parts, "1", "1")[:3]))
    return "-".join(parts)


def _write_partial(value: Any) -> str:
    parts = str(value).split("-")
    written = ".".join(reversed(parts))
    if _read_partial(written) != value:
        raise WrongForm("no date")
    return written


def _read_time(value: Any) -> str:
    text = _text(value)
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text):
        raise WrongForm("no time of day")
    return text


def _read_count(value: Any) -> int:
    text = _text(value)
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise WrongForm("no number")
    return int(text)


def _coded(codes: Mapping[str, Any]) -> Form:
    """A value of a list (§4.3); one that is not in it is none."""
    back = {value: code for code, value in codes.items()}

    def read(value: Any) -> Any:
        text = _text(value)
        if text not in codes:
            raise WrongForm("not in the list")
        return codes[text]

    def write(value: Any) -> str:
        if value not in back:
            raise WrongForm("not in the list")
        return back[value]

    return Form(read, write)


#: Part of an address (§4.2) → what a dossier calls it.
_ADDRESS = {
    "maTinh": "province",
    "maHuyen": "district",
    "maXa": "commune",
    "dcChiTiet": "detail",
}


def _read_address(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping) or value.keys() - _ADDRESS.keys():
        raise WrongForm("no address")
    parts = {_ADDRESS[name]: _text(part) for name, part in value.items()}
    found = {name: part for name, part in parts.items() if part}
    if not found:
        raise WrongForm("an empty address")
    return found


def _write_address(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise WrongForm("no address")
    # Where there is no district, its code is told to be empty (§4.2).
    return {name: str(value.get(ours, "")) for name, ours in _ADDRESS.items()}


TEXT = Form(_text, str)
DAY = _dated(r"(?P<d>\d{2})\.(?P<m>\d{2})\.(?P<y>[12]\d{3})", "%d.%m.%Y")
COMPACT = _dated(r"(?P<y>[12]\d{3})(?P<m>\d{2})(?P<d>\d{2})", "%Y%m%d")
PARTIAL = Form(_read_partial, _write_partial)
TIME = Form(_read_time, _read_time)
COUNT = Form(_read_count, str)
ADDRESS = Form(_read_address, _write_address)
FLAG = _coded({"0": False, "1": True})
SEX = _coded({"1": "male", "2": "female", "3": "undetermined"})
PAPER = _coded({"1": "cccd", "2": "cmnd", "3": "passport", "9": "other"})
REGISTRATION = _coded({"1": "new", "2": "again", "3": "foreign"})
BIRTH = _coded({"1": "usual", "2": "abandoned", "3": "father_undetermined"})
NOTICE = _coded({"1": "notice", "2": "stand_in"})


def _parent(prefix: str, ours: str, who: str) -> Iterator[Field]:
    at = f"birth.{ours}"
    yield Field(f"{prefix}HoTen", f"{at}.name", TEXT, f"họ tên {who}")
    yield Field(f"{prefix}NgaySinh", f"{at}.birth", PARTIAL, f"ngày sinh {who}")
    yield Field(f"{prefix}DanToc", f"{at}.ethnicity", TEXT, f"dân tộc {who}")
    yield Field(f"{prefix}QuocTich", f"{at}.nationality", TEXT, f"quốc tịch {who}")
    yield Field(f"{prefix}NoiCuTru", f"{at}.residence", ADDRESS, f"nơi cư trú {who}")
    yield from _identity(prefix, f"{at}.identity", who)


def _identity(prefix: str, at: str, who: str) -> Iterator[Field]:
    kind, number = f"{prefix}LoaiGiayToTuyThan", f"{prefix}SoGiayToTuyThan"
    yield Field(kind, f"{at}.kind", PAPER, f"loại giấy tờ tùy thân {who}")
    yield Field(number, f"{at}.number", TEXT, f"số giấy tờ tùy thân {who}")


def _applicant() -> Iterator[Field]:
    who, at = "người yêu cầu", "applicant"
    yield Field("nycHoTen", f"{at}.name", TEXT, f"họ tên {who}")
    yield Field("nycQuanHe", "registration.relation", TEXT, f"quan hệ {who}")
    yield from _identity("nyc", f"{at}.identity", who)
    yield Field(
        "nycNgayCapGiayToTuyThan",
        f"{at}.identity.issued_on",
        DAY,
        f"ngày cấp giấy tờ {who}",
    )
    yield Field(
        "nycNoiCapGiayToTuyThan",
        f"{at}.identity.issued_by",
        TEXT,
        f"nơi cấp giấy tờ {who}",
    )
    yield Field("nycSoDienThoai", f"{at}.phone", TEXT, f"điện thoại {who}")
    yield Field("nycEmail", f"{at}.email", TEXT, f"thư điện tử {who}")
    yield Field(
        "nycXacThucThongTin",
        "registration.identity_checked",
        FLAG,
        f"xác thực {who}",
    )


def _order() -> Iterator[Field]:
    at = "registration"
    yield Field("loaiDangKy", f"{at}.kind", REGISTRATION, "loại đăng ký")
    yield Field("noiDangKy", f"{at}.commune", TEXT, "nơi đăng ký")
    yield Field("soLuongBanSao", f"{at}.copies", COUNT, "số bản sao")


_CHILD = "birth.child"
_DEAD = "death.deceased"
#: Module of a single registration → its fields, in the order of §5.
FIELDS: Mapping[str, tuple[Field, ...]] = {
    "KS": (
        Field("nksHoTen", f"{_CHILD}.name", TEXT, "họ tên trẻ"),
        Field("nksGioiTinh", f"{_CHILD}.sex", SEX, "giới tính trẻ"),
        Field("nksNgaySinh", f"{_CHILD}.born_on", DAY, "ngày sinh trẻ"),
        Field(
            "nksNgaySinhBangChu",
            f"{_CHILD}.born_on_words",
            TEXT,
            "ngày sinh trẻ bằng chữ",
        ),
        Field("nksNoiSinh", f"{_CHILD}.birth_place", ADDRESS, "nơi sinh"),
        Field("nksQueQuan", f"{_CHILD}.native_place", ADDRESS, "quê quán"),
        Field("nksDanToc", f"{_CHILD}.ethnicity", TEXT, "dân tộc trẻ"),
        Field("nksQuocTich", f"{_CHILD}.nationality", TEXT, "quốc tịch trẻ"),
        Field("nksLoaiKhaiSinh", f"{_CHILD}.kind", BIRTH, "loại khai sinh"),
        *_parent("me", "mother", "mẹ"),
        *_parent("cha", "father", "cha"),
        *_applicant(),
        Field("maGCS", "birth.certificate.number", TEXT, "số giấy chứng sinh"),
        Field(
            "ngayCapGCS",
            "birth.certificate.issued_on",
            COMPACT,
            "ngày cấp giấy chứng sinh",
        ),
        *_order(),
    ),
    "KT": (
        Field("nktHoTen", f"{_DEAD}.name", TEXT, "họ tên người chết"),
        Field("nktGioiTinh", f"{_DEAD}.sex", SEX, "giới tính người chết"),
        Field("nktNgaySinh", f"{_DEAD}.birth", PARTIAL, "ngày sinh người chết"),
        Field("nktDanToc", f"{_DEAD}.ethnicity", TEXT, "dân tộc người chết"),
        Field("nktQuocTich", f"{_DEAD}.nationality", TEXT, "quốc tịch người chết"),
        Field("nktNoiCuTru", f"{_DEAD}.residence", ADDRESS, "nơi cư trú cuối cùng"),
        *_identity("nkt", f"{_DEAD}.identity", "người chết"),
        Field("nktNgayChet", "death.died_on", DAY, "ngày chết"),
        Field("nktGioPhutChet", "death.died_at", TIME, "giờ chết"),
        Field("nktNoiChet", "death.place", ADDRESS, "nơi chết"),
        Field("nktNguyenNhanChet", "death.cause", TEXT, "nguyên nhân chết"),
        Field("gbtLoai", "death.notice.kind", NOTICE, "loại giấy báo tử"),
        Field("maGBT", "death.notice.code", TEXT, "mã giấy báo tử"),
        Field("gbtSo", "death.notice.number", TEXT, "số giấy báo tử"),
        Field("ngayCapGBT", "death.notice.issued_on", COMPACT, "ngày cấp giấy báo tử"),
        *_applicant(),
        *_order(),
    ),
}
#: Field → what people call it.
WORDS = {f.name: f.words for fields in FIELDS.values() for f in fields}


def read(
    module: str, given: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a dossier makes of fields, and those that it cannot make anything of.

    An empty value is none.
    """
    document: dict[str, Any] = {}
    rest = {name: value for name, value in given.items() if value not in ("", {})}
    for field in FIELDS[module]:
        if field.name not in rest:
            continue
        try:
            value = field.form.read(rest[field.name])
        except ValueError:
            continue
        del rest[field.name]
        _put(document, field.path, value)
    return document, rest


def write(module: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that a dossier has, in the order of §5.

    Raises:
        ValueError: a value of the dossier has no form there; names the field.
    """
    found: dict[str, Any] = {}
    for field in FIELDS[module]:
        value = at(document, field.path)
        if value in (None, ""):
            continue
        try:
            found[field.name] = field.form.write(value)
        except ValueError:
            raise ValueError(field.name) from None
    return found


def at(document: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path; None: there is none."""
    value: Any = document
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _put(document: dict[str, Any], path: str, value: Any) -> None:
    *above, last = path.split(".")
    for name in above:
        document = document.setdefault(name, {})
    document[last] = value
