"""A slip goes in a package, and only tax's receipt says that it arrived."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.adapters.tax.file import REPLIES
from gateway.domain.attempt import Outcome
from gateway.domain.values import replace
from tests.unit.adapters.tax.counterpart import Party
from tests.unit.adapters.tax_file.gateway_desk import (
    ROAD,
    TAX,
    UNIT,
    Desk,
    receipt,
)
from tests.unit.adapters.tax_file.medium import SAMPLES
from tests.unit.adapters.tax_portal.portal_stand import answer, file, raw_slip, slip

OURS = "LT-t_0001"
TO_TAX: dict[str, Any] = {"facts": {"competent": "tax-02"}}


@pytest.fixture
def desk(tmp_path: Path, parties: dict[str, Party]) -> Desk:
    return Desk(tmp_path / "goi", parties)


@pytest.mark.parametrize(
    "kind", ["slip_new", "slip_replace", "slip_supplement", "slip_withdraw"]
)
async def test_a_slip_goes_byte_for_byte_in_a_package_of_its_own(
    desk: Desk, kind: str
) -> None:
    told = await desk.send(slip(kind, **TO_TAX))
    assert (told.outcome, told.code) == (Outcome.ON_ITS_WAY, "awaiting_receipt")
    ((name, package),) = desk.outgoing().items()
    assert name == f"{OURS}.p7m"
    assert [(f.kind, f.raw) for f in package.files] == [
        ("PHIEU_CHUYEN", raw_slip(kind))
    ]
    assert package.row["SO_GOI"] == OURS
    assert (package.row["DON_VI_GUI"], package.row["DON_VI_NHAN"]) == (UNIT, TAX)
    assert package.row["THOI_GIAN_LAP"] == "20260713100000"


async def test_putting_a_package_down_is_no_delivery(desk: Desk) -> None:
    await desk.send(slip(**TO_TAX))
    desk.later(days=2)
    told = await desk.ask(slip(**TO_TAX))
    assert (told.outcome, told.code) == (Outcome.ON_ITS_WAY, "awaiting_receipt")


async def test_what_was_never_put_down_has_not_left(desk: Desk) -> None:
    told = await desk.ask(slip(**TO_TAX))
    assert (told.outcome, told.code) == (Outcome.NOT_DELIVERED, "never_laid")


async def test_a_package_that_was_carried_away_may_have_arrived(desk: Desk) -> None:
    await desk.send(slip(**TO_TAX))
    (desk.folder / "di" / f"{OURS}.p7m").unlink()
    assert (await desk.ask(slip(**TO_TAX))).outcome is Outcome.ON_ITS_WAY


async def test_a_package_whose_mark_was_lost_may_have_arrived(desk: Desk) -> None:
    await desk.send(slip(**TO_TAX))
    shutil.rmtree(desk.folder / "so")
    assert (await desk.ask(slip(**TO_TAX))).outcome is Outcome.ON_ITS_WAY


async def test_a_package_made_again_is_the_same_by_number_and_files(desk: Desk) -> None:
    await desk.send(slip(**TO_TAX))
    (before,) = desk.outgoing().values()
    desk.later(days=3)
    await desk.send(slip(**TO_TAX))
    (after,) = desk.outgoing().values()
    assert before.raw != after.raw
    assert before.number == after.number
    assert [f.digest for f in before.files] == [f.digest for f in after.files]


@pytest.mark.parametrize(
    ("package", "inside", "outcome"),
    [
        ("00", "00", Outcome.DELIVERED),
        ("01", "00", Outcome.DELIVERED),
        ("00", "01", Outcome.DUPLICATE),
        ("00", "30", Outcome.NEEDS_CONFIGURATION),
        ("00", "31", Outcome.REFUSED),
        ("01", "35", Outcome.REFUSED),
        ("00", "50", Outcome.NEEDS_CONFIGURATION),
        ("20", "", Outcome.NOT_DELIVERED),
        ("22", "", Outcome.NEEDS_CONFIGURATION),
        ("23", "", Outcome.NOT_DELIVERED),
        ("24", "", Outcome.NEEDS_CONFIGURATION),
        ("25", "", Outcome.NEEDS_CONFIGURATION),
    ],
)
async def test_the_receipt_tells_what_became_of_a_slip(
    desk: Desk, package: str, inside: str, outcome: Outcome
) -> None:
    await desk.send(slip(**TO_TAX))
    taken = await desk.take(receipt(OURS, package, inside))
    assert taken.confirms == ["t_0001"]
    told = await desk.ask(slip(**TO_TAX))
    assert told.outcome is outcome
    assert REPLIES.words().get(told.code) or outcome in {
        Outcome.DELIVERED,
        Outcome.DUPLICATE,
    }


async def test_a_package_lies_until_its_receipt_says_taken(desk: Desk) -> None:
    await desk.send(slip(**TO_TAX))
    await desk.take(receipt(OURS, "20"), number="TX-1")
    assert f"{OURS}.p7m" in desk.outgoing()
    await desk.take(receipt(OURS), number="TX-2")
    assert f"{OURS}.p7m" not in desk.outgoing()


@pytest.mark.parametrize("codes", [("20", "00"), ("00", "20")])
async def test_taken_wins_over_not_taken_whichever_comes_first(
    desk: Desk, codes: tuple[str, str]
) -> None:
    await desk.send(slip(**TO_TAX))
    for number, code in enumerate(codes):
        await desk.take(receipt(OURS, code), number=f"TX-{number}")
    assert (await desk.ask(slip(**TO_TAX))).outcome is Outcome.DELIVERED


async def test_an_old_refusal_says_nothing_of_a_package_put_down_again(
    desk: Desk,
) -> None:
    await desk.send(slip(**TO_TAX))
    await desk.take(receipt(OURS, "22"))
    await desk.send(slip(**TO_TAX))
    assert (await desk.ask(slip(**TO_TAX))).outcome is Outcome.ON_ITS_WAY


@pytest.mark.parametrize("number", ["LT-t_0002", "../di/LT-t_0001", "so/x", "", "."])
async def test_a_receipt_for_what_was_not_sent_leaves_nothing_behind(
    desk: Desk, number: str
) -> None:
    await desk.send(slip(**TO_TAX))
    before = sorted(path for path in desk.folder.rglob("*") if path.is_file())
    told = receipt(number or "x")
    await desk.take(told)
    after = {path for path in desk.folder.rglob("*") if path.is_file()}
    new = after - set(before)
    # The note that this package came, and nothing named by what stands in it.
    assert [(path.parent.name, path.name[:3]) for path in new] == [("so", "ve-")]
    assert (await desk.ask(slip(**TO_TAX))).outcome is Outcome.ON_ITS_WAY


async def test_an_answer_to_a_question_goes_with_its_files(desk: Desk) -> None:
    paper = file("hop-dong.pdf", b"%PDF-1.7 vi du")
    message = answer([paper])
    told = await desk.send(replace(message, **TO_TAX))
    assert told.outcome is Outcome.ON_ITS_WAY
    ((_, package),) = desk.outgoing().items()
    (content,) = package.files
    assert content.kind == "TRA_LOI"
    assert content.json["SoVanBan"] == "12/YC-TĐTCQ"
    assert [one["TenTep"] for one in content.json["DanhSachTep"]] == ["hop-dong.pdf"]


async def test_an_answer_that_is_too_large_never_leaves(desk: Desk) -> None:
    big = file("to.pdf", b"x" * (13 * 1024 * 1024))
    told = await desk.send(replace(answer([big]), **TO_TAX))
    assert (told.outcome, told.code) == (Outcome.NEEDS_DATA, "too_large")
    assert not (desk.folder / "di").exists()


@pytest.mark.parametrize("registered", [[], ["expired"]])
async def test_without_a_certificate_of_tax_nothing_is_packed(
    tmp_path: Path, parties: dict[str, Party], registered: list[str]
) -> None:
    until = datetime(2026, 7, 1, tzinfo=UTC)
    expired = Party.create(tmp_path, "expired", until=until)
    desk = Desk(
        tmp_path / "goi", {**parties, "expired": expired}, registered=registered
    )
    told = await desk.send(slip(**TO_TAX))
    code = "receiver_certificate"
    assert (told.outcome, told.code) == (Outcome.NEEDS_CONFIGURATION, code)
    assert not (desk.folder / "di").exists()


async def test_a_tax_office_that_nobody_mapped_waits_for_configuration(
    tmp_path: Path, parties: dict[str, Party]
) -> None:
    road = {**ROAD, "tax": {**ROAD["tax"], "receivers": {}}}
    desk = Desk(tmp_path / "goi", parties, road=road)
    told = await desk.send(slip(**TO_TAX))
    code = "receiver_unmapped"
    assert (told.outcome, told.code) == (Outcome.NEEDS_CONFIGURATION, code)


async def test_a_disk_that_fails_leaves_the_fate_open_until_somebody_looks(
    desk: Desk,
) -> None:
    desk.folder.parent.mkdir(exist_ok=True)
    desk.folder.write_text("a file where a folder should be", "utf-8")
    told = await desk.send(slip(**TO_TAX))
    assert (told.outcome, told.code) == (Outcome.UNKNOWN, "folder_unavailable")
    desk.folder.unlink()
    assert (await desk.ask(slip(**TO_TAX))).code == "never_laid"


async def test_only_tax_can_open_what_lies_on_the_medium(desk: Desk) -> None:
    await desk.send(slip(**TO_TAX))
    raw = (desk.folder / "di" / f"{OURS}.p7m").read_bytes()
    assert b"0001/PCTT" not in raw
    assert b"goi.xml" not in raw
    assert (desk.folder / "di").stat().st_mode & 0o077 == 0


def test_every_code_of_a_receipt_has_one_row_and_every_sample_fits_it() -> None:
    seen = {row.sample for row in REPLIES.rows if row.sample}
    assert seen == {path.name for path in SAMPLES.glob("BienNhan.*.json")}
    for row in REPLIES.rows:
        wanted = dict(row.fields)
        told = {name: min(values) for name, values in wanted.items()}
        assert REPLIES.matching("slip_new", 0, told, "") == (row,)
