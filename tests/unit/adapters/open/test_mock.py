"""The mock agency behaves as the interface document says, quirks included."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import ServerDisconnectedError, web

from gateway.adapters.open.mock import kind_of, number_of
from gateway.adapters.open.mock_push import NotTaken, check, read
from gateway.mockagency.faults import Fault
from tests.unit.adapters.open.counterpart import (
    NUMBER,
    SECOND,
    START,
    Signer,
    stage,
)
from tests.unit.adapters.open.desk import OFFICE, handed_over
from tests.unit.adapters.open.published import errors, sample

if TYPE_CHECKING:
    from pathlib import Path

DAY = 24.0


# ---------------------------------------------------------------- looking


async def test_a_dossier_is_taken_on_and_finished_by_the_clock(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        here.hand_out("t-1")
        await here.run(DAY * 3)
        assert here.effects == [("hand_over", NUMBER)]
        assert [kind for _, kind in here.reported] == ["accepted", "finished"]
        first_look = 10 / 60
        hours = [hour - first_look for hour, _ in here.reported]
        assert hours == pytest.approx([1, 20])
        finished = here.desk.reports[-1]
        assert base64.b64decode(finished["files"][0]["content"]).startswith(b"%PDF")
        assert here.desk.made == ["file", "acknowledge", "report", "report"]


async def test_looking_moves_nothing_and_a_transfer_counts_once(tmp_path: Path) -> None:
    scenario = "[open]\nnever_acknowledges = true\n"
    async with stage(tmp_path, scenario=scenario) as here:
        here.hand_out("t-1")
        await here.run(0.5)
        looks = [call for call in here.desk.calls if call.operation == "fetch"]
        assert len(looks) == 3
        assert [one["id"] for one in here.desk.waiting] == ["t-1"]
        assert here.effects == [("hand_over", NUMBER)]
        assert "acknowledge" not in here.desk.made


async def test_a_walk_goes_on_by_the_cursor_and_begins_without_it(
    tmp_path: Path,
) -> None:
    async with stage(tmp_path) as here:
        here.desk.page = 1
        for place in range(3):
            here.hand_out(f"t-{place}", f"H00.01-260310-000{place}")
        await here.run(0.4)
        walks = [c.body["after"] for c in here.desk.calls if c.operation == "fetch"]
        assert walks == ["", "1", "2", ""]
        assert here.desk.acknowledged == ["t-0", "t-1", "t-2"]


async def test_of_one_dossier_the_next_comes_once_the_one_before_is_acknowledged(
    tmp_path: Path,
) -> None:
    async with stage(tmp_path) as here:
        here.hand_out("t-1")
        here.desk.hand_out({**sample("transfer.withdraw"), "dossier": NUMBER})
        await here.run(DAY)
        assert here.effects == [("hand_over", NUMBER), ("withdraw", NUMBER)]
        # What was still to be done is dropped; the withdrawal is answered.
        assert [kind for _, kind in here.reported] == ["withdrawn"]


async def test_nobody_looks_at_night_or_on_a_sunday(tmp_path: Path) -> None:
    evening = datetime.fromisoformat("2026-03-13T17:45:00+07:00")  # a Friday
    async with stage(tmp_path, start=evening) as here:
        await here.run(DAY * 3)
        looks = [call.at for call in here.desk.calls if call.operation == "fetch"]
        monday = datetime.fromisoformat("2026-03-16T07:00:00+07:00")
        friday = [evening + timedelta(minutes=10)]
        assert looks[:1] == friday
        assert looks[1] == monday


async def test_an_office_can_be_told_to_look_at_once(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        here.hand_out("t-1")
        status, _ = await here.post(f"/open/{OFFICE}/look", {})
        assert status == 200
        assert here.effects == [("hand_over", NUMBER)]
        assert (await here.post("/open/khac/look", {}))[0] == 404


async def test_a_file_that_is_not_whole_is_not_acknowledged(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        transfer, files = handed_over("t-1", NUMBER)
        here.desk.hand_out(transfer, **{"f-t-1": b"half"})
        await here.run(0.4)
        assert (here.effects, here.desk.acknowledged) == ([], [])
        here.desk.files |= files
        await here.run(0.4)
        assert here.effects == [("hand_over", NUMBER)]
        assert here.desk.acknowledged == ["t-1"]


async def test_a_page_of_html_is_no_answer(tmp_path: Path) -> None:
    page = "<!doctype html><title>Đăng nhập</title>"

    def proxy(*_: Any) -> web.Response:
        return web.Response(text=page, content_type="text/html")

    async with stage(tmp_path) as here:
        here.hand_out("t-1")
        here.desk.broken = proxy
        await here.run(0.2)
        assert here.effects == []
        assert [row["status"] for row in here.arrivals("fetch_answer")] == [200]
        here.desk.broken = lambda *_: None
        await here.run(0.2)
        assert here.effects == [("hand_over", NUMBER)]


async def test_a_corrected_dossier_comes_under_a_new_id(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        here.hand_out("t-1")
        here.hand_out("t-2", revision=2)
        await here.run(0.5)
        facts = [row["facts"]["revision"] for row in here.mock.effects.lines()]
        assert facts == [1, 2]


# ---------------------------------------------------------------- reporting

STEPS = """
[[open.step]]
after_h = 1
report = "supplement_request"
body = {note = "Thiếu giấy tờ về nhà ở."}

[[open.step]]
on = "supplement"
after_h = 2
report = "notices"
by = "own_number"
body = {notices = [{number = "1/TB", amount = "0"}]}

[[open.step]]
on = "started:2"
after_h = 3
report = "finished"
by = "dossier"
upload = true
results = ["Hợp đồng", "Biên bản"]
"""


async def test_a_scenario_says_what_is_reported_and_when(tmp_path: Path) -> None:
    accepted = '[[open.step]]\nreport = "accepted"\n' + STEPS
    scenario = accepted.replace("started:2", "started:3")
    async with stage(tmp_path, scenario=scenario) as here:
        here.hand_out("t-1")
        await here.run(2)
        here.desk.hand_out({**sample("transfer.supplement"), "dossier": NUMBER})
        here.desk.files["f-0002"] = base64.b64decode(
            sample("report.finished")["files"][0]["content"]
        )
        await here.run(8)
        kinds = [kind for _, kind in here.reported]
        assert kinds == ["accepted", "supplement_request", "notices", "finished"]
        last = here.desk.reports[-1]
        assert [file["title"] for file in last["files"]] == ["Hợp đồng", "Biên bản"]
        assert {file["upload"] for file in last["files"]} == {"u-1", "u-2"}
        assert [call.code for call in here.desk.calls if call.code] == []


@pytest.mark.parametrize("operation", ["acknowledge", "report"])
async def test_a_lost_answer_is_repeated_with_the_same_bytes_and_counts_once(
    operation: str, tmp_path: Path
) -> None:
    async with stage(tmp_path) as here:
        here.hand_out("t-1")
        here.desk.lost = {operation}
        await here.run(DAY)
        assert [kind for _, kind in here.desk.told] == ["accepted", "finished"]
        assert here.desk.acknowledged == ["t-1"]
        said = [row["said"] for row in here.arrivals(f"{operation}_answer")]
        again = {"acknowledge": "already", "report": "repeated"}[operation]
        assert said[:2] == ["", again]


async def test_a_report_with_the_id_of_another_content_is_refused(
    tmp_path: Path,
) -> None:
    scenario = """
[[open.step]]
report = "progress"
body = {report_id = "bc-1", step = "KS"}

[[open.step]]
after_h = 1
report = "progress"
body = {report_id = "bc-1", step = "TK"}
"""
    async with stage(tmp_path, scenario=scenario) as here:
        here.hand_out("t-1")
        await here.run(3)
        answers = here.arrivals("report_answer")
        assert [row["code"] for row in answers] == ["", "report_id_reused"]
        assert [report["step"] for report in here.desk.reports] == ["KS"]


async def test_the_same_report_twice_is_repeated_and_counts_once(
    tmp_path: Path,
) -> None:
    scenario = '[[open.step]]\nreport = "progress"\ntimes = 2\n'
    async with stage(tmp_path, scenario=scenario) as here:
        here.hand_out("t-1")
        await here.run(1)
        said = [row["said"] for row in here.arrivals("report_answer")]
        assert said == ["recorded", "repeated"]
        assert len(here.desk.reports) == 1


async def test_acknowledging_twice_is_already(tmp_path: Path) -> None:
    scenario = "[open]\nacknowledges_twice = true\n"
    async with stage(tmp_path, scenario=scenario) as here:
        here.hand_out("t-1")
        await here.run(0.2)
        said = [row["said"] for row in here.arrivals("acknowledge_answer")]
        assert said == ["taken", "already"]


async def test_a_report_about_a_transfer_acknowledges_it_too(tmp_path: Path) -> None:
    scenario = """
[open]
acknowledge_after_h = 5

[[open.step]]
after_h = 1
report = "accepted"
"""
    async with stage(tmp_path, scenario=scenario) as here:
        here.hand_out("t-1")
        await here.run(2)
        assert here.desk.acknowledged == ["t-1"]
        assert here.desk.waiting == []
        await here.run(6)
        said = [row["said"] for row in here.arrivals("acknowledge_answer")]
        assert said == ["already"]


async def test_a_report_by_dossier_leaves_the_transfer_in_the_list(
    tmp_path: Path,
) -> None:
    scenario = """
[open]
never_acknowledges = true

[[open.step]]
report = "accepted"
by = "dossier"
"""
    async with stage(tmp_path, scenario=scenario) as here:
        here.hand_out("t-1")
        await here.run(1)
        assert here.desk.told == [(NUMBER, "accepted")]
        assert [one["id"] for one in here.desk.waiting] == ["t-1"]


async def test_anothers_dossier_and_an_unknown_one_are_answered_alike(
    tmp_path: Path,
) -> None:
    scenario = "".join(
        f'[[open.step]]\nreport = "accepted"\nabout = "{number}"\n'
        for number in (SECOND, "H00.01-260310-9999")
    )
    async with stage(tmp_path, scenario=scenario) as here:
        here.hand_out("t-1")
        await here.run(0.2)  # the second dossier was never given to this office
        here.hand_out("t-2", SECOND)
        answers = here.arrivals("report_answer")
        assert len(answers) == 2
        assert answers[0] == answers[1]
        assert (answers[0]["status"], answers[0]["code"]) == (404, "dossier_unknown")
        assert here.desk.reports == []


@pytest.mark.parametrize(
    ("wrong", "blamed"),
    [
        ('ghi_chu = "xong"', ("/ghi_chu", "additional")),
        ("own_number = 15", ("/own_number", "type")),
        ('event_at = "2026-03-10T09:00:00"', ("/event_at", "format")),
        ('event_at = "2026-03-11T09:00:00+07:00"', ("/event_at", "in_the_future")),
        ('due_on = "20/03/2026"', ("/due_on", "format")),
    ],
)
async def test_what_is_written_wrong_is_refused_by_name_and_not_repeated(
    wrong: str, blamed: tuple[str, str], tmp_path: Path
) -> None:
    scenario = f'[[open.step]]\nreport = "accepted"\nbody = {{{wrong}}}\n'
    async with stage(tmp_path, scenario=scenario) as here:
        here.hand_out("t-1")
        await here.run(2)
        calls = [call for call in here.desk.calls if call.operation == "report"]
        assert [(call.status, call.code) for call in calls] == [
            (422, "request_invalid")
        ]
        assert calls[0].fields == (blamed,)


async def test_an_older_event_keeps_its_own_time(tmp_path: Path) -> None:
    scenario = """
[[open.step]]
after_h = 2
report = "progress"
backdated_h = 1.5
"""
    async with stage(tmp_path, scenario=scenario) as here:
        here.hand_out("t-1")
        await here.run(3)
        assert here.desk.reports[0]["event_at"] == "2026-03-10T08:10:00+07:00"


# ---------------------------------------------------------------- pushes


async def test_a_push_is_stored_once_and_answered_each_time(tmp_path: Path) -> None:
    async with stage(tmp_path, is_pushed_to=True) as here:
        transfer, files = handed_over("t-1", NUMBER)
        here.desk.hand_out(transfer, **files)
        here.desk.given.add("t-1")
        assert await here.push(transfer) == (200, sample("push.reply") | {"id": "t-1"})
        again = await here.push(transfer)
        assert again == (200, {"id": "t-1", "received": True, "duplicate": True})
        await here.run(DAY)
        assert here.effects == [("hand_over", NUMBER)]
        assert [kind for _, kind in here.desk.told] == ["accepted", "finished"]
        assert "fetch" not in {call.operation for call in here.desk.calls}
        assert [row["ok"] for row in here.arrivals("file")] == [True]


async def test_the_published_push_is_signed_by_the_published_key() -> None:
    (key,) = sample("keys.reply")["keys"]
    push, question = (
        read(json.dumps(sample(name)).encode()) for name in ("push", "status")
    )
    check(push, key)
    check(question, key)
    assert question.content == {"enquiry": "t-0001"}


async def test_the_payload_is_what_fetch_would_show() -> None:
    shown = read(json.dumps(sample("push")).encode()).content
    assert shown == sample("transfer.hand_over")
    assert shown == sample("fetch.reply")["transfers"][0]


@pytest.mark.parametrize("place", ["id", "time", "payload", "signature"])
async def test_a_push_changed_by_one_character_is_refused(
    place: str, tmp_path: Path
) -> None:
    async with stage(tmp_path, is_pushed_to=True) as here:
        transfer, _ = handed_over("t-1", NUMBER)
        good = here.signer.envelope("t-1", START, transfer)
        changed = {
            "id": "t-2",
            "time": good["time"] + 1,
            "payload": base64.b64encode(
                base64.b64decode(good["payload"]).replace(b'"t-1"', b'"t-1" ')
            ).decode(),
            "signature": good["signature"][:-1]
            + ("A" if good["signature"][-1] != "A" else "Q"),
        }
        assert changed[place] != good[place]
        status, answer = await here.post(
            f"/open/{OFFICE}", {**good, place: changed[place]}
        )
        assert (status, answer) == (401, {"code": "chu_ky_sai"})
        assert here.effects == []


async def test_no_other_algorithm_than_es256_is_believed(tmp_path: Path) -> None:
    async with stage(tmp_path, is_pushed_to=True) as here:
        transfer, _ = handed_over("t-1", NUMBER)
        good = here.signer.envelope("t-1", START, transfer)
        signature = good["signature"].partition("..")[2]
        for header in ({"alg": "none"}, {"alg": "HS256", "kid": here.signer.kid}):
            text = base64.urlsafe_b64encode(json.dumps(header).encode()).decode()
            forged = {**good, "signature": f"{text.rstrip('=')}..{signature}"}
            assert (await here.post(f"/open/{OFFICE}", forged))[0] == 401
        assert here.effects == []


async def test_a_stranger_is_not_believed_and_keys_are_asked_for_once_a_minute(
    tmp_path: Path,
) -> None:
    async with stage(tmp_path, is_pushed_to=True) as here:
        transfer, files = handed_over("t-1", NUMBER)
        here.desk.hand_out(transfer, **files)
        stranger = Signer().envelope("t-1", START, transfer)
        for _ in range(3):
            assert (await here.post(f"/open/{OFFICE}", stranger))[0] == 401
        assert here.desk.made == ["keys"]
        assert (await here.push(transfer))[0] == 200


async def test_a_new_key_is_found_by_asking_again(tmp_path: Path) -> None:
    async with stage(tmp_path, is_pushed_to=True) as here:
        transfer, files = handed_over("t-1", NUMBER)
        here.desk.hand_out(transfer, **files)
        assert (await here.push(transfer))[0] == 200
        second = Signer()
        here.desk.keys.append(second.public)
        await here.run(0.1)
        late = second.envelope("t-1", here.mock.clock.now(), transfer)
        status, answer = await here.post(f"/open/{OFFICE}", late)
        assert (status, answer.get("duplicate")) == (200, True)


async def test_a_time_far_away_is_refused_unless_a_platform_stores(
    tmp_path: Path,
) -> None:
    transfer, files = handed_over("t-1", NUMBER)
    old = START - timedelta(minutes=11)
    for tolerance_s, wanted in ((600, 400), (0, 200)):
        folder = tmp_path / str(tolerance_s)
        async with stage(folder, is_pushed_to=True, tolerance_s=tolerance_s) as here:
            here.desk.hand_out(transfer, **files)
            envelope = here.signer.envelope("t-1", old, transfer)
            status, answer = await here.post(f"/open/{OFFICE}", envelope)
            assert status == wanted
            code = answer.get("code")
            assert code == ("time_out_of_range" if wanted == 400 else None)


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b'{"id": "t-1"}', json.dumps({"payload": "%"}).encode()],
    ids=["empty", "list", "half", "fields", "base64"],
)
async def test_what_is_no_envelope_is_malformed(body: bytes, tmp_path: Path) -> None:
    async with stage(tmp_path, is_pushed_to=True) as here:
        status, answer = await here.post(f"/open/{OFFICE}", body)
        assert (status, answer) == (400, {"code": "khong_doc_duoc"})


@pytest.mark.parametrize("change", [{"id": "t-9"}, {"office": "khac"}, {"files": None}])
async def test_a_payload_of_another_id_or_office_is_not_taken(
    change: dict[str, Any], tmp_path: Path
) -> None:
    async with stage(tmp_path, is_pushed_to=True) as here:
        transfer, _ = handed_over("t-1", NUMBER)
        said = {n: v for n, v in (transfer | change).items() if v is not None}
        envelope = here.signer.envelope("t-1", START, said)
        assert (await here.post(f"/open/{OFFICE}", envelope))[0] == 422
        assert here.effects == []


async def test_the_question_tells_what_is_stored_and_only_that(tmp_path: Path) -> None:
    async with stage(tmp_path, is_pushed_to=True) as here:
        transfer, files = handed_over("t-1", NUMBER)
        here.desk.hand_out(transfer, **files)
        assert await here.ask("t-1") == (200, {"id": "t-1", "known": False})
        await here.push(transfer)
        assert await here.ask("t-1") == (200, {"id": "t-1", "known": True})
        unsigned = {**here.signer.envelope("q-2", START, {"enquiry": "t-1"}), "id": "q"}
        assert (await here.post(f"/open/{OFFICE}/status", unsigned))[0] == 401
        # A push is no question, nor the other way round.
        push = here.signer.envelope("t-1", START, transfer)
        assert (await here.post(f"/open/{OFFICE}/status", push))[0] == 422
        question = here.signer.envelope("q-3", START, {"enquiry": "t-1"})
        assert (await here.post(f"/open/{OFFICE}", question))[0] == 422


async def test_a_push_whose_answer_was_lost_is_known_and_counts_once(
    tmp_path: Path,
) -> None:
    lost = Fault("open", "hand_over", "lose_answer")
    async with stage(tmp_path, is_pushed_to=True, faults=(lost,)) as here:
        transfer, files = handed_over("t-1", NUMBER)
        here.desk.hand_out(transfer, **files)
        with pytest.raises(ServerDisconnectedError):
            await here.push(transfer)
        assert await here.ask("t-1") == (200, {"id": "t-1", "known": True})
        assert (await here.push(transfer))[1]["duplicate"] is True
        assert here.effects == [("hand_over", NUMBER)]


async def test_an_office_that_looks_takes_no_push(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        transfer, _ = handed_over("t-1", NUMBER)
        assert (await here.push(transfer))[0] == 404


def test_faults_find_a_push_by_its_kind_and_dossier() -> None:
    class Call:
        path = "/open/x"
        params: dict[str, str] = {}  # noqa: RUF012
        body = json.dumps(sample("push")).encode()

    assert (kind_of(Call()), number_of(Call())) == (
        "hand_over",
        sample("transfer.hand_over")["dossier"],
    )
    Call.body = b"?"
    assert (kind_of(Call()), number_of(Call())) == ("push", "")


def test_what_the_mock_answers_has_the_published_shape() -> None:
    assert errors("push.reply", sample("push.reply.duplicate")) == []
    with pytest.raises(NotTaken, match="khong_doc_duoc"):
        read(b"{}")
