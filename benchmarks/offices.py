"""A configuration with many land offices, each competent for a commune of its own."""

from __future__ import annotations

import json
import shutil
import tomllib
from collections.abc import Mapping
from copy import deepcopy
from datetime import date, datetime
from pathlib import Path
from typing import Any

from benchmarks.processes import ROOT

#: Communes of the benchmark's offices; no such code exists.
FIRST_COMMUNE = 98_001


def office_of(index: int) -> str:
    """The office's identifier."""
    return f"land-{index:03d}"


def commune_of(index: int) -> str:
    """The commune that the office is competent for."""
    return str(FIRST_COMMUNE + index)


def many_offices(folder: Path, count: int, lane: Mapping[str, Any]) -> Path:
    """The shipped configuration with so many land offices instead of its own.

    ``lane`` replaces keys of every office's lane, the one-stop's included.
    """
    config = folder / "config"
    shutil.copytree(ROOT / "config", config)
    path = config / "agencies" / "land_registry.toml"
    land = tomllib.loads(path.read_text("utf-8"))
    model = land["office"][0]
    land["office"] += [_office(model, i) for i in range(count)]
    _write(path, _with_lanes(land, lane))
    for name in ("one_stop", "tax"):
        path = config / "agencies" / f"{name}.toml"
        _write(path, _with_lanes(tomllib.loads(path.read_text("utf-8")), lane))
    _add(config / "areas" / "communes.toml", "commune", map(_commune, range(count)))
    _add(config / "routing" / "competence.toml", "rule", map(_rule, range(count)))
    return config


def _office(model: Mapping[str, Any], index: int) -> dict[str, Any]:
    office = deepcopy(dict(model))
    commune = commune_of(index)
    office |= {"id": office_of(index), "name": f"Chi nhánh Ví Dụ {index} (giả lập)"}
    office.pop("slip_issuer", None)
    office["area"] = [{**office["area"][0], "commune": commune, "xa_id": int(commune)}]
    return office


def _commune(index: int) -> dict[str, Any]:
    return {
        "code": commune_of(index),
        "name": f"Xã Ví Dụ {index}",
        "from": date(2025, 7, 1),
    }


def _rule(index: int) -> dict[str, Any]:
    return {
        "id": f"dat-dai-vi-du-{index}",
        "agency": "land_registry",
        "office": office_of(index),
        "communes": [commune_of(index)],
        "procedures": ["1.999003"],
        "from": date(2025, 7, 1),
        "decision": "Quyết định ví dụ (giả lập)",
        "verified": False,
    }


def _with_lanes(agency: dict[str, Any], lane: Mapping[str, Any]) -> dict[str, Any]:
    for office in agency["office"]:
        own = office.setdefault("lane", {})
        retry = {**own.get("retry", {}), **lane.get("retry", {})}
        office["lane"] = {**own, **lane, **({"retry": retry} if retry else {})}
    return agency


def _add(path: Path, key: str, rows: Any) -> None:
    content = tomllib.loads(path.read_text("utf-8"))
    content[key] += list(rows)
    _write(path, content)


def _write(path: Path, content: Mapping[str, Any]) -> None:
    lines = (f"{_key(key)} = {_toml(value)}" for key, value in content.items())
    path.write_text("\n".join(lines) + "\n", "utf-8")


def _key(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)


def _toml(value: Any) -> str:
    """Values inline, which needs no heads of tables."""
    if isinstance(value, Mapping):
        inner = (f"{_key(key)} = {_toml(item)}" for key, item in value.items())
        return "{ " + ", ".join(inner) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False)
