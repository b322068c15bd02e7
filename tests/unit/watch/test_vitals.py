"""The gateway's own health in words: what is wrong first, and what is not known as such."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.alert import Holding, Severity
from gateway.ports.nodes import KnownNode
from gateway.watch.vitals import Disk, Facts, Tone, Vital, vitals
from gateway.wiring.ready import DISK_FULL, LOOP_ENDED, NAME_TAKEN, SCHEMA_OLD, STOPPING

NOW = datetime(2026, 3, 10, 1, tzinfo=UTC)
GB = 2**30


def well(**changed: object) -> Facts:
    """Everything as it should be, but for what is changed."""
    facts: dict[str, object] = {
        "now": NOW,
        "store": {"store": "sqlite"},
        "looked_at": NOW,
        "nodes": [KnownNode("n1", NOW, ("seal",), {})],
        "disks": [Disk("run", 50 * GB, 100 * GB, 400)],
        "oldest": {"due": 30.0, "parked": 0.0},
        "unsealed_s": 0.0,
        "certificates": {"gateway": 86400.0 * 400},
        "roads": ["mail"],
        "backups": True,
        "backup_at": NOW - timedelta(hours=7),
        **changed,
    }
    return Facts(**facts)  # type: ignore[arg-type]


def of(found: list[Vital], what: str) -> Vital:
    (one,) = [one for one in found if one.what == what]
    return one


def test_a_gateway_that_is_well_says_so_of_everything() -> None:
    found = vitals(well())
    assert {one.tone for one in found} == {Tone.GOOD}
    assert all(one.words.endswith(".") and not one.todo for one in found)
    assert "còn 400 ngày" in of(found, "Đĩa của kho").words
    assert "50 %" in of(found, "Đĩa của kho").words


@pytest.mark.parametrize(
    "code", [STOPPING, NAME_TAKEN, LOOP_ENDED, DISK_FULL, SCHEMA_OLD]
)
def test_every_reason_of_readiness_has_words_and_stands_first(code: str) -> None:
    first = vitals(well(why_not=[code]))[0]
    assert (first.what, first.tone) == ("Nhận hồ sơ mới", Tone.BAD)
    assert code not in first.words
    assert first.todo


def test_what_the_store_says_of_itself_is_told_in_its_words() -> None:
    words = "Kho dữ liệu không ghi được (x): cổng chưa nhận hồ sơ."
    first = vitals(well(why_not=["store_unavailable"], store_words=words))[0]
    assert (first.tone, first.words) == (Tone.BAD, words)


def test_what_nobody_could_find_out_is_told_as_not_known() -> None:
    found = vitals(
        well(oldest={}, unsealed_s=None, looked_at=None, backups=False, certificates={})
    )
    unknown = {one.what for one in found if one.tone is Tone.UNKNOWN}
    assert unknown == {
        "Hàng chờ",
        "Nhật ký chưa niêm phong",
        "Gửi, hỏi lại, tra cứu đúng hạn",
        "Bản sao lưu",
        "Chứng thư của cổng",
    }


def test_the_worst_stands_first_with_what_to_do() -> None:
    alert = Holding(
        kind="expiry",
        subject="n1:gateway",
        severity=Severity.WARNING,
        since=NOW,
        reason="Máy n1: chứng thư «gateway» sắp hết hạn",
        next_action="Quản trị xin cấp chứng thư mới.",
    )
    late = ("Lượt gửi đến hạn mà không được gửi", "Thuế Mẫu", 7, NOW)
    found = vitals(well(standing=[late], alerts=[alert]))
    assert [one.tone for one in found][:3] == [Tone.BAD, Tone.LOOK, Tone.GOOD]
    assert "Thuế Mẫu: 7 lượt gửi đến hạn" in found[0].words
    assert found[0].page == "/console/dung-yen"
    assert found[1].todo == alert.next_action


def test_alerts_about_offices_are_no_matter_of_the_gateway_s_health() -> None:
    lane = Holding(
        "lane", "tax", Severity.CRITICAL, NOW, "Thuế: không gửi được", "Gọi."
    )
    assert {one.tone for one in vitals(well(alerts=[lane]))} == {Tone.GOOD}


def test_a_disk_that_will_be_full_soon_is_told_before_it_is() -> None:
    found = of(vitals(well(disks=[Disk("run", 60 * GB, 100 * GB, 12)])), "Đĩa của kho")
    assert found.tone is Tone.LOOK
    assert "còn 12 ngày" in found.words


def test_a_backup_that_is_missing_or_old_is_told() -> None:
    missing = of(vitals(well(backup_at=None)), "Bản sao lưu")
    old = of(vitals(well(backup_at=NOW - timedelta(days=3))), "Bản sao lưu")
    assert (missing.tone, old.tone) == (Tone.BAD, Tone.BAD)
    assert "cách đây 3 ngày" in old.words


def test_a_machine_that_is_away_and_a_road_that_fails_are_named() -> None:
    nodes = [KnownNode("n1", NOW, (), {}), KnownNode("n2", NOW, (), {}, is_alive=False)]
    failing = {"mail": (NOW, "mail_not_sent"), "webhook": (NOW, "x")}
    found = vitals(well(nodes=nodes, failing=failing))
    assert "Không thấy: n2" in of(found, "Các máy").words
    road = of(found, "Kênh cảnh báo")
    assert (road.tone, "webhook" in road.words) == (Tone.BAD, False)
    assert of(vitals(well(roads=[])), "Kênh cảnh báo").tone is Tone.LOOK
