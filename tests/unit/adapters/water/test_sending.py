"""Requests are put down whole, once, and their fate is seen in the folder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.adapters.water.mapping import comma_text
from gateway.carriers.replies import Replies
from gateway.domain.attempt import Outcome
from gateway.domain.errors import AgencyUnavailable, NeedsData
from gateway.ports.agency import File, LegView
from tests.unit.adapters.water.gateway_side import CHECK, DOSSIER, Side
from tests.unit.adapters.water.published import CONTRACT, ROOT
from tests.unit.adapters.water.test_mapping import message, paper

REPLIES = Replies.load(
    (ROOT / "gateway/adapters/water/replies.toml").read_text("utf-8")
)
FIRST = message("YC.H00-0001", dossier=DOSSIER)
SECOND = message("YC.H00-0002", dossier="H00.99.01-260310-0002")


def manifest(side: Side, lot: str = "YC-000001", part: str = "yeu-cau") -> Any:
    return json.loads((side.folder / part / f"{lot}.json").read_bytes())


def moved(side: Side, lot: str, to: str) -> None:
    """The company moves a lot."""
    for path in sorted((side.folder / "yeu-cau").glob(f"{lot}.*")):
        path.rename(side.folder / "yeu-cau" / to / path.name)


async def outcomes(side: Side, *sent: Any) -> list[Outcome]:
    return [answer.outcome for answer in await side.send(*sent)]


async def test_a_batch_is_one_lot_as_the_document_wants_it(side: Side) -> None:
    one = replace(FIRST, view=LegView({}, (paper("Đơn"), paper("Hợp đồng"))))
    assert await outcomes(side, one, SECOND) == [Outcome.ON_ITS_WAY] * 2
    told = manifest(side)
    assert CHECK("urn:lienthong:schema:water:lo:1", told) == ()
    assert told["ma_yeu_cau"] == ["YC.H00-0001", "YC.H00-0002"]
    names = {file["ten"] for file in told["tep"]}
    assert side.names("yeu-cau") == names | {"YC-000001.json"}
    assert {"YC-000001.001-01.pdf", "YC-000001.001-02.pdf"} < names
    for file in told["tep"]:
        body = (side.folder / "yeu-cau" / file["ten"]).read_bytes()
        digest = hashlib.sha256(body).hexdigest()
        assert (file["kich_thuoc"], file["sha256"]) == (len(body), digest)
    left = [one.name for one in (side.folder / "yeu-cau").glob(".*.tam")]
    assert left == []


async def test_a_message_that_cannot_be_sent_stops_no_other(side: Side) -> None:
    unmapped = message("n", procedure="1.999099")
    long = message("n-2", content={"reason": "a" * 4001}, kind="withdraw")
    answers = await side.send(unmapped, FIRST, long)
    assert [answer.outcome for answer in answers] == [
        Outcome.NEEDS_CONFIGURATION,
        Outcome.ON_ITS_WAY,
        Outcome.NEEDS_DATA,
    ]
    assert "NOI_DUNG" in answers[2].detail
    assert manifest(side)["ma_yeu_cau"] == ["YC.H00-0001"]


async def test_a_paper_that_cannot_be_read_leaves_nothing_behind(side: Side) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"%PDF"
        raise NeedsData(code="attachment_unreadable")

    broken = File("a.pdf", "Đơn", "application/pdf", 4, pieces)
    one = replace(FIRST, view=LegView({}, (paper("Đơn"), broken)))
    assert await outcomes(side, one) == [Outcome.NEEDS_DATA]
    assert side.names("yeu-cau") == set()
    assert (await side.ask(one)).outcome is Outcome.NOT_DELIVERED


async def test_numbers_of_lots_are_used_once_by_several_nodes(side: Side) -> None:
    await side.send(FIRST)
    moved(side, "YC-000001", "da-nhan")
    side.adapter = side.bound()
    await side.send(SECOND)
    assert manifest(side, "YC-000002")["so_thu_tu"] == 2
    for path in (side.folder / "yeu-cau").glob("YC-*"):
        path.unlink()
    for path in (side.folder / "yeu-cau/da-nhan").glob("YC-*"):
        path.unlink()
    await side.send(FIRST)
    assert side.names("yeu-cau") == {
        "YC-000003.json",
        "YC-000003.csv",
        "YC-000003.xlsx",
    }


async def test_a_number_that_somebody_has_claimed_is_left(side: Side) -> None:
    side.write(".YC-000001.lap", b"", "yeu-cau")
    await side.send(FIRST)
    assert "YC-000002.json" in side.names("yeu-cau")


async def test_nothing_is_put_in_place_of_another_file(side: Side) -> None:
    side.write("YC-000001.csv", b"theirs", "yeu-cau")
    await side.send(FIRST)
    assert (side.folder / "yeu-cau/YC-000001.csv").read_bytes() == b"theirs"
    assert manifest(side, "YC-000002")["so_lo"] == "YC-000002"


async def test_the_fate_of_a_request_is_where_its_manifest_lies(side: Side) -> None:
    assert (await side.ask(FIRST)).outcome is Outcome.NOT_DELIVERED
    await side.send(FIRST)
    assert (await side.ask(FIRST)).outcome is Outcome.ON_ITS_WAY
    assert (await side.ask(SECOND)).outcome is Outcome.NOT_DELIVERED
    moved(side, "YC-000001", "da-nhan")
    assert (await side.ask(FIRST)).outcome is Outcome.DELIVERED


async def test_a_manifest_that_was_moved_to_an_occupied_name_is_found(
    side: Side,
) -> None:
    await side.send(FIRST)
    (side.folder / "yeu-cau/YC-000001.json").rename(
        side.folder / "yeu-cau/da-nhan/YC-000001.json.2"
    )
    assert (await side.ask(FIRST)).outcome is Outcome.DELIVERED


async def test_files_without_their_manifest_prove_nothing(side: Side) -> None:
    await side.send(FIRST)
    (side.folder / "yeu-cau/YC-000001.json").unlink()
    assert (await side.ask(FIRST)).outcome is Outcome.NOT_DELIVERED


async def test_what_lies_ready_is_not_put_down_again(side: Side) -> None:
    await side.send(FIRST)
    assert await outcomes(side, FIRST, SECOND) == [Outcome.ON_ITS_WAY] * 2
    assert manifest(side, "YC-000002")["ma_yeu_cau"] == ["YC.H00-0002"]


async def test_a_row_is_the_same_in_another_lot(side: Side) -> None:
    rows = []
    for lot in ("YC-000001", "YC-000002"):
        await side.send(FIRST)
        rows.append((side.folder / f"yeu-cau/{lot}.csv").read_bytes())
        moved(side, lot, "loi")
    assert rows[0] == rows[1]


@pytest.mark.parametrize(
    ("code", "outcome", "word"),
    [
        ("D03", Outcome.REFUSED, "nothing_there"),
        ("D09", Outcome.NEEDS_CONFIGURATION, "contradiction"),
        ("D07", Outcome.NOT_DELIVERED, "lot_damaged"),
        ("D02", Outcome.REFUSED, "row_refused"),
    ],
)
async def test_a_report_of_errors_settles_its_row_alone(
    side: Side, code: str, outcome: Outcome, word: str
) -> None:
    await side.send(FIRST, SECOND)
    moved(side, "YC-000001", "da-nhan")
    heads = ["TEN_TEP", "DONG", "MA_LOI", "MA_YEU_CAU"]
    report = comma_text(heads, [["YC-000001.csv", "2", code, "YC.H00-0001"]])
    side.write("YC-000001.loi.csv", report, "yeu-cau/loi")
    answer = await side.ask(FIRST)
    assert (answer.outcome, answer.code) == (outcome, word)
    assert answer.code in side.adapter.words
    assert (await side.ask(SECOND)).outcome is Outcome.DELIVERED


@pytest.mark.parametrize(
    ("code", "outcome"),
    [("T03", Outcome.NOT_DELIVERED), ("T11", Outcome.NEEDS_CONFIGURATION)],
)
async def test_a_lot_that_was_refused_settles_every_row(
    side: Side, code: str, outcome: Outcome
) -> None:
    await side.send(FIRST, SECOND)
    moved(side, "YC-000001", "loi")
    report = comma_text(["TEN_TEP", "MA_LOI"], [["YC-000001.json", code]])
    side.write("YC-000001.loi.csv", report, "yeu-cau/loi")
    assert [(await side.ask(one)).outcome for one in (FIRST, SECOND)] == [outcome] * 2


async def test_a_lot_put_aside_without_a_word_proves_nothing(side: Side) -> None:
    await side.send(FIRST)
    moved(side, "YC-000001", "loi")
    assert (await side.ask(FIRST)).outcome is Outcome.UNKNOWN


async def test_an_answer_that_names_a_request_proves_that_it_came(side: Side) -> None:
    await side.send(FIRST)
    side.lot(
        1,
        f"{DOSSIER};YC.H00-0001;DA_TIEP_NHAN;12/03/2026",
        heads="MA_HO_SO;MA_YEU_CAU;TRANG_THAI;NGAY",
    )
    assert (await side.look()).confirms == ["YC.H00-0001"]
    assert (await side.ask(FIRST)).outcome is Outcome.DELIVERED


async def test_an_answer_about_a_dossier_proves_that_the_new_one_came(
    side: Side,
) -> None:
    later = replace(FIRST, idempotency_key="YC.H00-0009", revision=2)
    await side.send(FIRST, SECOND, later)
    side.lot(1, f"{DOSSIER};DA_TIEP_NHAN;12/03/2026", heads="MA_HO_SO;TRANG_THAI;NGAY")
    await side.look()
    assert (await side.ask(FIRST)).outcome is Outcome.DELIVERED
    for other in (SECOND, later):
        assert (await side.ask(other)).outcome is Outcome.ON_ITS_WAY
    # A number that fits no dossier here is nobody's word.
    side.lot(
        2, "H00.99.01-260310-0002;KHAO_SAT;12/03/2026", heads="MA_HO_SO;TRANG_THAI;NGAY"
    )
    await side.look(unknown=["H00.99.01-260310-0002"])
    assert (await side.ask(SECOND)).outcome is Outcome.ON_ITS_WAY


async def test_a_folder_that_cannot_be_reached_proves_nothing(tmp_path: Path) -> None:
    (tmp_path / "here").write_bytes(b"no folder")
    away = Side(tmp_path / "here")
    assert await outcomes(away, FIRST) == [Outcome.UNKNOWN]
    assert (await away.ask(FIRST)).outcome is Outcome.UNKNOWN


async def test_a_configuration_that_no_manifest_may_have_is_told(side: Side) -> None:
    assert list(side.adapter.misfits()) == []
    odd = side.bound(sender="H00 LT", services={"1.999020": "NUOC_NONG"})
    assert [place for place, _ in odd.misfits()] == [
        ("water", "sender"),
        ("water", "services", "1.999020"),
    ]


async def test_nobody_can_be_polled(side: Side) -> None:
    with pytest.raises(AgencyUnavailable):
        await side.adapter.poll([FIRST], timeout_s=1)


async def test_what_a_node_left_that_died_is_deleted_after_a_day(side: Side) -> None:
    side.now = datetime.now(UTC)
    await side.send(FIRST)
    side.write(".YC-000002.csv.tam", b"half", "yeu-cau")
    side.write("YC-000002.csv", b"a lot without manifest", "yeu-cau")
    side.later(hours=23)
    await side.look()
    assert "YC-000002.csv" in side.names("yeu-cau")
    side.later(hours=2)
    await side.look()
    assert side.names("yeu-cau") == {
        "YC-000001.json",
        "YC-000001.csv",
        "YC-000001.xlsx",
    }
    assert not (side.folder / "yeu-cau/.YC-000002.csv.tam").exists()


async def test_what_lies_ready_is_shown_with_its_table(side: Side) -> None:
    await side.send(FIRST, SECOND)
    shown = await side.inbox.outgoing(side.now)
    assert [one.transfer for one in shown] == ["YC.H00-0001", "YC.H00-0002"]
    table = await side.inbox.take(shown[0].name)
    assert table == (side.folder / "yeu-cau/YC-000001.xlsx").read_bytes()
    assert await side.inbox.take("../tra-loi/x") is None
    moved(side, "YC-000001", "da-nhan")
    assert list(await side.inbox.outgoing(side.now)) == []


def test_every_error_of_the_list_has_its_row_and_words(side: Side) -> None:
    for code in CONTRACT.faults:
        assert f"water_{code.lower()}" in side.adapter.words
        assert REPLIES.classify("hand_over", 0, {"ma": code}, "") is not None


def test_staff_of_the_gateway_are_told_whom_to_ask_to_mend_a_file(side: Side) -> None:
    _, next_action = side.adapter.words["water_d02"]
    assert next_action == "Báo đơn vị gửi tệp: chọn lại trong danh sách xổ xuống."
