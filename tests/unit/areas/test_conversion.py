"""The script that makes the national list from a package: nothing is lost on the way."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import sqlite3
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from gateway.areas import national

ROOT = Path(__file__).parents[3]
NEW = [
    ("99", "tinhmau", "00101", "xamot", "Tỉnh Mẫu", "Xã  Một"),
    ("99", "tinhmau", "00102", "xahai", "Tỉnh Mẫu", "Xã Hai"),
    ("99", "tinhmau", "00103", "dackhudao", "Tỉnh Mẫu", "Đặc khu Đảo"),
]
OLD = [
    *(
        ("98", "tinhcu", "Tỉnh Cũ", "981", "huyena", "Huyện A", code, key, name)
        for code, key, name in (
            ("00101", "xacu", "Xã Cũ"),
            ("00102", "xahai", "Xã Hai"),
            ("00104", "xaba", "Xã Ba"),
        )
    ),
    ("98", "tinhcu", "Tỉnh Cũ", "982", "huyendao", "Huyện Đảo", None, None, None),
]
CHANGES: dict[str, Any] = {
    "DICT_PROVINCE": {},
    "DICT_PROVINCE_WARD_NO_DIVIDED": {
        "tinhmau": {
            "xahai": ["tinhcu_huyena_xahai"],
            "xamot": ["tinhcu_huyena_xacu"],
            "dackhudao": ["tinhcu_huyendao_"],
        }
    },
    "DICT_PROVINCE_WARD_DIVIDED": {
        "tinhmau": {
            "tinhcu_huyena_xaba": [
                {"newWardKey": "xahai", "isDefaultNewWard": True},
                {"newWardKey": "xamot", "isDefaultNewWard": False},
            ]
        }
    },
}


@pytest.fixture(scope="module")
def script() -> ModuleType:
    path = ROOT / "scripts" / "areas.py"
    spec = importlib.util.spec_from_file_location("areas_script", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def wheel(folder: Path, changes: dict[str, Any]) -> Path:
    """A package with three old communes, an island district and three new communes."""
    path = folder / "dataset.db"
    path.unlink(missing_ok=True)
    database = sqlite3.connect(path)
    database.execute(
        "CREATE TABLE admin_units (provinceCode, provinceKey, wardCode, wardKey,"
        " province, ward)"
    )
    database.execute(
        "CREATE TABLE admin_units_legacy (provinceCode, provinceKey, province,"
        " districtCode, districtKey, district, wardCode, wardKey, ward)"
    )
    database.executemany("INSERT INTO admin_units VALUES (?,?,?,?,?,?)", NEW)
    database.executemany(
        "INSERT INTO admin_units_legacy VALUES (?,?,?,?,?,?,?,?,?)", OLD
    )
    database.commit()
    database.close()
    made = folder / "mau_xa-1.2.3-py3-none-any.whl"
    with zipfile.ZipFile(made, "w") as packed:
        packed.write(path, "vietnamadminunits/data/dataset.db")
        packed.writestr(
            "vietnamadminunits/data/converter_2025.json", json.dumps(changes)
        )
    return made


def test_every_old_commune_has_all_that_it_became(
    script: ModuleType, tmp_path: Path
) -> None:
    content = script.converted(wheel(tmp_path, CHANGES))
    assert content["communes"] == {
        "99": {"00101": "Xã Một", "00102": "Xã Hai", "00103": "Đặc khu Đảo"}
    }
    assert content["communes_before"] == {
        "98": {
            "981": [
                "Huyện A",
                {
                    "00101": ["Xã Cũ", "00101"],
                    "00102": ["Xã Hai", "00102"],
                    # Both, whichever of them the package would choose.
                    "00104": ["Xã Ba", "00101", "00102"],
                },
            ],
            "982": ["Huyện Đảo", {"982": ["Huyện Đảo", "00103"]}],
        }
    }
    assert content["provinces"] == {"99": "Tỉnh Mẫu"}
    assert content["provinces_before"] == {"98": "Tỉnh Cũ"}


def test_it_says_which_file_it_was_made_from(
    script: ModuleType, tmp_path: Path
) -> None:
    made = wheel(tmp_path, CHANGES)
    source = script.converted(made)["source"]
    assert (source["package"], source["version"]) == ("mau_xa", "1.2.3")
    assert source["sha256"] == hashlib.sha256(made.read_bytes()).hexdigest()


def test_a_package_that_lost_a_commune_is_refused(
    script: ModuleType, tmp_path: Path
) -> None:
    changes = {**CHANGES, "DICT_PROVINCE_WARD_DIVIDED": {}}
    with pytest.raises(ValueError, match=r"became nothing.*00104"):
        script.converted(wheel(tmp_path, changes))


def test_what_is_written_reads_back_the_same_and_the_shipped_file_is_so_written(
    script: ModuleType, tmp_path: Path
) -> None:
    content = script.converted(wheel(tmp_path, CHANGES))
    assert json.loads(script.written(content)) == content
    shipped = Path(national.__file__).with_name("national.json").read_text("utf-8")
    assert script.written(json.loads(shipped)) == shipped
    doubtful = national.shipped().doubtful
    assert {code: tuple(more) for code, more in doubtful.items()} == script.DOUBTFUL
