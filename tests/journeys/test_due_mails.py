"""The weekly letter of what is due: mailed by itself, to each unit, once."""

from __future__ import annotations

import asyncio
import smtplib
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.smtp import SMTP

from gateway.carriers.smtp import Server, SMTPMailer
from gateway.domain.errors import MailNotSent, MailUnanswered
from gateway.ports.mail import Mail
from gateway.reports.due_mailing import DueMailing
from gateway.reports.due_weeks import Rhythm
from tests.journeys.alarms import alerting_of, tell
from tests.journeys.commands import lienthong
from tests.journeys.officers import XA
from tests.journeys.test_callbacks import CORRECTION, quiet_world
from tests.journeys.test_digest import mail_server
from tests.unit.paper.words import text_of
from tests.world import World, a_dossier

if TYPE_CHECKING:
    from email.message import EmailMessage
    from pathlib import Path

    from tests.world import Answered

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
NUMBERS = [f"H00.01-260310-17{n:02}" for n in range(5)]
UNIT, OTHER = "H00.20.01", "H00.20.02"
ONE_STOP = "mot-cua-mau"
OF_UNIT, OF_ONE_STOP = "can.bo@xa.example", "mot.cua@tinh.example"
NAME = "Quách Thị Dấu Riêng"


def with_unit(config: Path) -> None:
    """The commune's office is the unit by whose code dossiers are taken in."""
    for path in (config / "agencies").glob("*.toml"):
        text = path.read_text("utf-8")
        head = f'id = "{XA}"\n'
        path.write_text(text.replace(head, f'{head}identifier = "{UNIT}"\n'), "utf-8")


def letters_world(folder: Path, port: int, weekly: str = "") -> World:
    world = quiet_world(folder, *NUMBERS)
    with_unit(world.stage.config)
    world.more_settings = (
        f'[mail]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\n'
        'sender = "cong@tinh.example"\npage = "https://cong.example/"\n'
        f"[mail.weekly]\n{weekly}\n"
    )
    return world


def mailing(world: World) -> DueMailing:
    assert world.gateway is not None
    found = world.gateway.loops.weekly
    assert found is not None
    return found


def another(world: World, mailer: Any) -> DueMailing:
    """That of a second node on the same store."""

    class Holds:
        def holds(self, duty: str) -> bool:
            return duty == "digest"

    assert world.gateway is not None
    return DueMailing(
        world.gateway.tools,
        world.gateway.opened.kept,
        mailer,
        Holds(),
        rhythm=Rhythm("monday", time(7)),
        page="",
    )


async def contact(world: World, office: str, address: str) -> None:
    body = {"office": office, "name": NAME, "email": address, "reason": "Công văn"}
    made = await world.call("POST", "/v1/contacts", body, role="administrator")
    assert made.status == 201


async def hand_in(world: World, number: str, due_on: str, unit: str = UNIT) -> None:
    document = a_dossier(number, **CORRECTION, due_on=due_on)
    document["units"] = {"intake": unit}
    assert (await world.submit(document)).status == 202
    await world.settle()


def text_in(mail: EmailMessage) -> str:
    """What is read without opening the document."""
    body = mail.get_body()
    assert body is not None
    return str(body.get_content())


async def at(world: World, moment: str) -> None:
    await world.pass_until(datetime.fromisoformat(f"{moment}+07:00"))


async def listed(world: World) -> dict[str, str]:
    answered = await world.call("GET", "/v1/due-mails", role="reader")
    assert answered.status == 200, answered.body
    return {one["target"]: one["state"] for one in answered.body["letters"]}


async def send(world: World, unit: str, **body: Any) -> Answered:
    body = {"unit": unit, **body}
    return await world.call("POST", "/v1/due-mails", body, role="operator")


async def test_each_unit_gets_its_letter_once_a_week_from_monday_seven_on(
    tmp_path: Path,
) -> None:
    async with mail_server() as box, letters_world(tmp_path, box.port) as world:
        await contact(world, XA, OF_UNIT)
        # Overdue; by the end of next week; after it; of another unit.
        for number, due_on in zip(
            NUMBERS, ("2026-03-12", "2026-03-27", "2026-03-30"), strict=False
        ):
            await hand_in(world, number, due_on)
        await hand_in(world, NUMBERS[3], "2026-03-18", OTHER)
        await at(world, "2026-03-16T06:59:00")
        box.mails.clear()
        await mailing(world).turn()
        assert box.mails == []
        await at(world, "2026-03-16T07:01:00")
        await mailing(world).turn()
        ((to, mail),) = box.mails
        assert to == [OF_UNIT]
        assert mail["Subject"] == (
            "Liên thông: 2 hồ sơ sắp đến hạn, 1 quá hạn, tuần từ 16/03/2026"
        )
        text = text_in(mail)
        assert "Hẹn trả đến hết ngày 29/03/2026: 2 hồ sơ, trong đó 1" in text
        assert f"- {NUMBERS[0]}: hẹn trả 12/03/2026, ĐÃ QUÁ HẠN" in text
        assert f"- {NUMBERS[1]}: hẹn trả 27/03/2026" in text
        (file,) = mail.iter_attachments()
        assert file.get_filename() == "sap-den-han.docx"
        document = text_of(file.get_content())
        for held in (text, document):
            assert [number in held for number in NUMBERS[:4]] == [
                *(True, True, False, False)
            ]
            for personal in (a_dossier("x")["applicant"]["name"], NAME, OF_UNIT):
                assert personal not in held
        assert await listed(world) == {UNIT: "sent", OTHER: "no_address"}
        # Neither a restart, nor another node, nor another day of the week doubles it.
        await world.stop_gateway()
        await world.start_gateway()
        await mailing(world).turn()
        assert mailing(world) is not None
        await at(world, "2026-03-18T08:00:00")
        await mailing(world).turn()
        assert len(box.mails) == 1
        await at(world, "2026-03-23T07:30:00")
        await mailing(world).turn()
        assert [to for to, _ in box.mails] == [[OF_UNIT]] * 2


def tet_monday(config: Path) -> None:
    path = config / "calendar" / "2026.toml"
    more = '\n[[closed]]\ndate = 2026-03-16\nreason = "Nghỉ bù (ví dụ)"\n'
    path.write_text(path.read_text("utf-8") + more, "utf-8")


async def test_a_day_off_moves_the_letter_to_the_next_working_day(
    tmp_path: Path,
) -> None:
    async with mail_server() as box:
        world = letters_world(tmp_path, box.port)
        tet_monday(world.stage.config)
        async with world:
            await contact(world, XA, OF_UNIT)
            await hand_in(world, NUMBERS[0], "2026-03-20")
            await at(world, "2026-03-16T09:00:00")
            box.mails.clear()
            await mailing(world).turn()
            assert box.mails == []
            await at(world, "2026-03-17T07:00:00")
            await mailing(world).turn()
            assert len(box.mails) == 1


async def test_the_weekday_and_the_hour_are_settings(tmp_path: Path) -> None:
    weekly = 'day = "thursday"\nat = "13:30:00"'
    async with mail_server() as box, letters_world(tmp_path, box.port, weekly) as world:
        await contact(world, XA, OF_UNIT)
        await hand_in(world, NUMBERS[0], "2026-03-13")
        await at(world, "2026-03-12T13:00:00")
        box.mails.clear()
        await mailing(world).turn()
        assert box.mails == []
        await at(world, "2026-03-12T13:30:00")
        await mailing(world).turn()
        assert len(box.mails) == 1


async def test_a_unit_with_nothing_due_gets_no_letter(tmp_path: Path) -> None:
    async with mail_server() as box, letters_world(tmp_path, box.port) as world:
        await contact(world, XA, OF_UNIT)
        await hand_in(world, NUMBERS[0], "2026-06-30")
        await mailing(world).turn()
        assert (box.mails, await listed(world)) == ([], {UNIT: "nothing"})
        refused = await send(world, UNIT)
        assert (refused.status, refused.body["code"]) == (409, "due_mail_nothing")


async def test_a_one_stop_gets_one_letter_for_its_units_without_an_address(
    tmp_path: Path,
) -> None:
    async with mail_server() as box, letters_world(tmp_path, box.port) as world:
        await contact(world, XA, OF_UNIT)
        await contact(world, ONE_STOP, OF_ONE_STOP)
        await hand_in(world, NUMBERS[0], "2026-03-12")
        for number in NUMBERS[1:3]:
            await hand_in(world, number, "2026-03-13", OTHER)
        await mailing(world).turn()
        told = {to[0]: text_in(mail) for to, mail in box.mails}
        assert told.keys() == {OF_UNIT, OF_ONE_STOP}
        assert len(box.mails) == 2
        assert [n in told[OF_ONE_STOP] for n in NUMBERS[:3]] == [False, True, True]
        assert await listed(world) == {UNIT: "sent", ONE_STOP: "sent"}


async def test_what_surely_did_not_leave_is_tried_again_and_then_once(
    tmp_path: Path,
) -> None:
    async with mail_server() as box, letters_world(tmp_path, box.port) as world:
        await contact(world, XA, OF_UNIT)
        await hand_in(world, NUMBERS[0], "2026-03-12")
        box.refuses = True
        await mailing(world).turn()
        assert await listed(world) == {UNIT: "failed"}
        box.refuses = False
        await mailing(world).turn()
        assert box.mails == []
        await world.pass_hours(0.3)
        for _ in range(2):
            await mailing(world).turn()
        assert len(box.mails) == 1
        assert await listed(world) == {UNIT: "sent"}


async def test_of_two_nodes_that_send_at_once_one_does(tmp_path: Path) -> None:
    async with mail_server() as box, letters_world(tmp_path, box.port) as world:
        await contact(world, XA, OF_UNIT)
        await hand_in(world, NUMBERS[0], "2026-03-12")
        server = SMTPMailer(Server("127.0.0.1", box.port, "cong@tinh.example", "none"))
        nodes = [mailing(world), *(another(world, server) for _ in range(3))]
        await asyncio.gather(*(one.turn() for one in nodes))
        assert len(box.mails) == 1
        assert await listed(world) == {UNIT: "sent"}


async def test_who_dies_while_mailing_leaves_a_letter_that_nobody_doubles_unknowingly(
    tmp_path: Path,
) -> None:
    class Dying:
        async def send(self, mail: Mail) -> int:
            raise asyncio.CancelledError

    async with mail_server() as box, letters_world(tmp_path, box.port) as world:
        await contact(world, XA, OF_UNIT)
        await hand_in(world, NUMBERS[0], "2026-03-12")
        with pytest.raises(asyncio.CancelledError):
            await another(world, Dying()).turn()
        for _ in range(2):
            await mailing(world).turn()
            await world.pass_hours(0.5)
        assert (box.mails, await listed(world)) == ([], {UNIT: "begun"})
        held = await send(world, UNIT)
        assert (held.status, held.body["code"]) == (409, "due_mail_unclear")
        assert (await send(world, UNIT, again=True)).status == 201
        ((_, mail),) = box.mails
        assert "Gửi lại: thư trước cùng nội dung có thể đã đến." in text_in(mail)
        twice = await send(world, UNIT)
        assert (twice.status, twice.body["code"]) == (409, "due_mail_sent")


class Silent(SMTP):
    """Takes the whole of a mail and closes the line without a word."""

    async def smtp_DATA(self, arg: str) -> None:
        await self.push("354 go on")
        while (await self._reader.readline()).rstrip() != b".":
            pass
        assert self.transport is not None
        self.transport.close()


async def test_a_server_that_takes_a_mail_and_says_nothing_may_have_sent_it() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Silent(object(), loop=loop), "127.0.0.1", 0
    )
    port = server.sockets[0].getsockname()[1]
    mail = Mail((OF_UNIT,), "Thử", "Nội dung\n")
    try:
        with pytest.raises(MailUnanswered):
            await SMTPMailer(Server("127.0.0.1", port, "a@b.example", "none")).send(
                mail
            )
    finally:
        server.close()
        await server.wait_closed()
    with pytest.raises(MailNotSent) as refused:
        await SMTPMailer(Server("127.0.0.1", port, "a@b.example", "none")).send(mail)
    assert not isinstance(refused.value, MailUnanswered)
    assert smtplib.SMTPServerDisconnected.__name__ not in refused.value.detail


async def test_letters_are_seen_and_sent_by_page_and_command(tmp_path: Path) -> None:
    async with mail_server() as box, letters_world(tmp_path, box.port) as world:
        await hand_in(world, NUMBERS[0], "2026-03-12")
        await mailing(world).turn()
        page = await world.call("GET", "/console/sap-den-han", role="operator")
        text = page.content.decode()
        assert "Thư hằng tuần" in text
        assert "chưa có địa chỉ thư" in text
        refused = await send(world, UNIT)
        assert (refused.status, refused.body["code"]) == (409, "due_mail_no_address")
        assert (await send(world, "H99")).body["code"] == "due_mail_unknown"
        reader = await world.call(
            "POST", "/v1/due-mails", {"unit": UNIT}, role="reader"
        )
        assert reader.status == 403
        run: dict[str, Any] = {"run_dir": world.stage.run_dir, "columns": 200}
        shown = await lienthong("report", "due-mails", **run)
        assert shown.code == 0, shown.err
        assert "chưa có địa chỉ thư" in shown.out
        await contact(world, XA, OF_UNIT)
        sent = await lienthong("report", "due-mail", UNIT, **run)
        assert sent.code == 0, sent.err
        assert [to for to, _ in box.mails] == [[OF_UNIT]]
        twice = await lienthong("report", "due-mail", UNIT, **run)
        assert twice.code == 1
        assert "Thư tuần này đã gửi" in twice.err
        assert await listed(world) == {UNIT: "sent"}


async def test_the_mornings_mail_to_operators_names_units_without_an_address(
    tmp_path: Path,
) -> None:
    async with mail_server() as box:
        world = letters_world(tmp_path, box.port)
        world.more_settings += (
            "[alerts]\ndisk_warning = 100\ndisk_critical = 100\n"
            '[alerts.mail]\nwarning = ["van.hanh@tinh.example"]\n'
        )
        async with world:
            await hand_in(world, NUMBERS[0], "2026-03-20")
            await at(world, "2026-03-16T07:31:00")
            await mailing(world).turn()
            await alerting_of(world).digest.turn()
            await tell(world)
            ((to, mail),) = [one for one in box.mails if "Bản tin" in one[1]["Subject"]]
            assert to == ["van.hanh@tinh.example"]
            text = text_in(mail)
            assert "THƯ SẮP ĐẾN HẠN, TUẦN TỪ 16/03/2026" in text
            assert "1 thư chưa có địa chỉ thư" in text
            assert NUMBERS[0] not in text
