"""What a dossier's counter should look at once more; none of it stops the dossier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.domain.numbers.identified import Identified, Kind
from gateway.domain.numbers.land import certificate_serial
from gateway.domain.numbers.people import personal_number, phone_number
from gateway.domain.numbers.tax import tax_code
from gateway.domain.numbers.utilities import electricity_customer, water_customer
from gateway.domain.numbers.warnings import WARNINGS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gateway.domain.letters import Reading

TEXT_CONVERTED = "text_converted"
TEXT_UNCLEAR = "text_unclear"
#: What the sender says a number is → what it may turn out to be.
_FITTING = {
    "cccd": {Kind.CCCD},
    "cmnd": {Kind.CMND},
    "passport": {Kind.PASSPORT},
    "tax_code": {Kind.TAX_CODE, Kind.BRANCH_TAX_CODE, Kind.CCCD},
    "business_code": {Kind.TAX_CODE, Kind.BRANCH_TAX_CODE, Kind.CCCD},
}
_OF_BUSINESSES = frozenset({"tax_code", "business_code"})


_PLACES = {
    "applicant": "Người nộp hồ sơ",
    "owners": "Người đứng tên",
    "certificate": "Giấy chứng nhận",
    "documents": "Giấy tờ",
    "parcels": "Thửa đất",
    "area": "Địa bàn",
    "electricity": "Yêu cầu về điện",
    "water": "Yêu cầu về nước",
    "customer_code": "mã khách hàng",
    "customer_number": "mã khách hàng (danh bộ)",
    "transfer": "Việc chuyển quyền",
    "exemption": "Miễn, giảm",
    "notes": "Ghi chú",
    "files": "tệp",
    "name": "tên",
    "identity": "giấy tờ tùy thân",
    "number": "số",
    "kind": "loại",
    "phone": "điện thoại",
    "address": "địa chỉ",
    "serial": "số phát hành",
    "issued_by": "nơi cấp",
    "notary": "nơi công chứng, chứng thực",
    "note": "ghi chú",
    "reason": "lý do",
    "content": "nội dung",
    "case": "trường hợp của thủ tục",
    "receiver": "người tiếp nhận ở hệ thống đất đai",
    "encoding": "bảng mã của chữ",
    "registration": "Việc đăng ký hộ tịch",
    "birth": "khai sinh",
    "death": "khai tử",
    "commune": "mã xã",
    "as_of": "ngày mã xã có hiệu lực",
    "issued_on": "ngày cấp",
    "price": "giá (đồng)",
    "contract_number": "số hợp đồng, văn bản",
    "contract_on": "ngày hợp đồng, văn bản",
    "phases": "số pha",
    "household": "dùng cho sinh hoạt",
    "power_kw": "công suất (kW)",
    "customer": "khách hàng",
    "authorised": "người được ủy quyền",
    "house_number": "số nhà",
    "street": "đường, phố",
    "location": "vĩ độ, kinh độ",
    "request": "nội dung yêu cầu",
    "stops_on": "ngày đầu ngừng cấp điện",
    "stops_until": "ngày cuối ngừng cấp điện",
    "copies": "số bản sao",
    "relation": "quan hệ với người được đăng ký",
    "identity_checked": "giấy tờ đã đối chiếu",
    "child": "trẻ được khai sinh",
    "mother": "mẹ",
    "father": "cha",
    "sex": "giới tính",
    "born_on": "ngày sinh",
    "born_on_words": "ngày sinh bằng chữ",
    "birth_place": "nơi sinh",
    "native_place": "quê quán",
    "ethnicity": "mã dân tộc",
    "nationality": "mã quốc tịch",
    "deceased": "người chết",
    "died_on": "ngày chết",
    "died_at": "giờ phút chết",
    "place": "nơi chết",
    "cause": "nguyên nhân chết",
    "notice": "giấy báo tử",
    "residence": "nơi cư trú cuối cùng",
    "code": "mã giấy báo tử điện tử",
    "email": "thư điện tử",
    "province": "mã tỉnh",
    "district": "mã huyện",
    "detail": "số nhà, đường, thôn",
    "sheet": "số tờ bản đồ",
    "area_m2": "diện tích (m²)",
    "originals": "số bản chính",
}


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing to look at; it names the place and never the value."""

    path: str
    code: str

    def told(self) -> dict[str, str]:
        """The remark for people and programs."""
        doubt = WARNINGS[self.code]
        return {
            "path": self.path,
            "place": place_words(self.path),
            "code": self.code,
            "reason": doubt.reason,
            "remedy": doubt.remedy,
        }


def place_words(path: str) -> str:
    """A place of a document for people: ``/owners/0/phone`` → Người đứng tên 1, điện thoại."""
    words: list[str] = []
    for step in path.split("/")[1:]:
        if step.isdigit() and words:
            words[-1] += f" {int(step) + 1}"
        elif step == "birth" and words:
            # Of a person it is a day; as a part of its own, a registration.
            words.append("ngày hoặc năm sinh")
        else:
            words.append(_PLACES.get(step, step))
    return ", ".join(words) or "Toàn bộ hồ sơ"


def remarks(
    document: Mapping[str, Any], *, converted: bool = False
) -> tuple[Remark, ...]:
    """What is odd in a checked document, in its order.

    ``converted``: its text was turned into Unicode when it came.
    """
    found = [Remark("", TEXT_CONVERTED)] if converted else []
    people = [("/applicant", document.get("applicant") or {})]
    people += [
        (f"/owners/{i}", one) for i, one in enumerate(document.get("owners", ()))
    ]
    for path, person in people:
        found += _of_person(path, person)
    serial = (document.get("certificate") or {}).get("serial")
    if serial:
        found += _of("/certificate/serial", certificate_serial(serial))
    code = (document.get("electricity") or {}).get("customer_code")
    if code:
        found += _of("/electricity/customer_code", electricity_customer(code))
    number = (document.get("water") or {}).get("customer_number")
    if number:
        found += _of("/water/customer_number", water_customer(number))
    return tuple(found)


def act_remarks(reading: Reading) -> tuple[Remark, ...]:
    """What is odd in the words of a later act; its numbers are the dossier's."""
    turned = [Remark(path, TEXT_CONVERTED) for path in reading.received or ()]
    return (*turned, *(Remark(path, TEXT_UNCLEAR) for path in reading.doubts))


def _of(path: str, number: Identified) -> Iterator[Remark]:
    return (Remark(path, code) for code in number.warnings)


def _of_person(path: str, person: Mapping[str, Any]) -> Iterator[Remark]:
    identity = person.get("identity")
    if identity:
        yield from _of_identity(f"{path}/identity", identity, person)
    if person.get("phone"):
        yield from _of(f"{path}/phone", phone_number(person["phone"]))


def _of_identity(
    path: str, identity: Mapping[str, Any], person: Mapping[str, Any]
) -> Iterator[Remark]:
    kind, number = str(identity.get("kind", "")), str(identity["number"])
    if kind == "other":
        return
    birth = str(person.get("birth", ""))
    if kind in _OF_BUSINESSES:
        read = tax_code(number)
    else:
        read = personal_number(number, birth_year=int(birth[:4]) if birth else None)
    yield from _of(f"{path}/number", read)
    fitting = _FITTING.get(kind)
    if fitting and not read.warnings and read.kind not in fitting:
        yield Remark(f"{path}/kind", "identity_kind_differs")
