"""The shipped configuration holds, routes as it says, and the examples fit it."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from gateway import settings
from gateway.conformance import examples
from gateway.domain.case import PORTAL_CODES, Pause
from gateway.domain.encodings import looks_like_tcvn3
from gateway.domain.identifiers import OfficeId, number_day
from gateway.domain.old_letters import from_tcvn3
from gateway.domain.procedure import Carrier
from gateway.domain.text import nfc
from gateway.mockagency.scenarios import Scenarios
from gateway.routing.catalogue import Catalogue, read
from gateway.routing.lint import problems
from gateway.routing.route import Route, plan
from gateway.validation.json_schema import JSONSchemaCatalogue
from gateway.wiring.files import read_folder
from gateway.wiring.installed import kinds, optional
from gateway.wiring.stage import START as FIRST_START

ROOT = Path(__file__).parents[3]
CONFIG = ROOT / "config"
EXAMPLES = ROOT / "examples" / "dossiers"
EVERY_FOLDER = sorted(path for path in EXAMPLES.iterdir() if path.is_dir())
#: The others are handed in by an old one-stop's own program.
FOLDERS = [path for path in EVERY_FOLDER if (path / "dossier.json").exists()]
START = date(2026, 3, 10)
SCHEMA = "urn:lienthong:schema:dossier:1"
TRANSFER, OBSERVED, CORRECTION = "1.999001", "1.999002", "1.999003"
each_example = pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)


@cache
def content() -> dict[str, Any]:
    return read_folder(CONFIG)


@cache
def catalogue() -> Catalogue:
    return read(1, content())


@cache
def schemas() -> JSONSchemaCatalogue:
    return JSONSchemaCatalogue.load(ROOT / "schemas")


def document_of(folder: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((folder / "dossier.json").read_text("utf-8"))
    return document


def scenario_of(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "scenario.toml").read_text("utf-8"))


def routed(code: str, document: dict[str, Any], day: date = START) -> Route:
    procedure = catalogue().version_on(code, day)
    assert procedure is not None, code
    return plan(catalogue(), procedure, document, day)


def route_of(commune: str, code: str = TRANSFER, day: date = START) -> Route:
    return routed(code, {"area": {"commune": commune}}, day)


def offices(route: Route) -> dict[str, str | None]:
    return {planned.leg.name: planned.office for planned in route.legs}


def reasons(route: Route, leg: str = "land") -> dict[str, str]:
    found = next(planned for planned in route.legs if planned.leg.name == leg)
    return {verdict.rule: verdict.reason for verdict in found.verdicts}


# ---- the configuration itself


def test_the_linter_finds_nothing_wrong_with_the_shipped_configuration() -> None:
    codes = {p["code"] for p in content()["procedures"]}
    assert codes >= {TRANSFER, OBSERVED, CORRECTION}
    assert len(codes) == 20
    assert problems(content(), kinds()) == []


def test_the_linter_sees_a_rule_for_a_commune_that_nobody_listed() -> None:
    broken = json.loads(json.dumps(content()))
    broken["rules"][0]["communes"].append("99999")
    assert problems(broken, kinds()) == ["Quy tắc dat-dai-mau-1: không có xã 99999"]


def test_every_message_of_an_adapter_is_sent_by_some_procedure() -> None:
    dialects = {(o.agency, o.speaks) for o in catalogue().offices.values()}
    sent = {
        (dialect, str(rule.kind))
        for procedure in catalogue().procedures
        for leg in procedure.legs
        for rule in leg.messages
        for agency, dialect in dialects
        if agency == leg.agency
    }
    # What any agency may speak knows more than any one of them is sent.
    shared = {"open", "manual"}
    known = {(agency, kind) for agency, names in kinds().items() for kind in names}
    own = {one for one in known if one[0] not in shared}
    assert own - {("one_stop", "status")} == {s for s in sent if s[0] not in shared}
    assert sent <= known


def test_a_list_by_hand_takes_every_kind_so_that_it_can_stand_in_for_all() -> None:
    every = frozenset().union(*kinds().values())
    assert kinds()["manual"] == every - {"status"}


def test_every_procedure_names_the_decision_it_rests_on_and_a_schema_that_exists() -> (
    None
):
    for procedure in catalogue().procedures:
        assert procedure.decision, procedure.code
        schema = catalogue().schemas[(procedure.code, procedure.version)]
        assert schema in schemas().names, procedure.code


def test_tax_sees_no_field_of_the_dossier() -> None:
    tax = {
        p.code: leg
        for p in catalogue().procedures
        for leg in p.legs
        if leg.agency == "tax"
    }
    assert {leg.sees for leg in tax.values()} == {()}
    assert tax[OBSERVED].carried_by is Carrier.AGENCIES
    assert {code for code, leg in tax.items() if leg.carried_by is Carrier.GATEWAY} == {
        TRANSFER,
        "1.999004",
        "1.999005",
    }


def test_an_office_that_is_competent_for_a_commune_can_name_it_in_its_own_numbers() -> (
    None
):
    pairs = 0
    for rule in catalogue().rules:
        if rule.agency != "land_registry" or rule.valid_to is not None:
            continue
        mapped = catalogue().offices[rule.office].settings["area"]
        for commune in rule.communes:
            rows = [row for row in mapped if row["commune"] == commune]
            assert len(rows) == 1, (rule.office, commune)
            assert rows[0]["source"], commune
            assert rows[0]["from"], commune
            pairs += 1
    assert pairs == 7


def test_a_number_that_only_fills_a_gap_says_so() -> None:
    rows = [
        row
        for office in catalogue().offices.values()
        if office.agency == "land_registry"
        for row in office.settings.get("area", ())
    ]
    assert {row["commune"] for row in rows if row["huyen_id"] in {0, "0"}} == {
        row["commune"] for row in rows if row.get("filler") == ["huyen_id"]
    }


def test_each_case_of_a_procedure_is_known_at_every_competent_land_office() -> None:
    for procedure in catalogue().procedures:
        code = procedure.cases.get("land_registry")
        for office in ("land-mau-1", "land-mau-2", "land-mau-3", "land-mau-4"):
            found = catalogue().offices[OfficeId(office)].settings["case"]
            known = {row["code"] for row in found}
            assert code is None or code in known, (procedure.code, office)


def test_tax_is_asked_no_more_often_than_its_document_allows() -> None:
    limits = catalogue().offices[OfficeId("tax-mau-1")].limits
    assert limits.poll_every_s >= 900
    assert limits.in_flight <= 4
    assert limits.per_second is not None
    assert limits.per_second <= 5
    # Tax drops a call after 60 s at the latest; only then asking proves anything.
    assert limits.enquire_after_s > 60


def test_the_settings_file_is_valid_and_explains_every_key() -> None:
    path = CONFIG / "gateway.toml"
    assert settings.load(path).profile is settings.Profile.PRODUCTION
    text = path.read_text("utf-8")
    known = settings.Settings.model_fields.keys() | {"host", "port", "kind", "start"}
    missing = [key for key in {*known, "group_max", "kept_days"} if key not in text]
    assert missing == []


def test_every_lane_key_is_explained_with_its_unit_and_default() -> None:
    text = (CONFIG / "agencies" / "one_stop.toml").read_text("utf-8")
    lines = [line for line in text.splitlines() if " = " in line and "(" in line]
    explained = {line.lstrip("# ").partition(" = ")[0] for line in lines}
    fields = set(catalogue().offices[OfficeId("mot-cua-mau")].limits.__slots__)
    assert fields - {"retry", "hours", "closures"} <= explained
    assert "[[office.hours]]" in text
    assert {"first_s", "cap_s", "horizon_s"} <= explained


def test_a_day_off_is_verified_or_says_that_it_is_not() -> None:
    rows = content()["calendar"]["2026"]["holiday"]
    days = [date.fromisoformat(row["date"]) for row in rows]
    assert days == sorted(set(days))
    assert {day.year for day in days} == {2026}
    assert [row["date"] for row in rows if row["verified"]] == [
        "2026-01-01",
        "2026-04-30",
        "2026-05-01",
        "2026-09-02",
    ]


# ---- routing by it


@pytest.mark.parametrize(
    ("commune", "branch"),
    [
        ("99101", "land-mau-1"),
        ("99102", "land-mau-1"),
        ("99103", "land-mau-2"),
        ("99104", "land-mau-2"),
        ("99105", "land-mau-3"),
        ("99106", "land-mau-3"),
        ("99107", "land-mau-4"),
    ],
)
@pytest.mark.parametrize("code", [TRANSFER, OBSERVED])
def test_a_commune_goes_to_its_branch_and_to_the_one_tax_office(
    commune: str, branch: str, code: str
) -> None:
    route = route_of(commune, code)
    assert offices(route) == {"land": branch, "tax": "tax-mau-1"}
    assert route.unrouted == ""


def test_a_correction_goes_to_the_branch_alone() -> None:
    assert offices(route_of("99103", CORRECTION)) == {"land": "land-mau-2"}


def test_a_code_with_a_province_suffix_is_the_same_procedure() -> None:
    assert offices(route_of("99101", f"{TRANSFER}.000.00.00.H00"))["land"] == (
        "land-mau-1"
    )


def test_an_unknown_commune_is_unrouted_and_every_rule_says_why() -> None:
    route = route_of("99999")
    assert (offices(route), route.unrouted) == (
        {"land": None, "tax": None},
        "area_unknown",
    )
    why = reasons(route, "tax")
    assert why.pop("thue-mau-2") == "quy tắc có hiệu lực từ 01/07/2026"
    assert set(why.values()) == {"mã xã không có trong danh mục"}


def test_the_reasons_name_the_rule_that_was_chosen_and_why_others_were_not() -> None:
    assert reasons(route_of("99103")) == {
        "dat-dai-mau-1": "xã 99103 không thuộc địa bàn của quy tắc",
        "dat-dai-mau-1-nhan-thay": "quy tắc hết hiệu lực sau ngày 31/12/2025",
        "dat-dai-mau-2": "đúng địa bàn, thủ tục và thời hạn",
        "dat-dai-mau-3": "xã 99103 không thuộc địa bàn của quy tắc",
        "dat-dai-mau-4": "xã 99103 không thuộc địa bàn của quy tắc",
    }


def test_competence_that_moved_on_new_year_goes_by_the_day_of_acceptance() -> None:
    assert offices(route_of("99103", day=date(2025, 12, 31)))["land"] == "land-mau-1"
    assert offices(route_of("99103", day=date(2026, 1, 1)))["land"] == "land-mau-2"


def test_an_old_commune_with_one_successor_is_routed_by_the_new_code() -> None:
    route = route_of("99011")
    assert (route.area.code, route.area.through) == ("99103", ("99011",))
    assert offices(route)["land"] == "land-mau-2"


def test_an_old_commune_split_inside_one_branch_has_an_office_but_no_single_code() -> (
    None
):
    route = route_of("99012")
    assert (route.area.codes, route.area.code) == (("99101", "99102"), None)
    assert (offices(route)["land"], route.unrouted) == ("land-mau-1", "")


def test_an_old_commune_split_over_two_branches_is_unrouted() -> None:
    route = route_of("99013")
    assert route.area.codes == ("99102", "99103")
    assert (offices(route)["land"], route.unrouted) == (None, "area_ambiguous")


# ---- the examples


def test_the_examples_are_numbered_and_both_readmes_list_them() -> None:
    names = [folder.name for folder in EVERY_FOLDER]
    assert [int(name[:2]) for name in names] == [
        *range(1, 49),
        *range(51, 81),
        *range(85, 90),
    ]
    for readme in ("README.md", "README.vi.md"):
        text = (ROOT / "examples" / readme).read_text("utf-8")
        assert [name for name in names if text.count(f"`{name}`") != 1] == [], readme


@each_example
def test_an_example_is_a_dossier_that_may_be_submitted(folder: Path) -> None:
    document = document_of(folder)
    procedure = catalogue().version_on(document["procedure"], START)
    assert procedure is not None
    schema = catalogue().schemas[(procedure.code, procedure.version)]
    found = [*schemas().errors(SCHEMA, document), *schemas().errors(schema, document)]
    assert found == []
    start = datetime.fromisoformat(scenario_of(folder).get("start", FIRST_START))
    days = {start.date(), start.date() - timedelta(days=1)}
    assert number_day(document["number"]) in days


@each_example
def test_an_example_is_routed(folder: Path) -> None:
    document = document_of(folder)
    route = routed(document["procedure"], document)
    assert route.unrouted == ""
    assert route.area.code is not None
    branch_two = dict.fromkeys(("06", "08", "15", *map(str, range(41, 46))), "2")
    branch = {**branch_two, "47": "3", "48": "3"}.get(folder.name[:2], "1")
    office = f"land-mau-{branch}"
    assert offices(route).get("land", office) == office


@each_example
def test_a_scenario_is_about_its_own_dossier_and_knows_its_files(folder: Path) -> None:
    document, scenario = document_of(folder), scenario_of(folder)
    assert scenario["number"] == document["number"]
    parts = {
        entry["part"]
        for paper in document.get("documents", ())
        for entry in paper.get("files", ())
        if "part" in entry
    }
    assert parts == set(scenario.get("files", {}))
    slip = scenario.get("land_registry", {}).get("slip", {})
    serial = document.get("certificate", {}).get("serial", "")
    assert slip.get("ma_gcn") in {None, serial}


@each_example
def test_an_expectation_speaks_the_words_of_books_and_portal(folder: Path) -> None:
    expected = examples.read(folder, document_of(folder)["number"])
    known = {(agency, kind) for agency, names in kinds().items() for kind in names}
    # A company's book also has each paper by itself, and how the work ended.
    known |= {("electricity", kind) for kind in ("paper", "finished", "cancelled")}
    # DVCLT and BTP share a book; one kind stands for each of their operations.
    shared = ("dvclt_received", "dvclt_status", "btp_push", "btp_supplement")
    known |= {("civil_registry", kind) for kind in shared}
    known |= {("civil_registry", kind) for kind in ("btp_register", "btp_registered")}
    assert set(expected.effects) <= known
    assert expected.effects.get(("one_stop", "status"), 0) == len(expected.told)
    paused = {
        5: Pause.SUPPLEMENT,
        6: Pause.FINANCIAL_OBLIGATION,
        8: Pause.STOPPED if expected.end == "finished" else Pause.NONE,
    }
    for code, pause in expected.told:
        assert code in PORTAL_CODES
        assert pause == paused.get(code, Pause.NONE)
    assert bool(expected.reason) == (expected.end == "parked")
    assert ("one_stop", "ma_ho_so") in expected.numbers


def test_all_scenarios_are_read_with_their_faults() -> None:
    scenarios = Scenarios(EXAMPLES)
    faults = [
        (fault.agency, fault.operation, fault.do)
        for agency in ("land_registry", "tax", "one_stop")
        for fault in scenarios.faults(agency)
    ]
    assert sorted(faults) == [
        ("land_registry", "hand_over", "text_after"),
        ("land_registry", "hand_over", "unauthorized_401"),
        ("land_registry", "progress", "duplicate_call"),
        ("land_registry", "progress", "swap_with_next_call"),
        ("land_registry", "result_wrong", "unauthorized_401"),
        ("tax", "slip_new", "lose_answer"),
        ("tax", "slip_new", "lose_answer"),
    ]


def test_the_examples_end_in_every_way_that_a_dossier_can() -> None:
    ends = Counter(examples.read(folder, "").end for folder in EVERY_FOLDER)
    assert set(ends) == {"finished", "parked", "refused", "withdrawn"}
    procedures = {document_of(folder)["procedure"] for folder in FOLDERS}
    assert procedures == {procedure.code for procedure in catalogue().procedures}


def test_the_examples_hold_what_senders_really_send() -> None:
    by_number = {folder.name[:2]: document_of(folder) for folder in FOLDERS}
    names = {n: document["applicant"]["name"] for n, document in by_number.items()}
    assert names["02"] != nfc(names["02"]) == "Trần Thị Mẫu Hằng"
    assert by_number["03"]["encoding"] == "TCVN3"
    assert from_tcvn3(names["03"]) == "Nguyễn Văn Mẫu Điền"
    assert "encoding" not in by_number["04"]
    assert looks_like_tcvn3(names["04"])
    assert not any(looks_like_tcvn3(names[n]) for n in names if n not in {"03", "04"})
    assert by_number["05"]["applicant"]["birth"] == "1957"
    assert "identity" not in by_number["05"]["applicant"]
    assert by_number["06"]["area"]["commune"] == "99011"
    assert len(by_number["06"]["parcels"]) == 3
    assert by_number["08"]["exemption"]
    scan = scenario_of(FOLDERS[6])["files"]["giay-chung-nhan-quet.pdf"]
    assert scan == 30 * 1024 * 1024
    # The citizen pays after the 30 days that a notice usually gives.
    assert scenario_of(FOLDERS[8])["tax"]["pay_after_h"] > 30 * 24


def test_an_office_has_to_say_which_of_our_own_operations_it_takes() -> None:
    unsaid = read_folder(CONFIG)
    assert problems(unsaid, kinds(), optional()) == []
    (land,) = [a for a in unsaid["agencies"] if a["agency"]["id"] == "land_registry"]
    del land["office"][0]["operations_off"]
    (told,) = problems(unsaid, kinds(), optional())
    assert "operations_off" in told
    assert "paid, withdraw" in told


def test_an_office_may_have_days_of_its_own_until_it_counts_as_silent() -> None:
    content = read_folder(CONFIG)
    (land,) = [a for a in content["agencies"] if a["agency"]["id"] == "land_registry"]
    office = land["office"][0]
    office["silence_days"] = 3
    assert problems(content, kinds(), optional()) == []
    assert read(1, content).offices[office["id"]].silence_days == 3
    for wrong in (0, "3", 1.5, True):
        office["silence_days"] = wrong
        (told,) = problems(content, kinds(), optional())
        assert "silence_days" in told


def test_a_tax_office_has_to_say_what_its_road_does_not_take() -> None:
    unsaid = read_folder(CONFIG)
    (tax,) = [a for a in unsaid["agencies"] if a["agency"]["id"] == "tax"]
    only_by_portal = ["slip_supplement", "slip_withdraw", "question_answer"]
    assert tax["office"][0].pop("operations_off") == only_by_portal
    (told,) = problems(unsaid, kinds(), optional())
    assert all(kind in told for kind in ("operations_off", *only_by_portal))


def test_an_issuer_that_nobody_is_or_that_no_unit_stands_for_is_found() -> None:
    changed = read_folder(CONFIG)
    (plan_,) = [p for p in changed["procedures"] if p["code"] == TRANSFER]
    (leg,) = [leg for leg in plan_["leg"] if "issuer" in leg]
    leg["issuer"] = "cadastre"
    (told,) = problems(changed, kinds())
    assert told.endswith("nơi lập phiếu lạ 'cadastre'")
    leg["issuer"] = "commune_land"
    (told,) = problems(changed, kinds())
    assert "[[office.slip_issuer]]" in told
    (land,) = [a for a in changed["agencies"] if a["agency"]["id"] == "land_registry"]
    unit = {"id": "dia-chinh-a", "communes": ["99101"]}
    land["office"][0]["slip_issuer"] = [unit]
    assert problems(changed, kinds()) == []
    unit["communes"] = ["99101", "99999"]
    (told,) = problems(changed, kinds())
    assert told.endswith("slip_issuer dia-chinh-a: không có xã 99999")
    unit["communes"] = "99101"
    (told,) = problems(changed, kinds())
    assert "«communes» phải là danh sách chữ" in told


@pytest.mark.parametrize("said", ["giay", "", True, ["paper"]])
def test_a_way_of_making_slips_that_is_none_is_found(said: Any) -> None:
    changed = read_folder(CONFIG)
    by_id = {agency["agency"]["id"]: agency for agency in changed["agencies"]}
    land, counter = by_id["land_registry"]["office"][0], by_id["one_stop"]["office"][0]
    unit = {"id": "dia-chinh-a", "communes": ["99101"], "slips": "paper"}
    land.update(slips="paper", slip_issuer=[unit])
    counter["slips"] = "system"
    assert problems(changed, kinds()) == []
    for entry, name in (
        (land, "Cơ quan land-mau-1: slips"),
        (counter, "Cơ quan mot-cua-mau: slips"),
        (unit, "Cơ quan land-mau-1: slip_issuer dia-chinh-a: slips"),
    ):
        before, entry["slips"] = entry["slips"], said
        (told,) = problems(changed, kinds())
        assert told.startswith(name)
        assert '"paper"' in told
        entry["slips"] = before
