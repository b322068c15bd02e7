"""A province's folder that includes the national list, and names only what differs."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from gateway.routing.area import resolve
from gateway.routing.catalogue import Catalogue, read
from gateway.routing.differences import differences
from gateway.routing.route import Route, plan
from gateway.wiring.checking import check_folder
from gateway.wiring.files import read_folder
from gateway.wiring.located import Located

ROOT = Path(__file__).parents[3]
CONFIG = ROOT / "config"
DAY, EVE = date(2026, 8, 1), date(2025, 6, 30)
INCLUDED = 'include = "quốc gia"\nprovince = "96"\n\n'
LAND = "agencies/land_registry.toml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(CONFIG, tmp_path / "config")
    return tmp_path / "config"


def put(folder: Path, begin: str, rows: str = "") -> None:
    """An area file that begins so; the invented communes stay."""
    path = folder / "areas" / "communes.toml"
    path.write_text(begin + path.read_text("utf-8") + rows, "utf-8")


def catalogue(folder: Path) -> Catalogue:
    return read(1, read_folder(folder))


def about_areas(folder: Path) -> list[Located]:
    """Findings in the area file; what lacks competence is told elsewhere."""
    found = check_folder(folder, DAY)
    return [one for one in found if one.file.endswith("communes.toml")]


def test_the_shipped_configuration_has_its_own_invented_list_alone() -> None:
    content = read_folder(CONFIG)
    assert "national" not in content
    assert {row["code"][:2] for row in content["communes"]} == {"99"}


def test_a_province_that_includes_the_list_knows_its_communes_of_both_times(
    folder: Path,
) -> None:
    put(folder, INCLUDED)
    areas = catalogue(folder).areas
    now, then = areas.on("31825", DAY), areas.on("31825", EVE)
    assert now is not None
    assert then is not None
    assert (now.name, now.province) == ("Phường Bạc Liêu", "96")
    assert (then.name, then.province) == ("Phường 1", "95")
    assert areas.on("00004", DAY) is None
    assert areas.on("99101", DAY) is not None
    assert about_areas(folder) == []


def test_a_real_commune_that_was_split_is_parked_for_a_choice(folder: Path) -> None:
    rule = '[[rule]]\nid = "thu"\nagency = "land_registry"\noffice = "land-mau-1"\n'
    here = catalogue_with(folder, rule)
    split = next(
        one.old
        for changes in here.areas.changes.values()
        for one in changes
        if len(one.new) > 1 and not one.old.startswith("99")
    )
    route = route_of(here, split)
    assert (route.area.code, route.unrouted) == (None, "area_ambiguous")
    assert len(route.area.codes) > 1
    chosen = route_of(here, route.area.codes[0])
    assert (chosen.area.code, chosen.unrouted) == (route.area.codes[0], "")


def catalogue_with(folder: Path, rule: str) -> Catalogue:
    """The land offices of one real commune each, so that a choice matters."""
    put(folder, INCLUDED)
    codes = [
        row["code"]
        for row in read_folder(folder)["national"]["list"]["communes"]
        if "to" not in row
    ]
    path = folder / "routing" / "competence.toml"
    rules = ""
    for n, code in enumerate(codes):
        own = rule.replace("thu", f"thu-{n}").replace("mau-1", f"mau-{n % 4 + 1}")
        rules += f'\n{own}communes = ["{code}"]\nfrom = 2025-07-01\n'
    tax = rule.replace("thu", "thu-thue").replace("land_registry", "tax")
    tax = tax.replace("land-mau-1", "tax-mau-1")
    rules += f"\n{tax}communes = {json.dumps(codes)}\nfrom = 2025-07-01\n"
    path.write_text(path.read_text("utf-8") + rules, "utf-8")
    return catalogue(folder)


def route_of(here: Catalogue, code: str) -> Route:
    procedure = here.version_on("1.999001", DAY)
    assert procedure is not None
    # As of before, since the code may be used again today.
    as_of = "2025-06-30" if here.areas.changes.get(code) else "2026-08-01"
    document = {"area": {"commune": code, "as_of": as_of}}
    return plan(here, procedure, document, DAY)


def test_a_row_of_the_province_mends_the_list(folder: Path) -> None:
    put(
        folder,
        INCLUDED,
        '\n[[commune]]\ncode = "31825"\nname = "Phường Sửa Tên"\nfrom = 2025-07-01\n'
        '\n[[change]]\nold = "31816"\non = 2025-07-01\nnew = ["99101"]\n',
    )
    areas = catalogue(folder).areas
    now = areas.on("31825", DAY)
    assert now is not None
    assert now.name == "Phường Sửa Tên"
    assert resolve(areas, "31816", EVE, DAY).code == "99101"


def test_a_new_list_is_one_line_of_what_changes(folder: Path) -> None:
    before = read_folder(folder)
    put(folder, INCLUDED)
    after = read_folder(folder)
    assert differences(before, after) == ["+ national list of communes, province 96"]
    assert after["national"]["list"]["source"]["version"] == "1.0.4"


@pytest.mark.parametrize(
    ("begin", "line", "what"),
    [
        (
            'include = "toàn quốc"\nprovince = "96"\n',
            1,
            "Không có danh mục xã «toàn quốc»",
        ),
        ('include = "quốc gia"\n', 1, "chưa ghi tỉnh"),
        ('include = "quốc gia"\nprovince = 96\n', 2, ""),
        ('include = "quốc gia"\nprovince = "64"\n', 2, "không có tỉnh mã '64'"),
        ('\nprovince = "96"\n', 2, "không có tác dụng"),
        ('inclde = "quốc gia"\n', 1, "Khóa lạ «inclde»"),
    ],
)
def test_what_is_included_wrongly_is_told_at_its_line(
    folder: Path, begin: str, line: int, what: str
) -> None:
    put(folder, begin)
    found = about_areas(folder)
    if not what:  # a number is read as the code that it looks like
        assert found == []
        return
    assert [one.line for one in found] == [line]
    assert what in found[0].finding.what
    assert found[0].finding.todo


def test_a_change_to_a_code_that_nobody_listed_is_told(folder: Path) -> None:
    put(folder, "", '\n[[change]]\nold = "99011"\non = 2026-01-01\nnew = ["99199"]\n')
    early, found = about_areas(folder)
    assert "Trước ngày 01/01/2026 không có xã nào mang mã 99011" in early.finding.what
    assert "Xã cũ 99011 đổi thành 99199" in found.finding.what
    text = (folder / "areas" / "communes.toml").read_text("utf-8")
    assert found.line == len(text.splitlines())


def test_a_folder_with_the_list_costs_a_small_multiple_of_reading_its_file(
    folder: Path,
) -> None:
    """Its own file is the floor: a slow machine is slow at both."""

    def cost(work: Callable[[], object]) -> float:
        began = time.process_time()
        work()
        return time.process_time() - began

    def least(work: Callable[[], object]) -> float:
        return min(cost(work) for _ in range(5))

    national = ROOT / "gateway" / "areas" / "national.json"
    floor = least(lambda: json.loads(national.read_bytes()))
    plain = least(lambda: read(1, read_folder(folder)))
    put(folder, INCLUDED.replace("96", "38"))
    more = least(lambda: read(1, read_folder(folder))) - plain
    assert more < 12 * floor
