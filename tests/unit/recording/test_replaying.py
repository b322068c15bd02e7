"""A recording without its people is read as the original was, and a change is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gateway.adapters.electricity import reading
from gateway.carriers.replies import Replies
from gateway.domain.report import ReportKind
from gateway.recording.anonymise import anonymised
from gateway.recording.cases import NoCase, read, written
from gateway.recording.exchange import Exchange
from gateway.wiring import replaying, trying
from tests.unit.recording.planted import SCHEMAS
from tests.unit.recording.test_nothing_survives import KEY, rules_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.recording.cases import Case

PUSHED = ["electricity", "land_registry", "land_registry/ilis", "tax/portal"]
ANSWERED = ["electricity", "land_registry", "civil_registry/single"]
AT = "2026-03-10T08:00:00+07:00"


def exchange(number: int, direction: str, operation: str, **said: Any) -> Exchange:
    told = {"status": 200, "body": b"{}", "answer": b"", **said}
    return Exchange(number, AT, direction, "POST", f"/{operation}", **told)


def pushes(interface: str) -> Iterator[Exchange]:
    kit = replaying.kit_named(interface)
    folder = SCHEMAS / Path(kit.manifest.document).stem / "samples"
    for number, row in enumerate(kit.pushed, 1):
        body = (folder / row.sample).read_bytes()
        yield exchange(number, "out", row.operation, body=body)


def answers(interface: str) -> Iterator[Exchange]:
    kit = replaying.kit_named(interface)
    manifest = kit.manifest
    folder = SCHEMAS / Path(manifest.document).stem / "samples"
    text = manifest.path.with_name(kit.replies).read_text("utf-8")
    for number, row in enumerate(Replies.load(text).rows, 1):
        if row.sample.endswith(".json"):
            own = [o for o in manifest.operations.values() if o in row.operations]
            every = [*own, *sorted(row.operations), *manifest.operations.values()]
            operation = every[0]
            content, status = (folder / row.sample).read_bytes(), min(row.http)
            yield exchange(number, "in", operation, answer=content, status=status)


def brief(cases: Sequence[Case]) -> list[Any]:
    """What is made of each, without the values that were replaced."""
    names = ("report", "refused", "kind", "slot", "outcome", "code", "state")
    return [
        [{name: row.get(name) for name in names} for row in case.made]
        + [[one["report"] for one in row.get("reports", ())] for row in case.made]
        for case in cases
    ]


def rules(interface: str) -> Any:
    return rules_of(interface.partition("/")[0])


@pytest.mark.parametrize("interface", PUSHED)
def test_what_an_agency_pushed_is_read_alike_without_its_people(interface: str) -> None:
    recorded = list(pushes(interface))
    told = anonymised(recorded, rules(interface), KEY).exchanges
    was, now = (replaying.as_cases(one, interface) for one in (recorded, told))
    assert len(was) == len(recorded) > 0
    assert brief(now) == brief(was)
    assert [case.message for case in now] != [case.message for case in was]


@pytest.mark.parametrize("interface", ANSWERED)
def test_what_an_agency_answered_means_the_same_without_its_people(
    interface: str,
) -> None:
    recorded = list(answers(interface))
    told = anonymised(recorded, rules(interface), KEY).exchanges
    was, now = (replaying.as_cases(one, interface) for one in (recorded, told))
    assert len(was) > 8
    assert brief(now) == brief(was)


def test_a_signed_answer_is_signed_anew_and_read_as_that_to_our_own_call() -> None:
    samples = SCHEMAS / "tax" / "samples"
    asked, answered = "call_slip_new.xml", "reply_slip_accepted.xml"
    body, reply = ((samples / name).read_bytes() for name in (asked, answered))
    recorded = exchange(1, "in", "tct/GuiThongDiep", body=body, answer=reply)
    told = anonymised([recorded], rules("tax"), KEY)
    assert told.signatures_removed > 0
    (case,) = replaying.as_cases(told.exchanges, "tax")
    (row,) = case.made
    found = (row["kind"], row["slot"], row["outcome"], row["code"], row["state"])
    assert found == ("slip_new", "submit", "delivered", "accepted", "delivered")
    assert b"0001/PCTT" not in case.answer


def kept(folder: Path) -> Path:
    recorded = list(pushes("electricity"))
    told = anonymised(recorded, rules("electricity"), KEY).exchanges
    written(replaying.as_cases(told, "electricity"), folder / "ca")
    return folder / "ca"


def test_cases_that_nothing_changed_for_differ_in_nothing(tmp_path: Path) -> None:
    done = list(replaying.replayed(kept(tmp_path)))
    assert [one.differs for one in done] == [()] * 3


def test_a_changed_reading_is_told_in_words(tmp_path: Path) -> None:
    folder = kept(tmp_path)
    path = folder / "0001-push-CapNhatTienDo" / "made.json"
    made = json.loads(path.read_text("utf-8"))
    was, made[0]["report"], made[0]["facts"] = made[0]["report"], "opened", {}
    path.write_text(json.dumps(made), "utf-8")
    (differs,) = [one.differs for one in replaying.replayed(folder) if one.differs]
    assert any(f'report: trước "opened", nay "{was}"' in said for said in differs)


def test_a_reader_that_was_changed_is_caught_by_the_cases(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = kept(tmp_path)
    meaning = reading._meaning

    def nobody_waits(*said: Any) -> tuple[Any, bool]:
        kind, _ = meaning(*said)
        return (ReportKind.PROGRESS if kind is ReportKind.PAUSED else kind), False

    monkeypatch.setattr(reading, "_meaning", nobody_waits)
    (one,) = [one for one in replaying.replayed(folder) if one.differs]
    assert any('report: trước "paused", nay "progress"' in said for said in one.differs)


def test_the_same_exchange_is_read_from_what_was_written(tmp_path: Path) -> None:
    cases = {case.name: case for case in read(kept(tmp_path))}
    recorded = anonymised(list(pushes("electricity")), rules("electricity"), KEY)
    for one in recorded.exchanges:
        case = cases[f"{one.number:04d}-push-CapNhatTienDo"]
        assert (case.message, case.operation) == (one.body, one.operation)
        assert case.number.encode() in one.body


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda at: (at / "made.json").unlink(), "thiếu tệp made.json"),
        (lambda at: (at / "made.json").write_text("{", "utf-8"), "không đọc được"),
        (
            lambda at: (at / "case.toml").write_text("way = 'push'", "utf-8"),
            "thiếu khóa",
        ),
        (lambda at: (at / "case.toml").write_text("way = 'ngang'", "utf-8"), "way là"),
    ],
)
def test_a_spoilt_case_is_named(tmp_path: Path, spoil: Any, says: str) -> None:
    folder = kept(tmp_path)
    spoil(folder / "0001-push-CapNhatTienDo")
    with pytest.raises(NoCase, match=says):
        list(replaying.replayed(folder))


def test_a_folder_without_cases_and_a_full_one_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NoCase, match="không có ca nào"):
        list(replaying.replayed(tmp_path))
    with pytest.raises(NoCase, match="đã có tệp"):
        written((), kept(tmp_path))


def test_an_interface_that_there_is_not_is_named(tmp_path: Path) -> None:
    folder = kept(tmp_path)
    path = folder / "0002-push-CapNhatTienDo" / "case.toml"
    told = path.read_text("utf-8").replace('"electricity"', '"buu_dien"')
    path.write_text(told, "utf-8")
    with pytest.raises(ValueError, match="buu_dien"):
        list(replaying.replayed(folder))


def test_every_interface_of_the_lists_is_installed() -> None:
    known = {manifest.interface for manifest in trying.interfaces()}
    assert {*PUSHED, *ANSWERED} <= known
