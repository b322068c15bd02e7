"""The adapter toward iLIS: sessions, what is sent, and what each answer comes to."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import orjson
import pytest

from gateway.domain.attempt import Outcome
from gateway.domain.report import FileLink
from gateway.ports.agency import LegView
from tests.unit.adapters.land_registry.land import VIEW, file
from tests.unit.adapters.land_registry_ilis.desk import (
    ALL,
    HANDED,
    OFFICE,
    OWED_AGAIN,
    PAYMENT,
    SUPPLEMENT,
    TOKEN,
    WITHDRAWAL,
    WRONG,
    Both,
    Desk,
    Recorder,
    both,
    message,
    recording,
    settled,
)
from tests.unit.adapters.land_registry_ilis.office import (
    ACCOUNT,
    FORM,
    START,
)
from tests.unit.adapters.land_registry_ilis.published import SAMPLES, wrong

OpenBoth = Callable[..., AbstractAsyncContextManager[Both]]
STEP = '[[land_registry.step]]\non = "hand_over"\nafter_h = 1.0\nsend = "{}"\n'
OFFICE_ASKS, FINISHED = STEP.format("YeuCauBoSungHoSo"), STEP.format("KetThucHoSo")
TAKEN = (Outcome.DELIVERED, "accepted")


@pytest.fixture
def open_both(tmp_path: Path) -> OpenBoth:
    return partial(both, tmp_path)


@pytest.fixture
async def recorder() -> AsyncIterator[Recorder]:
    async with recording() as found:
        yield found


def other(number: int) -> Any:
    return message(number=f"H00.20.03-260310-{number:04d}")


# ------------------------------------------------------------ the session ends


async def test_a_401_takes_a_new_token_and_sends_the_same_message_once_more(
    open_both: OpenBoth,
) -> None:
    ends = (START + timedelta(minutes=10)).isoformat()
    async with open_both(session_ends_at=ends) as side:
        assert (await side.submit()).code == "accepted"
        await side.land.run(11 / 60)
        before = len(side.of_operations())
        answer = await side.submit(other(2))
        assert (answer.outcome, answer.code) == TAKEN
        refused, token, again = side.of_operations()[before:]
        assert token.path == "/ilis/token"
        assert (refused.path, refused.body) == (again.path, again.body)
        assert refused.headers["Authorization"] != again.headers["Authorization"]
        assert side.land.effects() == ["hand_over"] * 2


@pytest.mark.parametrize(
    "said",
    [
        path.read_text("utf-8").partition("\n\n")[2]
        for path in sorted(SAMPLES.glob("reply.session_ended*.http"))
    ],
    ids=["empty", "over", "unknown"],
)
async def test_every_body_of_a_401_is_the_same_answer(
    open_both: OpenBoth, said: str
) -> None:
    ended = {"operation": "hand_over", "do": "text_200", "text": said, "status": 401}
    async with open_both(faults=[ended]) as side:
        answer = await side.submit()
        assert (answer.outcome, answer.code) == TAKEN
        assert side.land.effects() == ["hand_over"]
        paths = [call.path.rpartition("/")[2] for call in side.of_operations()]
        assert paths == ["token", "TiepNhanHoSo"] * 2


async def test_a_session_that_ends_in_mid_batch_loses_no_message_and_doubles_none(
    open_both: OpenBoth,
) -> None:
    async with open_both(session_calls=2) as side:
        answers = await side.desk.batch(*(other(place) for place in range(1, 6)))
        assert [(a.outcome, a.code) for a in answers] == [TAKEN] * 5
        booked = [line["number"] for line in side.land.mock.effects.lines()]
        assert booked == [f"H00.20.03-260310-{place:04d}" for place in range(1, 6)]
        assert [a for _, a in side.land.arrivals()].count("session_ended") == 2


async def test_a_wrong_result_after_a_401_is_sent_again_and_counts_once(
    open_both: OpenBoth,
) -> None:
    ends = {"steps": FINISHED, "session_calls": 1, "expires_in_s": 86400}
    async with open_both(**ends) as side:
        await side.submit()
        await side.land.run(2)
        answer = await side.submit(WRONG)
        assert (answer.outcome, answer.code) == TAKEN
        assert side.land.effects() == ["hand_over", "result_wrong"]
        told = [a for kind, a in side.land.arrivals() if kind == "result_wrong"]
        assert told == ["session_ended", "accepted"]


async def test_a_401_with_a_fresh_token_is_not_admitted_and_asks_no_third_time(
    open_both: OpenBoth,
) -> None:
    async with open_both(session_calls=0) as side:
        answer = await side.submit()
        assert (answer.outcome, answer.code) == (Outcome.NOT_DELIVERED, "not_admitted")
        assert answer.remedy == side.desk.adapter.words["not_admitted"][1]
        paths = [call.path.rpartition("/")[2] for call in side.of_operations()]
        assert paths == ["token", "TiepNhanHoSo"] * 2
        assert side.land.effects() == []


async def test_a_large_scan_is_whole_when_it_is_sent_again(
    recorder: Recorder, tmp_path: Path
) -> None:
    recorder.first_status = 401
    content = bytes(range(256)) * 4 * 1024
    view = {**VIEW, "case": "DC-01", "documents": VIEW["documents"][2:]}
    sent = message(view=LegView(view, (file("to-khai.pdf", content),)))
    desk = Desk(recorder.base, tmp_path)
    assert (await desk.submit(sent)).code == "accepted"
    await desk.close()
    first, second = recorder.requests
    assert first[2] == second[2]
    (paper,) = recorder.body["DanhSachGiayToDinhKem"]
    assert base64.b64decode(paper["TapTin"]["data"]) == content


async def test_a_page_that_repeats_the_request_gives_no_token_away(
    recorder: Recorder, tmp_path: Path
) -> None:
    recorder.said = f"<h1>500</h1> Authorization: Bearer {TOKEN}"
    desk = Desk(recorder.base, tmp_path)
    answer = await desk.submit()
    await desk.close()
    assert answer.response == b"<h1>500</h1> Authorization: Bearer ***"


# ------------------------------------------------------------ one token for all


async def test_calls_share_one_token_and_a_newer_one_is_used_before_another_is_asked_for(
    open_both: OpenBoth, tmp_path: Path
) -> None:
    async with open_both(one_session=True) as side:
        elsewhere = Desk(
            side.land.base,
            tmp_path / "elsewhere",
            office={**OFFICE, "id": "land-vi-du-4"},
            shared=side.desk.shared,
            now=side.land.mock.clock.now,
        )
        desks = [side.desk, elsewhere, side.desk, elsewhere]
        told = await asyncio.gather(
            *(desk.submit(other(place)) for place, desk in enumerate(desks, 1))
        )
        assert [(a.outcome, a.code) for a in told] == [TAKEN] * 4
        assert _logins(side) == 1
        # Somebody signs in with our account: both hold a token that is over.
        await side.land.token()
        for place, desk in enumerate((side.desk, elsewhere), 5):
            assert (await desk.submit(other(place))).code == "accepted"
        await elsewhere.close()
        assert _logins(side) == 3  # theirs, and one of ours
        assert len(side.land.effects()) == 6


def _logins(side: Both) -> int:
    return sum(call.path == "/ilis/token" for call in side.calls)


async def test_a_token_is_renewed_before_its_time_is_over(
    open_both: OpenBoth,
) -> None:
    async with open_both(expires_in_s=300) as side:
        await side.submit()
        await side.land.run(269 / 3600)
        await side.submit(other(2))
        assert _logins(side) == 1
        await side.land.run(2 / 3600)
        await side.submit(other(3))
        assert _logins(side) == 2
        answers = [answer for kind, answer in side.land.arrivals() if kind != "token"]
        assert answers == ["accepted"] * 3


# ------------------------------------------------------------ the token operation


@pytest.mark.parametrize(
    "shape", ["usual", "expires_as_text", "no_expiry", "more_fields"]
)
async def test_every_shape_of_the_token_answer_opens_a_session(
    open_both: OpenBoth, shape: str
) -> None:
    async with open_both(token_shapes=[shape]) as side:
        for place in (1, 2):
            assert (await side.submit(other(place))).code == "accepted"
        assert _logins(side) == 1


@pytest.mark.parametrize("shape", ["login_page", "no_token"])
async def test_an_answer_without_a_token_proves_that_no_message_left(
    open_both: OpenBoth, shape: str
) -> None:
    async with open_both(token_shapes=[shape, "usual"]) as side:
        answer = await side.submit()
        assert (answer.outcome, answer.code) == (
            Outcome.NOT_DELIVERED,
            "session_unreadable",
        )
        assert [call.path for call in side.of_operations()] == ["/ilis/token"]
        assert (await side.submit()).code == "accepted"


@pytest.mark.parametrize(
    ("fault", "wait_s"),
    [
        ({"do": "lose_answer"}, None),
        ({"do": "half_answer"}, None),
        ({"do": "reset_before"}, None),
        ({"do": "error_500_before"}, None),
        ({"do": "html_200"}, None),
        ({"do": "text_200", "text": ""}, None),
        ({"do": "text_200", "text": '{"access_token":"a'}, None),
        ({"do": "text_200", "text": '{"access_token":["a"]}'}, None),
        ({"do": "text_200", "text": '{"access_token":"a b\\r\\nX: y"}'}, None),
        ({"do": "too_many_429", "seconds": 120}, 120),
        ({"do": "error_503_retry_after", "seconds": 90}, 90),
    ],
    ids=str,
)
async def test_however_a_sign_in_goes_wrong_the_message_has_not_left(
    open_both: OpenBoth, fault: dict[str, Any], wait_s: float | None
) -> None:
    async with open_both(faults=[{"operation": "token", **fault}]) as side:
        answer = await side.submit()
        assert answer.outcome is Outcome.NOT_DELIVERED
        assert answer.code in {"session_unavailable", "session_unreadable"}
        assert (answer.retry_after_s, bool(answer.remedy)) == (wait_s, True)
        assert [call.path for call in side.of_operations()] == ["/ilis/token"]
        assert (await side.submit()).code == "accepted"


async def test_a_sign_in_that_fails_after_a_401_leaves_nothing_taken(
    open_both: OpenBoth,
) -> None:
    shapes = ["usual", "login_page", "usual"]
    async with open_both(session_calls=1, token_shapes=shapes) as side:
        await side.submit()
        answer = await side.submit(other(2))
        assert answer.outcome is Outcome.NOT_DELIVERED
        assert side.land.effects() == ["hand_over"]
        assert (await side.submit(other(2))).code == "accepted"


@pytest.mark.parametrize(
    "changed",
    [{"secrets": {"ilis.account": "sai"}}, {"office": settled(account="nguoi.khac")}],
    ids=["password", "user"],
)
async def test_a_wrong_account_needs_configuration_and_nothing_left(
    open_both: OpenBoth, changed: dict[str, Any]
) -> None:
    async with open_both(**changed) as side:
        answer = await side.submit()
        assert (answer.outcome, answer.code) == (
            Outcome.NEEDS_CONFIGURATION,
            "login_refused",
        )
        assert answer.remedy
        # Asking on may get the account locked.
        await side.submit(other(2))
        assert [call.path for call in side.of_operations()] == ["/ilis/token"]


async def test_a_401_of_the_token_operation_is_no_ended_session(
    open_both: OpenBoth,
) -> None:
    async with open_both(secrets={"ilis.client": "sai"}) as side:
        answer = await side.submit()
        assert (answer.outcome, answer.code) == (
            Outcome.NEEDS_CONFIGURATION,
            "login_refused",
        )
        assert [call.path for call in side.of_operations()] == ["/ilis/token"]


async def test_the_token_is_asked_for_by_a_form(open_both: OpenBoth) -> None:
    async with open_both() as side:
        await side.submit()
        asked = side.of_operations()[0]
        assert (asked.method, asked.path, asked.query) == ("POST", "/ilis/token", {})
        assert asked.headers["Content-Type"] == FORM
        assert "Authorization" not in asked.headers
        fields = dict(parse_qsl(asked.body.decode(), strict_parsing=True))
        assert fields == ACCOUNT
        assert wrong("token-request", fields) == []


async def test_no_secret_stands_in_an_address_or_in_what_is_told(
    open_both: OpenBoth,
) -> None:
    async with open_both(session_calls=0) as side:
        answer = await side.submit()
        secrets = {ACCOUNT["client_secret"], ACCOUNT["password"]}
        secrets |= {
            call.headers["Authorization"].split()[1]
            for call in side.calls
            if "Authorization" in call.headers
        }
        assert len(secrets) == 4
        told = f"{answer} {[(call.path, call.query) for call in side.calls]}"
        assert [secret for secret in secrets if secret in told] == []


async def test_behind_a_platform_no_token_is_asked_for_and_none_is_sent(
    open_both: OpenBoth,
) -> None:
    office = settled(path="/ilis-truc", session=False)
    async with open_both(office=office) as side:
        assert (await side.submit()).code == "accepted"
        assert [call.path for call in side.of_operations()] == [
            "/ilis-truc/TiepNhanHoSo"
        ]
        assert "Authorization" not in side.calls[0].headers


# ------------------------------------------------------------ what is sent


@pytest.mark.parametrize("kind", sorted(ALL))
async def test_every_message_is_one_valid_request_to_its_operation(
    recorder: Recorder, tmp_path: Path, kind: str
) -> None:
    desk = Desk(recorder.base, tmp_path)
    assert (await desk.submit(ALL[kind])).outcome is Outcome.DELIVERED
    await desk.close()
    ((path, headers, body),) = recorder.requests
    operation = {
        "hand_over": "TiepNhanHoSo",
        "supplement": "BoSungHoSo",
        "result_handed": "CapNhatTrangThaiHoSo",
        "result_wrong": "phanhoihososaiketqua",
        "paid": "thongbaohoanthanhnvtc",
        "owed_again": "thongbaonvtcphatsinh",
        "withdraw": "thongbaoruthoso",
    }[kind]
    assert path == f"/ilis/{operation}"
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert wrong(operation, orjson.loads(body)) == []


async def test_area_numbers_go_out_as_the_area_map_writes_them(
    recorder: Recorder, tmp_path: Path
) -> None:
    desk = Desk(recorder.base, tmp_path)
    await desk.submit()
    await desk.close()
    body = recorder.body
    assert (body["TinhId"], body["HuyenId"], body["XaId"]) == ("99", "0", "09103")


async def test_an_area_row_of_numbers_waits_for_the_administrator(
    recorder: Recorder, tmp_path: Path
) -> None:
    row = {**OFFICE["area"][0], "xa_id": 9103}
    desk = Desk(recorder.base, tmp_path, office={**OFFICE, "area": [row]})
    answer = await desk.submit()
    await desk.close()
    assert (answer.outcome, answer.code) == (
        Outcome.NEEDS_CONFIGURATION,
        "area_row_invalid",
    )
    assert desk.adapter.words["area_row_invalid"][1]
    assert recorder.requests == []


# ------------------------------------------------------------ lost and repeated


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("hand_over", "already_there"),
        ("supplement", "not_waiting"),
        ("result_handed", "result_already_handed"),
        ("paid", "paid_already_noted"),
        ("owed_again", "owed_again_already_noted"),
        ("withdraw", "withdrawal_already_noted"),
    ],
)
async def test_each_kind_that_claims_deduplication_has_one_effect_when_sent_twice(
    open_both: OpenBoth, kind: str, code: str
) -> None:
    steps = FINISHED if kind == "result_handed" else OFFICE_ASKS
    lost = {"operation": kind, "do": "lose_answer"}
    async with open_both(steps=steps, faults=[lost]) as side:
        sent = ALL[kind]
        assert side.desk.adapter.traits[sent.kind].deduplicates
        if kind != "hand_over":
            await side.submit()
            await side.land.run(2)
        assert (await side.submit(sent)).outcome is Outcome.UNKNOWN
        again = await side.submit(sent)
        assert (again.outcome, again.code) == (Outcome.DUPLICATE, code)
        assert side.land.effects().count(kind) == 1


async def test_a_wrong_result_is_not_claimed_to_be_deduplicated_and_counts_twice(
    open_both: OpenBoth,
) -> None:
    lost = {"operation": "result_wrong", "do": "lose_answer"}
    async with open_both(steps=FINISHED, faults=[lost]) as side:
        await side.submit()
        await side.land.run(2)
        assert (await side.submit(WRONG)).outcome is Outcome.UNKNOWN
        assert not side.desk.adapter.traits[WRONG.kind].deduplicates
        await side.submit(WRONG)
        assert side.land.effects() == ["hand_over", "result_wrong", "result_wrong"]


async def test_answers_in_texts_are_understood(open_both: OpenBoth) -> None:
    async with open_both(answers="texts") as side:
        first, second = await side.submit(), await side.submit()
        assert (first.outcome, first.code) == TAKEN
        assert (second.outcome, second.code) == (Outcome.DUPLICATE, "already_there")


@pytest.mark.parametrize("sent", [SUPPLEMENT, HANDED, PAYMENT, OWED_AGAIN, WITHDRAWAL])
async def test_a_message_about_a_dossier_that_is_not_there_waits_for_a_person(
    open_both: OpenBoth, sent: Any
) -> None:
    async with open_both() as side:
        answer = await side.submit(sent)
        assert (answer.outcome, answer.code) == (Outcome.NEEDS_DATA, "unknown_dossier")


# ------------------------------------------------------------ result files


async def test_result_files_are_fetched_without_a_token(open_both: OpenBoth) -> None:
    async with open_both(steps=FINISHED) as side:
        await side.submit()
        await side.land.run(2)
        (link,) = [link for report in side.host.reports for link in report.files]
        side.calls.clear()
        chunks = side.desk.adapter.fetch_file(link, timeout_s=2)
        assert b"".join([chunk async for chunk in chunks]).startswith(b"%PDF")
        (call,) = side.calls
        assert "Authorization" not in call.headers
        assert isinstance(link, FileLink)


async def test_an_office_whose_dialect_nobody_speaks_is_not_made(
    tmp_path: Path,
) -> None:
    with pytest.raises(ValueError, match="dialect"):
        Desk("http://127.0.0.1:1", tmp_path, office=settled(dialect="iLis 2"))


@pytest.mark.parametrize("key", ["client", "account"])
async def test_an_office_without_an_account_is_not_made(
    tmp_path: Path, key: str
) -> None:
    office = settled()
    del office["land"][key]
    with pytest.raises(KeyError):
        Desk("http://127.0.0.1:1", tmp_path, office=office)
