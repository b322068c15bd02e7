"""Chasing an office for a dossier: reminders, calls, promises, and going higher."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import pytest

from gateway.api.signin import token_hash
from gateway.domain.identifiers import DossierId, OfficeId, PrincipalId
from gateway.domain.principal import Principal, Role, Scope
from gateway.ports.chases import OfficeMail
from tests.journeys.commands import Ran, lienthong
from tests.journeys.test_callbacks import CORRECTION, finish, handed_over, progress
from tests.journeys.test_digest import mail_server
from tests.journeys.test_privacy import files_under, open_marks
from tests.unit.paper.words import text_of
from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.world import Answered, Json

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
NUMBERS = [f"H00.01-260310-16{n:02}" for n in range(4)]
NUMBER = NUMBERS[0]
LAND, TAX = "land-mau-1", "tax-mau-1"
ADDRESS, HEAD = "can.bo@dat.example", "lanh.dao@dat.example"
MARKS = {
    "contact": "Quách Thị Nghe Máy",
    "said": "Chị Nghe Máy nói đang trình ký, người nộp là Ông Kín 71904",
    "reason": "Ông Kín 71905 gọi lên hỏi",
}


def chase_world(
    folder: Path,
    port: int | None = None,
    configure: Callable[[Path], None] = quick,
    **settings: Any,
) -> World:
    """Land offices that take dossiers and say nothing by themselves."""
    world = World(folder / "run", configure=configure)
    silent = [{"on": "never", "send": "ChuyenHoSo"}]
    for number in NUMBERS:
        world.scenario(number, land_registry={"step": silent})
    if port is not None:
        world.more_settings = (
            f'[mail]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\n'
            'sender = "cong@tinh.example"\n'
        )
    for name, value in settings.items():
        world.more_settings += f"[chase]\n{name} = {value}\n"
    return world


async def contact(world: World, email: str, role: str = "business") -> None:
    body = {"office": LAND, "name": "Bà Đầu Mối", "email": email, "role": role}
    body |= {"reason": "Công văn", "phone": "0900 000 001"}
    made = await world.call("POST", "/v1/contacts", body, role="administrator")
    assert made.status == 201


async def chase(
    world: World, number: str = NUMBER, *, role: str = "operator", **changed: Any
) -> Answered:
    body = {"office": LAND, "how": "call", "said": "Đã hỏi", **changed}
    return await world.call("POST", f"/v1/dossiers/{number}/chases", body, role=role)


async def mail(world: World, number: str = NUMBER, **changed: Any) -> Answered:
    path = f"/v1/dossiers/{number}/chases/mail"
    return await world.call("POST", path, {"office": LAND, **changed}, role="operator")


async def standing(world: World, number: str = NUMBER, office: str = LAND) -> Json:
    path = f"/v1/dossiers/{number}/chases"
    offices = (await world.call("GET", path, role="reader")).body["offices"]
    (found,) = (one for one in offices if one["office"] == office)
    return dict(found)


async def listed(world: World, query: str = "") -> list[tuple[str, str]]:
    answered = await world.call("GET", f"/v1/chases{query}", role="reader")
    assert answered.status == 200, answered.body
    return [(one["number"], one["standing"]) for one in answered.body["chases"]]


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+07:00")


async def test_a_reminder_tells_codes_and_days_and_goes_once_a_working_day(
    tmp_path: Path,
) -> None:
    async with mail_server() as box, chase_world(tmp_path, box.port) as world:
        await contact(world, ADDRESS)
        await handed_over(world, NUMBER, due_on="2026-03-12")
        sent = await mail(world)
        assert (sent.status, sent.body["how"], sent.body["mailed"]) == (201, "mail", 1)
        ((to, got),) = box.mails
        assert to == [ADDRESS]
        assert got["Subject"] == "Đôn đốc hồ sơ liên thông, ngày 10/03/2026"
        text = got.get_content()
        assert f"Mã hồ sơ: {NUMBER}" in text
        assert "Hồ sơ ở Quý đơn vị từ ngày 10/03/2026." in text
        assert "Đang chờ đơn vị giải quyết và báo kết quả." in text
        assert "Hẹn trả kết quả ngày 12/03/2026." in text
        person = a_dossier(NUMBER)["applicant"]
        for personal in (person["name"], "Bà Đầu Mối", "0900"):
            assert personal not in text
        again = await mail(world)
        assert (again.status, again.body["code"]) == (409, "chase_mailed_today")
        bare = await mail(world, again=True)
        assert (bare.status, bare.body["code"]) == (400, "again_without_reason")
        assert len(box.mails) == 1
        allowed = await mail(world, again=True, reason=MARKS["reason"])
        assert allowed.status == 201
        await world.pass_until(at("2026-03-13T08:00:00"))
        assert (await mail(world)).status == 201
        await world.pass_until(at("2026-03-15T08:00:00"))
        assert (await mail(world)).body["code"] == "chase_mailed_today"
        await world.pass_until(at("2026-03-16T07:30:00"))
        assert (await mail(world)).status == 201
        assert len(box.mails) == 4
        assert "đã quá hạn" in box.mails[-1][1].get_content()
        kept = (await standing(world))["chases"]
        assert [one["how"] for one in kept] == ["mail"] * 4
        assert kept[1]["said"] == MARKS["reason"]


async def test_a_promise_is_kept_broken_or_open_by_what_the_office_tells(
    tmp_path: Path,
) -> None:
    async with chase_world(tmp_path) as world:
        for number in NUMBERS:
            await handed_over(world, number)
        for number, day in zip(
            NUMBERS[:3], ("2026-03-11", "2026-03-11", "2026-03-16"), strict=False
        ):
            made = await chase(world, number, promised_on=day)
            assert (made.status, made.body["promise"]) == (201, "open")
        assert (await chase(world, NUMBERS[3])).body["standing"] == "unanswered"
        assert await listed(world) == [
            (NUMBERS[0], "open"),
            (NUMBERS[1], "open"),
            (NUMBERS[2], "open"),
            (NUMBERS[3], "unanswered"),
        ]
        await world.pass_until(at("2026-03-11T23:00:00"))
        said = progress(NUMBERS[1], 11, "2026-03-11T08:00:00")
        await world.push("ChuyenHoSo", said)
        assert (await standing(world))["standing"] == "open"
        await world.pass_until(at("2026-03-12T00:30:00"))
        assert await listed(world) == [
            (NUMBERS[0], "broken"),
            (NUMBERS[2], "open"),
            (NUMBERS[3], "unanswered"),
        ]
        assert await listed(world, "?state=broken") == [(NUMBERS[0], "broken")]
        assert await listed(world, f"?office={TAX}") == []
        kept = await standing(world, NUMBERS[1])
        assert (kept["standing"], kept["chases"][0]["promise"]) == ("", "kept")
        said = progress(NUMBER, 11, "2026-03-12T08:00:00")
        await world.push("ChuyenHoSo", said)
        late = await standing(world)
        assert (late["standing"], late["chases"][0]["promise"]) == ("", "broken")


async def test_a_mail_that_nobody_takes_is_an_error_and_leaves_no_row(
    tmp_path: Path,
) -> None:
    async with mail_server() as box, chase_world(tmp_path, box.port) as world:
        await handed_over(world, NUMBER)
        nobody = await mail(world)
        assert (nobody.status, nobody.body["code"]) == (409, "chase_nobody_to_mail")
        await contact(world, ADDRESS, "technical")
        assert (await mail(world)).body["code"] == "chase_nobody_to_mail"
        await contact(world, ADDRESS)
        box.refuses = True
        failed = await mail(world)
        assert (failed.status, failed.body["code"]) == (502, "chase_mail_not_sent")
        assert (await standing(world))["chases"] == []
        box.refuses, box.unknown = False, frozenset({HEAD})
        await contact(world, HEAD)
        partly = await mail(world)
        assert (partly.status, partly.body["mailed"]) == (201, 1)
        assert [to for to, _ in box.mails] == [[ADDRESS]]


async def test_without_a_mail_server_people_are_told_to_call(tmp_path: Path) -> None:
    async with chase_world(tmp_path) as world:
        await contact(world, ADDRESS)
        await handed_over(world, NUMBER)
        off = await mail(world)
        assert (off.status, off.body["code"]) == (409, "chase_mail_off")
        assert "gọi điện" in off.body["remedy"]


async def test_of_two_who_mail_at_once_one_does(tmp_path: Path) -> None:
    async with mail_server() as box, chase_world(tmp_path, box.port) as world:
        await contact(world, ADDRESS)
        await handed_over(world, NUMBER)
        answers = await asyncio.gather(*(mail(world) for _ in range(5)))
        assert sorted(one.status for one in answers) == [201, 409, 409, 409, 409]
        assert len(box.mails) == 1
        assert len((await standing(world))["chases"]) == 1


async def test_a_mail_that_was_cut_off_is_not_sent_again_unknowingly(
    tmp_path: Path,
) -> None:
    async with mail_server() as box, chase_world(tmp_path, box.port) as world:
        await contact(world, ADDRESS)
        await handed_over(world, NUMBER)
        assert world.gateway is not None
        shown = await world.shown(NUMBER)
        kept = world.gateway.tools.chasing.kept
        cut_off = {DossierId(shown["id"]): None}
        day = datetime.fromisoformat("2026-03-10").date()
        await kept.begin_mail(OfficeMail(OfficeId(LAND), day, 1, world.now(), cut_off))
        held = await mail(world)
        assert (held.status, held.body["code"]) == (409, "chase_mail_under_way")
        assert box.mails == []
        assert (await mail(world, again=True, reason="Đã hỏi")).status == 201
        assert len(box.mails) == 1
        assert (await mail(world)).body["code"] == "chase_mailed_today"


async def test_two_who_note_calls_at_once_are_both_kept_and_a_repeat_once(
    tmp_path: Path,
) -> None:
    async with chase_world(tmp_path) as world:
        await handed_over(world, NUMBER)
        answers = await asyncio.gather(
            *(chase(world, said=f"Cuộc {n}", key=f"k{n % 3}") for n in range(6))
        )
        assert {one.status for one in answers} == {201}
        kept = (await standing(world))["chases"]
        assert len(kept) == 3
        assert {one.body["id"] for one in answers} == {one["id"] for one in kept}


async def test_what_cannot_be_is_refused_in_words(tmp_path: Path) -> None:
    async with chase_world(tmp_path) as world:
        await handed_over(world, NUMBER)
        wrong = {
            "promise_past": {"promised_on": "1970-01-01"},
            "promise_far": {"promised_on": "2036-03-10"},
            "promise_day_off": {"promised_on": "2026-03-14"},
            "promise_unreadable": {"promised_on": "thứ sáu"},
            "chase_not_its_office": {"office": TAX},
            "chase_not_correctable": {"corrects": "ch_none"},
            "escalation_too_early": {"how": "escalation"},
        }
        invalid: list[Json] = [
            {"said": ""},
            {"said": "x" * 2001},
            {"contact": "x" * 101},
            {"key": "x" * 201},
            {"how": "mail"},
            {"how": "bồ câu"},
            {"said": ["x"]},
            {"office": 7},
        ]
        for code, changed in [
            *wrong.items(),
            *(("chase_invalid", one) for one in invalid),
        ]:
            refused = await chase(world, **changed)
            assert (refused.status in {400, 409}, refused.body["code"]) == (True, code)
            assert refused.body["remedy"]
        assert (
            "16/03/2026"
            in (await chase(world, **wrong["promise_day_off"])).body["remedy"]
        )
        nowhere = await chase(world, office="")
        assert nowhere.body["code"] == "chase_not_its_office"
        assert (await standing(world))["chases"] == []
        odd = await world.call("GET", "/v1/chases?state=late", role="reader")
        assert (odd.status, odd.body["code"]) == (400, "chase_state_unknown")
        markup = "<script>alert('Ông Đỗ & Bà')</script>\n{{ 7 * 7 }}"
        kept = await chase(world, said=markup, contact=markup[:90])
        assert (kept.body["said"], kept.body["contact"]) == (
            markup,
            markup[:90].strip(),
        )


def closed_on_thursday(config: Path) -> None:
    """One land office is closed on a day on which the province works."""
    quick(config)
    path = config / "calendar" / "2026.toml"
    closed = (
        f'\n[[closed]]\ndate = 2026-03-12\noffices = ["{LAND}"]\nreason = "Kiểm kê"\n'
    )
    path.write_text(path.read_text("utf-8") + closed, "utf-8")


async def test_a_day_on_which_the_office_itself_is_closed_is_not_promised(
    tmp_path: Path,
) -> None:
    async with chase_world(tmp_path, configure=closed_on_thursday) as world:
        await handed_over(world, NUMBER)
        refused = await chase(world, promised_on="2026-03-12")
        assert (refused.status, refused.body["code"]) == (400, "promise_day_off")
        assert "13/03/2026" in refused.body["remedy"]
        assert (await chase(world, promised_on="2026-03-13")).status == 201


async def test_an_office_that_is_done_is_not_chased_any_more(tmp_path: Path) -> None:
    async with chase_world(tmp_path) as world:
        await handed_over(world, NUMBER)
        assert (await chase(world, promised_on="2026-03-12")).status == 201
        await world.pass_hours(0.5)
        await world.push("KetThucHoSo", finish(NUMBER, "2026-03-10T08:00:00"))
        await world.settle()
        over = await chase(world)
        assert (over.status, over.body["code"]) == (409, "chase_leg_over")
        path = f"/v1/dossiers/{NUMBER}/chases/text?office={LAND}"
        assert (await world.call("GET", path, role="reader")).status == 409
        kept = await standing(world)
        assert (kept["open"], kept["chases"][0]["promise"]) == (False, "kept")
        assert await listed(world) == []


async def test_what_has_not_left_is_nothing_to_remind_of(tmp_path: Path) -> None:
    async with chase_world(tmp_path) as world:
        stop = {"reason": "Thử"}
        path = f"/v1/lanes/{LAND}/pause"
        await world.call("POST", path, stop, role="administrator")
        await world.submit(a_dossier(NUMBER, **CORRECTION))
        await world.pass_hours(0)
        path = f"/v1/dossiers/{NUMBER}/chases/text?office={LAND}"
        refused = await world.call("GET", path, role="reader")
        assert (refused.status, refused.body["code"]) == (409, "chase_nothing_left")
        assert (await chase(world, said="Hỏi trước")).status == 201


async def test_a_wrong_note_is_corrected_by_a_further_one(tmp_path: Path) -> None:
    async with chase_world(tmp_path) as world:
        await handed_over(world, NUMBER)
        wrong = (await chase(world, promised_on="2026-03-11")).body["id"]
        right = await chase(
            world, promised_on="2026-03-18", corrects=wrong, said="Nghe nhầm ngày"
        )
        assert right.status == 201
        again = await chase(world, corrects=wrong)
        assert again.body["code"] == "chase_not_correctable"
        await world.pass_until(at("2026-03-13T08:00:00"))
        kept = await standing(world)
        assert [one["promise"] for one in kept["chases"]] == ["corrected", "open"]
        assert (kept["standing"], kept["broken"]) == ("open", 0)


async def test_the_head_is_told_after_days_without_an_answer(tmp_path: Path) -> None:
    async with (
        mail_server() as box,
        chase_world(tmp_path, box.port, answer_days=1) as world,
    ):
        await contact(world, ADDRESS)
        await contact(world, HEAD, "leader")
        await handed_over(world, NUMBER)
        assert (await chase(world)).body["may_escalate"] is False
        early = await mail(world, escalate=True)
        assert (early.status, early.body["code"]) == (409, "escalation_too_early")
        assert "1 ngày làm việc" in early.body["remedy"]
        await world.pass_until(at("2026-03-12T07:30:00"))
        told = await mail(world, escalate=True)
        assert (told.status, told.body["how"]) == (201, "escalation")
        assert [to for to, _ in box.mails] == [[HEAD]]
        noted = await chase(world, how="escalation", said="Đã báo qua điện thoại")
        assert (noted.status, noted.body["contact"]) == (201, "Bà Đầu Mối")


async def collected(world: World, *numbers: str, **body: Any) -> Answered:
    path = f"/v1/offices/{LAND}/chases/mail"
    body = {**({"dossiers": list(numbers)} if numbers else {}), **body}
    return await world.call("POST", path, body, role="operator")


async def test_the_second_single_mail_of_a_day_is_offered_as_a_collected_one(
    tmp_path: Path,
) -> None:
    async with mail_server() as box, chase_world(tmp_path, box.port) as world:
        await contact(world, ADDRESS)
        for number in NUMBERS:
            await handed_over(world, number, due_on="2026-03-09")
        assert (await mail(world, NUMBERS[0])).status == 201
        second = await mail(world, NUMBERS[1])
        assert (second.status, second.body["code"]) == (
            409,
            "chase_office_mailed_today",
        )
        assert "thư gộp" in second.body["remedy"]
        sent = await collected(world, *NUMBERS)
        assert sent.status == 201, sent.body
        assert (sent.body["mailed"], sent.body["left_out"]) == (1, [NUMBERS[0]])
        assert sorted(sent.body["dossiers"]) == sorted(NUMBERS[1:])
        to, letter = box.mails[-1]
        assert to == [ADDRESS]
        assert letter["Subject"] == "Đôn đốc 3 hồ sơ liên thông, ngày 10/03/2026"
        body = letter.get_body()
        assert body is not None
        (file,) = letter.iter_attachments()
        for held in (body.get_content(), text_of(file.get_content())):
            assert [number in held for number in NUMBERS] == [False, *[True] * 3]
            assert "Bà Đầu Mối" not in held
            assert a_dossier(NUMBER)["applicant"]["name"] not in held
        for number in NUMBERS:
            kept = (await standing(world, number))["chases"]
            assert [(one["how"], one["mailed"]) for one in kept] == [("mail", 1)]
        twice = await collected(world, *NUMBERS)
        assert (twice.status, twice.body["code"]) == (409, "chase_mailed_today")
        assert len(box.mails) == 2
        single = await mail(world, NUMBERS[1], again=True, reason="Dân hỏi")
        assert single.status == 201


async def test_an_office_gets_no_more_mails_in_a_day_than_is_set(
    tmp_path: Path,
) -> None:
    async with mail_server() as box:
        world = chase_world(tmp_path, box.port)
        world.more_settings += "[chase]\nmails_a_day = 2\n"
        async with world:
            await contact(world, ADDRESS)
            for number in NUMBERS[:3]:
                await handed_over(world, number)
            box.refuses = True
            for _ in range(3):
                failed = await mail(world, NUMBERS[0])
                assert failed.body["code"] == "chase_mail_not_sent"
            box.refuses = False
            assert (await mail(world, NUMBERS[0])).status == 201
            assert (await collected(world, NUMBERS[1])).status == 201
            for refused in (
                await mail(world, NUMBERS[2], again=True, reason="Dân hỏi"),
                await collected(world, NUMBERS[2]),
            ):
                assert (refused.status, refused.body["code"]) == (
                    409,
                    "chase_office_limit",
                )
                assert "2 thư nhắc" in refused.body["remedy"]
            assert (await standing(world, NUMBERS[2]))["chases"] == []
            assert len(box.mails) == 2
            await world.pass_until(at("2026-03-11T07:30:00"))
            assert (await mail(world, NUMBERS[2])).status == 201


async def test_all_that_is_chased_goes_in_one_mail_from_page_and_command(
    tmp_path: Path,
) -> None:
    async with mail_server() as box, chase_world(tmp_path, box.port) as world:
        await contact(world, ADDRESS)
        for number in NUMBERS[:2]:
            await handed_over(world, number)
            await chase(world, number)
        page = await world.call(
            "GET", f"/console/don-doc?office={LAND}", role="operator"
        )
        assert "Gửi một thư gộp cho đơn vị này" in page.content.decode()
        done = await ran(world, "chase", "mail-all", LAND)
        assert "một thư về 2 hồ sơ" in done.out
        assert len(box.mails) == 1
        ids = [(await world.shown(number))["id"] for number in NUMBERS[:2]]
        form = urlencode(
            [("office", LAND), ("reason", "Dân hỏi"), *(("dossier", i) for i in ids)]
        )
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": world.stage.url("front"),
        }
        told = await world.call(
            "POST", "/console/don-doc/thu", role="operator", data=form, headers=headers
        )
        assert told.status == 200, told.content
        assert "Đã gửi một thư về 2 hồ sơ." in told.content.decode()
        assert len(box.mails) == 2
        none = await collected(world)
        assert none.body["code"] == "chase_mailed_today"


async def test_an_office_that_nothing_is_chased_of_gets_no_mail(tmp_path: Path) -> None:
    async with mail_server() as box, chase_world(tmp_path, box.port) as world:
        await contact(world, ADDRESS)
        empty = await collected(world)
        assert (empty.status, empty.body["code"]) == (409, "chase_letter_length")
        wrong = await collected(world, dossiers="x")
        assert (wrong.status, wrong.body["code"]) == (400, "chase_invalid")
        assert box.mails == []


async def test_words_lie_open_nowhere_and_programs_see_none_of_it(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with mail_server() as box, chase_world(tmp_path, box.port) as world:
        await contact(world, ADDRESS)
        await handed_over(world, NUMBER)
        said = {"contact": MARKS["contact"], "said": MARKS["said"]}
        assert (await chase(world, **said, promised_on="2026-03-12")).status == 201
        await mail(world)
        await mail(world, again=True, reason=MARKS["reason"])
        kept = (await standing(world))["chases"]
        assert (kept[0]["contact"], kept[0]["said"]) == (
            MARKS["contact"],
            MARKS["said"],
        )
        for role, status in (("", 401), ("one_stop", 403)):
            for path in (f"/v1/dossiers/{NUMBER}/chases", "/v1/chases"):
                seen = await world.call("GET", path, role=role)
                assert seen.status == status
        assert (await chase(world, role="reader")).status == 403
        unknown = await chase(world, "H00.01-260310-9999")
        assert (unknown.status, unknown.body["code"]) == (404, "dossier_unknown")
        told = await world.call("GET", f"/v1/dossiers/{NUMBER}/timeline")
        assert "hẹn ngày 12/03/2026" in told.content.decode()
        assert open_marks(told.content, MARKS) == set()
        at_rest = [p.read_bytes() for p in files_under(world.stage.run_dir)]
    at_rest += [p.read_bytes() for p in files_under(world.stage.run_dir)]
    assert at_rest
    assert set().union(*(open_marks(one, MARKS) for one in at_rest)) == set()
    lines = "".join(capfd.readouterr())
    assert '"action":"chase","kind":"mail"' in lines
    assert open_marks(lines.encode(), MARKS) == set()


async def test_who_sees_other_dossiers_only_finds_none_of_it(tmp_path: Path) -> None:
    async with chase_world(tmp_path) as world:
        await handed_over(world, NUMBER)
        await chase(world, promised_on="2026-03-12")
        assert world.gateway is not None
        other = Principal(
            PrincipalId("operator-2"), "Khác", Role.OPERATOR, Scope(units=("H99",))
        )
        await world.gateway.tools.store.set_principal(other, token_hash("khac"))
        headers = {"Authorization": "Bearer khac"}
        path = f"/v1/dossiers/{NUMBER}/chases"
        for method, where, body in (
            ("GET", path, None),
            ("POST", path, {"office": LAND, "how": "call", "said": "x"}),
            ("POST", f"{path}/mail", {"office": LAND}),
            ("GET", f"{path}/text?office={LAND}", None),
            ("GET", f"/v1/offices/{LAND}/chase-letter.docx?dossiers={NUMBER}", None),
        ):
            seen = await world.call(method, where, body, role="", headers=headers)
            assert (seen.status, seen.body["code"]) == (404, "dossier_unknown")
        seen = await world.call("GET", "/v1/chases", role="", headers=headers)
        assert seen.body == {"chases": [], "after": None}


async def test_a_list_goes_on_from_page_to_page(tmp_path: Path) -> None:
    async with chase_world(tmp_path) as world:
        for number in NUMBERS:
            await handed_over(world, number)
        await chase(world, NUMBERS[0], promised_on="2026-03-12")
        await chase(world, NUMBERS[1], promised_on="2026-03-11")
        await chase(world, NUMBERS[2])
        await chase(world, NUMBERS[3], promised_on="2026-03-20")
        await world.pass_until(at("2026-03-13T08:00:00"))
        found: list[str] = []
        query, pages = "", 0
        while pages < 9:
            path = f"/v1/chases?limit=1{query}"
            answered = (await world.call("GET", path, role="reader")).body
            found += [one["number"] for one in answered["chases"]]
            pages += 1
            if answered["after"] is None:
                break
            query = f"&after={quote(answered['after'])}"
        assert found == [NUMBERS[1], NUMBERS[0], NUMBERS[3], NUMBERS[2]]
        places = ("x", "broken~x", "open~9~c_1", "open~2026-03-20~", "unanswered~x~c_1")
        for odd in (*places, "broken~2026-13-01~c_1", "late~2026-03-20~c_1"):
            path = f"/v1/chases?after={quote(odd)}"
            assert (await world.call("GET", path, role="reader")).status == 400, odd
        # A number of more digits than any has ends the list, and nothing else.
        path = "/v1/chases?after=unanswered~12345678901234567890~z"
        assert (await world.call("GET", path, role="reader")).status == 200
        # That place is of the list of all, not of those that were broken.
        path = "/v1/chases?state=broken&after=open~2026-03-20~c_1"
        assert (await world.call("GET", path, role="reader")).status == 400


async def test_a_letter_lists_dossiers_of_one_office_and_no_applicant(
    tmp_path: Path,
) -> None:
    async with chase_world(tmp_path) as world:
        await contact(world, ADDRESS)
        for number in NUMBERS[:2]:
            await handed_over(world, number, due_on="2026-03-12")
        await chase(world, promised_on="2026-03-11")
        await world.pass_until(at("2026-03-13T08:00:00"))
        chosen = "&".join(f"dossiers={number}" for number in NUMBERS[:2])
        path = f"/v1/offices/{LAND}/chase-letter.docx?{chosen}"
        made = await world.call("GET", path, role="operator")
        assert made.status == 200
        text = text_of(made.content)
        for told in (
            *NUMBERS[:2],
            "V/v đôn đốc giải quyết hồ sơ liên thông",
            "2 hồ sơ",
            "2 hồ sơ đã quá ngày hẹn trả",
            "đã hẹn ngày 11/03/2026",
            "Bà Đầu Mối",
            "Số: ………/…………",
        ):
            assert told in text
        assert a_dossier(NUMBER)["applicant"]["name"] not in text
        none = await world.call(
            "GET", f"/v1/offices/{TAX}/chase-letter.docx?{chosen}", role="operator"
        )
        assert (none.status, none.body["code"]) == (409, "chase_not_its_office")
        bare = await world.call(
            "GET", f"/v1/offices/{LAND}/chase-letter.docx", role="operator"
        )
        assert bare.status == 400


async def ran(world: World, *words: str | Path, code: int = 0) -> Ran:
    done = await lienthong(*words, run_dir=world.stage.run_dir, columns=240)
    assert done.code == code, (done.out, done.err)
    return done


async def test_offices_are_chased_by_command(tmp_path: Path) -> None:
    async with mail_server() as box, chase_world(tmp_path, box.port) as world:
        await contact(world, ADDRESS)
        await handed_over(world, NUMBER)
        office = ("--office", LAND)
        text = (await ran(world, "chase", "text", NUMBER, *office)).out
        assert f"hồ sơ {NUMBER}" in " ".join(text.split())
        words = ("--contact", "Bà Mẫu", "--said", "Đang trình ký")
        added = await ran(
            world, "chase", "add", NUMBER, *office, *words, "--promised", "12/03/2026"
        )
        assert "12/03/2026" in added.out
        await ran(world, "chase", "mail", NUMBER, *office)
        twice = await ran(world, "chase", "mail", NUMBER, *office, code=1)
        assert "trong ngày làm việc" in twice.err
        await ran(world, "chase", "mail", NUMBER, *office, "--again", "Dân hỏi")
        assert len(box.mails) == 2
        assert "đang hẹn" in (await ran(world, "chase", "list")).out
        shown = (await ran(world, "chase", "show", NUMBER)).out
        assert "Đang trình ký" in shown
        assert "Dân hỏi" in shown
        out = tmp_path / "cong-van.docx"
        await ran(world, "chase", "letter", LAND, NUMBER, "--out", out)
        assert NUMBER in text_of(out.read_bytes())
        wrong = await ran(
            world, "chase", "add", NUMBER, *office, "--promised", "30/02/2026", code=1
        )
        assert "Không đọc được ngày" in wrong.err
