"""What a commune's code was and became, from a configuration folder or the national list."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from gateway.areas import national
from gateway.routing.area import came_from, resolve, suggest
from gateway.routing.communes import read_areas
from gateway.wiring.files import read_areas_of

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.routing.communes import Areas, Unit

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Known:
    """A list of communes, and what else is known of the older ones."""

    areas: Areas
    districts: dict[str, str]
    doubtful: frozenset[str]

    def brief(self, unit: Unit) -> dict[str, Any]:
        """Code and name, and where it lies."""
        first = unit.since if unit.since > date.min else None
        named = [
            one.name
            for one in self.areas.provinces.get(unit.province, ())
            if one.holds_on(unit.until or unit.since)
        ]
        return {
            "code": unit.code,
            "name": unit.name,
            "district": self.districts.get(unit.code, "") if unit.until else "",
            "province": unit.province,
            "province_name": named[0] if named else "",
            "from": first.isoformat() if first else None,
            "to": unit.until.isoformat() if unit.until else None,
        }


def described(code: str, on: date | None, today: date, folder: Path) -> dict[str, Any]:
    """Every meaning of a code, or the one of a day, with what became of it.

    Raises:
        ValueError: no list has the code, or it meant nothing on that day.
    """
    code = code.strip()
    known = _with(code, folder)
    units = known.areas.communes.get(code, ())
    if not units:
        raise ValueError(f"Danh mục không có xã mã {code}.")
    meant = [unit for unit in units if on is None or unit.holds_on(on)]
    if not meant:
        raise ValueError(f"Ngày {on:%d/%m/%Y} không có xã nào mang mã {code}.")
    return {
        "code": code,
        "reused": len({unit.name for unit in units}) > 1,
        "meanings": [_meaning(known, unit, today) for unit in meant],
    }


def suggested(name: str, province: str, on: date, folder: Path) -> list[dict[str, Any]]:
    """Communes of a province of a day whose names are alike; for a person to choose.

    Raises:
        ValueError: no list has such a province on that day.
    """
    province = province.strip()
    known = _Known(read_areas_of(folder), {}, frozenset())
    if not any(unit.province == province for unit in known.areas.units()):
        known = _national()
    inside = [unit for unit in known.areas.units() if unit.province == province]
    if not any(unit.holds_on(on) for unit in inside):
        message = (
            f"Ngày {on:%d/%m/%Y} không có tỉnh mã «{province}»: ghi mã hai chữ số theo"
            " danh mục của ngày đó, ví dụ 96; sắp xếp ngày 01/07/2025 đã đổi mã."
        )
        raise ValueError(message)
    return [known.brief(unit) for unit in suggest(inside, name, on)]


def _meaning(known: _Known, unit: Unit, today: date) -> dict[str, Any]:
    areas, code = known.areas, unit.code
    became = resolve(areas, code, unit.until, today).codes if unit.until else ()
    parts: tuple[Unit, ...] = ()
    if unit.since > date.min:
        parts = came_from(areas, code, unit.since, unit.since - _DAY)
    present = [found for one in became if (found := areas.on(one, today))]
    return {
        **known.brief(unit),
        "became": [known.brief(one) for one in present],
        "came_from": [known.brief(one) for one in parts],
        "doubtful": bool(unit.until) and code in known.doubtful,
    }


def _with(code: str, folder: Path) -> _Known:
    """The folder's own list where it has the code: a province may have mended it."""
    own, known = read_areas_of(folder), _national()
    return replace(known, areas=own) if code in own.communes else known


def _national() -> _Known:
    shipped = national.shipped()
    return _Known(
        areas=read_areas({"national": {"list": shipped.all_rows()}}),
        districts={one.code: one.district_name for one in shipped.formers()},
        doubtful=frozenset(shipped.doubtful),
    )
