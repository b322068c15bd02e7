"""What a prefilled slip says of land and people, each fact with the words for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from gateway.domain.paper_marks import MAY_LACK


@dataclass(frozen=True, slots=True)
class Holder:
    """Who uses the land or owns what stands on it, by the dossier."""

    name: Annotated[str, "họ tên hoặc tên tổ chức"]
    address: Annotated[str, "địa chỉ của người sử dụng đất"]
    identity: Annotated[str, "mã số thuế hoặc số giấy tờ"]
    identity_kind: Annotated[str, "loại của số ấy", MAY_LACK]
    birth: Annotated[str, "ngày hoặc năm sinh (cá nhân)"]


@dataclass(frozen=True, slots=True)
class Plot:
    """One parcel; origin, purpose and term of its use no dossier holds."""

    number: Annotated[str, "số thửa"]
    sheet: Annotated[str, "số tờ bản đồ"]
    address: Annotated[str, "địa chỉ thửa đất"]
    commune: Annotated[str, "xã, phường của thửa đất"]
    area_m2: Annotated[str, "diện tích (m²)"]


@dataclass(frozen=True, slots=True)
class Certificate:
    """The certificate that the land has already."""

    serial: Annotated[str, "số phát hành Giấy chứng nhận"]
    number: Annotated[str, "số vào sổ Giấy chứng nhận"]
    issued_on: Annotated[date | None, "ngày cấp Giấy chứng nhận"]
    issued_by: Annotated[str, "nơi cấp Giấy chứng nhận"]


@dataclass(frozen=True, slots=True)
class Conveyance:
    """The deed by which the land changes hands."""

    kind: Annotated[str, "hình thức chuyển quyền"]
    price: Annotated[str, "giá ghi trong hợp đồng"]
    contract_number: Annotated[str, "số hợp đồng, văn bản"]
    contract_on: Annotated[date | None, "ngày hợp đồng, văn bản"]
    notary: Annotated[str, "nơi công chứng, chứng thực"]


@dataclass(frozen=True, slots=True)
class Exemption:
    """What the applicant asks to be exempted from."""

    kind: Annotated[str, "đối tượng hoặc loại miễn, giảm"]
    reason: Annotated[str, "lý do, căn cứ miễn, giảm"]
