"""An office is told of its latenesses by mail, and objects by the link in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.journeys.contests import (
    OFFICE,
    REASON,
    all_late,
    by_link,
    columns,
    contact,
    decides,
    numbers,
    party,
    pass_until,
    report,
    stands,
    told_by_mail,
)
from tests.journeys.proposals import quiet
from tests.journeys.test_digest import mail_server, mail_world

if TYPE_CHECKING:
    from email.message import EmailMessage
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]
LAND = f"agency:{OFFICE}"


def token_of(mail: EmailMessage) -> str:
    found = re.search(r"/console/cham/thu/(\S+)", mail.get_content())
    assert found is not None
    return found[1]


async def test_an_office_is_told_once_objects_by_its_link_and_the_head_decides(
    tmp_path: Path,
) -> None:
    codes = numbers(3)
    async with (
        mail_server() as box,
        quiet(mail_world(tmp_path, box.port), codes) as world,
    ):
        await contact(world)
        await all_late(world, codes)
        box.mails.clear()
        await told_by_mail(world)
        await told_by_mail(world)

        ((to, mail),) = box.mails
        text = mail.get_content()
        assert to == ["dau.moi@dat.example"]
        assert all(code in text for code in codes)
        assert "06/04/2026" in text
        assert columns(await report(world)) == {"may_object": 3}
        token = token_of(mail)
        status, page = await by_link(world, token)
        assert (status, page.count('<span class="code">')) == (200, 3)

        dossier = (await world.shown(codes[0]))["id"]
        status, page = await by_link(world, token, dossier, paper="17/CNVPĐK")
        assert (status, REASON in page) == (200, True)
        status, page = await by_link(world, token, dossier)
        assert (status, "đang chờ lãnh đạo quyết định" in page) == (409, True)
        status, page = await by_link(world, token, dossier, reason=" ")
        assert status == 400
        (said,) = (await stands(world, codes[0]))["objections"]
        assert (said["on_behalf"], said["paper"]) == (False, "17/CNVPĐK")
        assert said["by"].startswith("link:")
        await decides(world, codes[0], said["id"])
        found = await report(world)
        assert columns(found) == {"may_object": 2, "moved": 1}
        assert party(found, LAND) == (3, 2)
        _, page = await by_link(world, token)
        assert "Không còn tính cho đơn vị" in page


async def test_a_link_opens_its_own_dossiers_until_the_last_day(tmp_path: Path) -> None:
    codes = numbers(2)
    async with (
        mail_server() as box,
        quiet(mail_world(tmp_path, box.port), codes) as world,
    ):
        await contact(world)
        await all_late(world, codes[:1])
        box.mails.clear()
        await told_by_mail(world)
        token = token_of(box.mails[0][1])
        await all_late(world, codes[1:])
        other = (await world.shown(codes[1]))["id"]
        assert (await by_link(world, token, other))[0] == 404
        assert (await by_link(world, token + "0"))[0] == 404
        await pass_until(world, "2026-04-06")
        assert (await by_link(world, token))[0] == 200
        await pass_until(world, "2026-04-07")
        assert (await by_link(world, token))[0] == 404
        assert (await stands(world, codes[0]))["objections"] == []


async def test_an_office_that_no_mail_reached_is_not_settled(tmp_path: Path) -> None:
    codes = numbers(2)
    async with (
        mail_server() as box,
        quiet(mail_world(tmp_path, box.port), codes) as world,
    ):
        await all_late(world, codes)
        await told_by_mail(world)
        assert box.mails == []
        listed = await world.call("GET", "/v1/lateness/untold", role="operator")
        (office,) = listed.body["offices"]
        assert (office["office"], office["dossiers"], office["by_mail"]) == (
            OFFICE,
            2,
            False,
        )
        await pass_until(world, "2026-05-04")
        assert columns(await report(world)) == {"untold": 2}

        await contact(world)
        box.refuses = True
        await told_by_mail(world)
        assert columns(await report(world)) == {"untold": 2}
        box.refuses = False
        await pass_until(world, "2026-05-05")
        await told_by_mail(world)
        assert len(box.mails) == 1
        assert columns(await report(world)) == {"may_object": 2}
