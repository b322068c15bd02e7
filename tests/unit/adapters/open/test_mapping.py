"""What is shown to an agency and what is read of its reports, held against the samples."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway.adapters.open import mapping
from gateway.adapters.open.adapter import TRAITS, Dialect, OpenAdapter
from gateway.domain.attempt import Outcome
from gateway.domain.errors import AgencyBrokeContract, NeedsData
from gateway.domain.report import FileLink, HandedIn, Reference, ReportKind
from tests.unit.adapters.open.messages import AGENCY, BEHIND, message
from tests.unit.adapters.open.published import CATALOGUE, SAMPLES, sample

DIALECT = Dialect(AGENCY, CATALOGUE.errors, (), pushed=False)
REPORTS = sorted(
    path.name.removeprefix("report.").removesuffix(".json")
    for path in SAMPLES.glob("report.*.json")
    if not path.name.startswith("report.reply.")
)
CODE = Reference(mapping.ONE_STOP, "ma_ho_so", "H00.01-260310-0001")  # type: ignore[arg-type]


def without_marks(shown: dict[str, Any]) -> dict[str, Any]:
    """A file's identifier names its transfer, too; the samples' do not."""
    for file in shown["files"]:
        file["id"] = file["id"].partition(mapping.FILE_MARK)[2]
    return shown


@pytest.mark.parametrize("name", sorted(BEHIND))
def test_a_message_is_shown_as_the_sample_shows_it(name: str) -> None:
    shown = DIALECT.shown(message(name))
    assert without_marks(shown) == sample(f"transfer.{name}")


def test_every_kind_has_a_sample_and_traits() -> None:
    kinds = {sample(f"transfer.{name}")["kind"] for name in BEHIND}
    assert kinds == set(TRAITS)
    assert {f"transfer.{name}.json" for name in BEHIND} == {
        path.name for path in SAMPLES.glob("transfer.*.json")
    }


def test_papers_are_shown_without_their_files_and_what_a_leg_may_not_see_is_absent() -> (
    None
):
    whole = message("hand_over")
    paper = {"name": "Đơn", "originals": 1, "copies": 0, "files": [{"attachment": "a"}]}
    view = replace(whole.view, fields={"documents": [paper]})
    shown = DIALECT.shown(replace(whole, view=view))
    assert shown["fields"] == {
        "documents": [{"name": "Đơn", "originals": 1, "copies": 0}]
    }


@pytest.mark.parametrize(
    "lacking",
    [{"references": ()}, {"course": None}, {"created_at": None}],
)
async def test_what_must_be_there_and_is_not_is_asked_for_before_it_lies_ready(
    lacking: dict[str, Any],
) -> None:
    whole = replace(message("hand_over"), **lacking)
    with pytest.raises(NeedsData):
        DIALECT.shown(whole)
    (answer,) = await OpenAdapter(DIALECT).submit([whole], timeout_s=1)
    assert answer.outcome is Outcome.NEEDS_DATA
    assert answer.code in OpenAdapter.words


async def test_a_wrong_field_is_named_and_its_value_is_not() -> None:
    whole = message("withdraw")
    (answer,) = await OpenAdapter(DIALECT).submit(
        [replace(whole, content={"reason": "x" * 4001})], timeout_s=1
    )
    assert answer.outcome is Outcome.NEEDS_DATA
    assert "/details/reason" in answer.remedy
    assert "xxx" not in answer.remedy + answer.detail


async def test_a_message_lies_ready_and_an_enquiry_finds_it_there() -> None:
    adapter, whole = OpenAdapter(DIALECT), message("hand_over")
    (laid,) = await adapter.submit([whole], timeout_s=1)
    asked = await adapter.enquire(whole, timeout_s=1)
    (polled,) = await adapter.poll([whole], timeout_s=1)
    for answer in (laid, asked, polled):
        assert (answer.outcome, answer.code) == (Outcome.ON_ITS_WAY, "to_be_fetched")
    with pytest.raises(AgencyBrokeContract):
        [piece async for piece in adapter.fetch_file(FileLink("a", "/a"), timeout_s=1)]


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_is_read_as_what_its_kind_says(name: str) -> None:
    said = sample(f"report.{name}")
    files = (HandedIn("a.pdf", "0" * 64),)
    report = DIALECT.report(said, (CODE,), files)
    kind = said["kind"]
    wanted = ReportKind.PROGRESS if kind == "accepted" else ReportKind(kind)
    assert report.kind is wanted
    assert report.about == (CODE,)
    assert report.enclosed == files
    assert report.event_at is not None
    assert report.event_at.utcoffset() is not None
    assert report.fingerprint.endswith(said["report_id"])
    assert "note" not in report.facts
    assert report.content.get("note") == said.get("note")
    own = [r.value for r in report.introduces]
    assert own == ([said["own_number"]] if "own_number" in said else [])


def test_a_pause_says_why_and_notices_keep_their_amounts() -> None:
    paused = DIALECT.report(sample("report.paused"), (CODE,), ())
    assert paused.facts["pause"] == sample("report.paused").get("pause", "stopped")
    notices = DIALECT.report(sample("report.notices"), (CODE,), ())
    told = sample("report.notices")["notices"]
    assert notices.facts["notices"] == len(told)
    assert [row["amount"] for row in notices.content["notices"]] == [
        row["amount"] for row in told
    ]
    assert [row.get("kind") for row in notices.content["notices"]] == [
        row.get("item") for row in told
    ]
