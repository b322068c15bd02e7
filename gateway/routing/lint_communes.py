"""The list of communes: what it includes, and changes that lead nowhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gateway.routing.communes import NATIONAL, Areas
from gateway.routing.finding import Finding


def included(content: Mapping[str, Any], areas: Areas) -> Iterable[Finding]:
    """An ``include`` without a list behind it, and own changes to codes without a row."""
    yield from _included(content.get("national", {}))
    for i, row in enumerate(content.get("changes", ())):
        for code in map(str, row["new"]):
            if code not in areas.communes:
                yield Finding(
                    ("changes", i, "new"),
                    f"Xã cũ {row['old']} đổi thành {code}, mà danh mục không có xã {code}",
                    "Sửa mã, hoặc thêm [[commune]] cho xã này.",
                )


def _included(said: Mapping[str, Any]) -> Iterable[Finding]:
    name, province = said.get("include"), said.get("province")
    if name is None and province is not None:
        yield Finding(
            ("national", "province"),
            "province không có tác dụng khi không ghi include",
            f'Thêm include = "{NATIONAL}", hoặc bỏ dòng này.',
        )
    elif name is not None and name != NATIONAL:
        yield Finding(
            ("national", "include"),
            f"Không có danh mục xã «{name}»",
            f'Ghi include = "{NATIONAL}".',
        )
    elif name is not None and not said.get("list", {}).get("communes"):
        what = f"không có tỉnh mã {province!r}" if province else "chưa ghi tỉnh"
        yield Finding(
            ("national", "province") if province else ("national", "include"),
            f"Danh mục quốc gia: {what}",
            'Ghi mã tỉnh hiện nay, hai chữ số trong ngoặc kép: province = "01".',
        )
