"""What a detail holds: text in text in text, and what may be wrong with each layer."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from gateway.adapters.civil_registry.mock_contract import JSON, Reply, local
from gateway.adapters.civil_registry.mock_published import Published
from gateway.adapters.civil_registry.mock_register import Application, Line

_ENTITY = (
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY v "Ví Dụ">]>'
    "<hoSoLienThong><hoTich><nksHoTen>Nguyễn Văn &v;</nksHoTen></hoTich></hoSoLienThong>"
)


def detail(
    one: Application, line: Line, published: Published, planned: Mapping[str, Any]
) -> Reply:
    """The answer to a detail, broken where the scenario says so."""
    times = int(planned.get("broken_times", one.shown))
    broken = planned.get("broken", "") if one.shown <= times else ""
    inner = _inner(one, line, published, planned)
    match broken:
        case "entity":
            inner["data"] = _ENTITY
        case "no_hotich":
            inner["data"] = "<hoSoLienThong><khac/></hoSoLienThong>"
        case "paper":
            inner["fileDinhKem"][0]["duLieuTepDinhKem"] = "%PDF không phải base64"
        case _:
            pass
    text = _compact(inner)
    if broken == "no_json":
        text = "Có lỗi khi đọc hồ sơ"
    whole = _compact({"data": text}).encode()
    return 200, JSON, whole[: len(whole) // 2] if broken == "half" else whole


def _inner(
    one: Application, line: Line, published: Published, planned: Mapping[str, Any]
) -> dict[str, Any]:
    fields = published.fields[one.module] | dict(planned.get("fields", {}))
    root = planned.get("root", "hoSoLienThong")
    held = "".join(_element(name, value) for name, value in fields.items() if value)
    if planned.get("decomposed"):
        held = unicodedata.normalize("NFD", held)
    papers = [dict(paper) for paper in published.samples[one.module]["fileDinhKem"]]
    if line.is_supplement:
        papers.append({**papers[0], "id": line.id, "tenGiayTo": "Giấy tờ bổ sung"})
    return {
        "maHoSo": one.number,
        "maDonVi": one.unit,
        "maTTHC": one.procedure,
        "module": one.module,
        "ngayTiepNhan": local(line.filed_at, "%Y-%m-%dT%H:%M:%S"),
        "data": f"<{root}><hoTich>{held}</hoTich></{root}>",
        "fileDinhKem": papers,
    }


def _element(name: str, value: str | Mapping[str, Any]) -> str:
    if isinstance(value, Mapping):
        inside = "".join(_element(key, below) for key, below in value.items())
    else:
        inside = escape(value)
    return f"<{name}>{inside}</{name}>"


def _compact(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))
