"""What pages of offices say of roads, grades and steps, in the language of the request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.console.language import later, say
from gateway.ports.ways import Road

if TYPE_CHECKING:
    from gateway.ports.ways import WayTold

ROADS = {
    Road.DIRECT: later("gọi thẳng hệ thống của đơn vị"),
    Road.PLATFORM: later("qua nền tảng chia sẻ dữ liệu"),
    Road.SFTP: later("tệp trên máy chủ SFTP"),
    Road.FOLDER: later("tệp trong thư mục trao đổi"),
    Road.FETCHED: later("hệ thống của đơn vị đến lấy"),
    Road.LIST: later("cán bộ làm theo danh sách trên trang"),
    Road.NONE: later("khai báo chưa đủ"),
}
GRADES = {
    "unchecked": later("chưa thử"),
    "fails": later("không đạt"),
    "speaks": later("nói được"),
    "survives": later("chịu được lỗi"),
    "proven": later("đã chứng minh"),
}


def road(way: WayTold) -> str:
    """How an office is reached: the kind of road, the platform and the host alone."""
    told = say(ROADS[way.road])
    more = [part for part in (way.platform, way.host) if part]
    return f"{told}: {', '.join(more)}" if more else told


def grade(code: str) -> str:
    """How far an interface is proved."""
    return say(GRADES[code]) if code in GRADES else code
