"""Makes ``gateway/areas/national.json`` from a wheel of ``vietnamadminunits``.

``python scripts/areas.py WHEEL`` writes it; get the wheel by ``pip download --no-deps
vietnamadminunits``. The package itself is never installed: it brings geometry
libraries that nobody here needs, and its own choice among several communes that
one was split into, which is a guess. Only its tables are read.
"""

import hashlib
import json
import re
import sqlite3
import sys
import tempfile
import unicodedata
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "gateway" / "areas" / "national.json"
DAY = "2025-07-01"
DATA = "vietnamadminunits/data"
_NAME = re.compile(r"(?P<package>\w+)-(?P<version>[\d.]+)-")
#: Old code → further new communes: another package (vietnam-provinces 2026.9.0, from
#: the ministry's own table) names them, this one does not. Who is right stands in the
#: resolutions; until somebody has looked, a person chooses.
DOUBTFUL = {
    "00553": ("00562",),
    "01615": ("01648",),
    "02485": ("02494",),
    "09013": ("09817",),
}


@dataclass(frozen=True, slots=True)
class Old:
    """A commune of before, or an island district that had none."""

    code: str
    name: str
    district: str
    district_name: str
    province: str
    key: str
    #: how the package names it in its table of changes


def converted(wheel: Path) -> dict[str, Any]:
    """The national list as it is written down.

    Raises:
        ValueError: the package contradicts itself.
    """
    found = _NAME.match(wheel.name)
    if found is None:
        raise ValueError(f"{wheel.name} is no wheel")
    with zipfile.ZipFile(wheel) as packed, tempfile.TemporaryDirectory() as folder:
        changes = json.loads(packed.read(f"{DATA}/converter_2025.json"))
        packed.extract(f"{DATA}/dataset.db", folder)
        database = sqlite3.connect(Path(folder) / DATA / "dataset.db")
        try:
            new = _new(database)
            old, provinces_before = _old(database)
        finally:
            database.close()
    became = _became(changes, {(row[1], row[3]): row[2] for row in new})
    lost = [one.code for one in old if one.key not in became]
    if lost or len({one.code for one in old}) != len(old):
        raise ValueError(f"communes that became nothing, or doubled: {lost}")
    return {
        "on": DAY,
        "source": {
            "package": found["package"],
            "version": found["version"],
            "wheel": wheel.name,
            "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
            "licence": "MIT",
        },
        "doubtful": {code: list(more) for code, more in sorted(DOUBTFUL.items())},
        "provinces": dict(sorted({row[0]: row[4] for row in new}.items())),
        "provinces_before": provinces_before,
        "communes": _by_province((row[0], row[2], row[5]) for row in new),
        "communes_before": _by_district(old, became),
    }


def _new(database: sqlite3.Connection) -> list[tuple[str, ...]]:
    """Province code and key, commune code and key, names of both."""
    rows = database.execute(
        "SELECT provinceCode, provinceKey, wardCode, wardKey, province, ward"
        " FROM admin_units ORDER BY provinceCode, wardCode"
    )
    return [tuple(map(_text, row)) for row in rows]


def _old(database: sqlite3.Connection) -> tuple[list[Old], dict[str, str]]:
    found, provinces = [], {}
    for row in database.execute(
        "SELECT provinceCode, provinceKey, province, districtCode, districtKey,"
        " district, coalesce(wardCode, districtCode), coalesce(wardKey, ''),"
        " coalesce(ward, district) FROM admin_units_legacy ORDER BY 1, 4, 7"
    ):
        province, p_key, p_name, district, d_key, d_name, code, key, name = map(
            _text, row
        )
        provinces[province] = p_name
        whole = f"{p_key}_{d_key}_{key}"
        found.append(Old(code, name, district, d_name, province, whole))
    return found, provinces


def _became(
    changes: dict[str, Any], codes: dict[tuple[str, str], str]
) -> dict[str, list[str]]:
    """Key of an old commune → codes of the new ones, all of them."""
    became: dict[str, set[str]] = {}
    for province, communes in changes["DICT_PROVINCE_WARD_NO_DIVIDED"].items():
        for commune, olds in communes.items():
            for old in olds:
                became.setdefault(old, set()).add(codes[province, commune])
    for province, divided in changes["DICT_PROVINCE_WARD_DIVIDED"].items():
        for old, parts in divided.items():
            for part in parts:
                became.setdefault(old, set()).add(codes[province, part["newWardKey"]])
    return {old: sorted(new) for old, new in became.items()}


def _by_province(rows: Iterable[tuple[str, str, str]]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for province, code, name in rows:
        found.setdefault(province, {})[code] = name
    return found


def _by_district(old: Iterable[Old], became: dict[str, list[str]]) -> dict[str, Any]:
    """Province → district → its name, and its communes with what they became."""
    found: dict[str, Any] = {}
    for one in old:
        new = sorted({*became[one.key], *DOUBTFUL.get(one.code, ())})
        district = found.setdefault(one.province, {}).setdefault(
            one.district, [one.district_name, {}]
        )
        district[1][one.code] = [one.name, *new]
    return found


def _text(value: str) -> str:
    """One composed text without stray blanks."""
    return unicodedata.normalize("NFC", " ".join(value.split()))


def written(content: dict[str, Any]) -> str:
    """One line a district or province, so that a later version can be compared."""
    heads = ("on", "source", "doubtful", "provinces", "provinces_before")
    lines = [f'"{key}": {_json(content[key])}' for key in heads]
    inside = [f'"{p}": {_json(rows)}' for p, rows in content["communes"].items()]
    lines.append('"communes": {\n' + ",\n".join(inside) + "\n}")
    inside = [
        f'"{p}": {{\n'
        + ",\n".join(f'"{d}": {_json(rows)}' for d, rows in districts.items())
        + "\n}"
        for p, districts in content["communes_before"].items()
    ]
    lines.append('"communes_before": {\n' + ",\n".join(inside) + "\n}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def main() -> None:
    """Write the list of the wheel that is named."""
    if len(sys.argv) != 2:
        sys.exit("usage: python scripts/areas.py WHEEL")
    content = converted(Path(sys.argv[1]))
    TARGET.write_text(written(content), "utf-8")
    communes = sum(map(len, content["communes"].values()))
    print(f"{TARGET.relative_to(ROOT)}: {communes} communes from {DAY}")


if __name__ == "__main__":
    main()
