"""The daily mail of an office without software, before a real mail server."""

from __future__ import annotations

import asyncio
import contextlib
import email
import email.policy
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.smtp import SMTP
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.carriers.smtp import Server, SMTPMailer
from gateway.delivery.pickup import acknowledge
from gateway.domain.case import LegState
from gateway.domain.errors import MailNotSent
from gateway.domain.principal import EVERYTHING
from gateway.domain.values import replace
from gateway.ports.mail import Mail
from gateway.ports.store import Change
from gateway.watch.digest import Digest
from tests.journeys.officers import SO_NHA, XA, Officer
from tests.journeys.test_callbacks import CORRECTION
from tests.journeys.test_fallback import HAND, LAND, by_hand, steer
from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from email.message import EmailMessage
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
NUMBERS = [f"H00.01-260310-15{n:02}" for n in range(4)]
ADDRESS = "can.bo@xa.example"
NAME = "Quách Thị Dấu Riêng"


class Box:
    """What a mail server was given; it takes nothing, or not for who is unknown."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], EmailMessage]] = []
        self.refuses = False
        self.unknown: frozenset[str] = frozenset()
        self.port = 0

    async def handle_RCPT(self, *told: Any) -> str:
        _, _, envelope, address, _ = told
        if self.refuses:
            return "451 try again later"
        if address in self.unknown:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, *told: Any) -> str:
        _, _, envelope = told
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.mails.append((envelope.rcpt_tos, mail))
        return "250 OK"


@contextlib.asynccontextmanager
async def mail_server(**options: Any) -> AsyncIterator[Box]:
    box = Box()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(box, loop=loop, **options), "127.0.0.1", 0
    )
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        server.close()
        await server.wait_closed()


def mail_world(
    folder: Path, port: int, configure: Callable[[Path], None] = quick
) -> World:
    world = World(folder / "run", configure=configure)
    world.more_settings = (
        f'[mail]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\n'
        'sender = "cong@tinh.example"\npage = "https://cong.example/"\n'
    )
    return world


def digest_of(world: World) -> Digest:
    assert world.gateway is not None
    (found,) = [o for o in world.gateway.loops.working if isinstance(o, Digest)]
    return found


async def contact(world: World, **changed: str) -> None:
    body = {"office": XA, "name": NAME, "email": ADDRESS, "reason": "Công văn"}
    made = await world.call(
        "POST", "/v1/contacts", {**body, **changed}, role="administrator"
    )
    assert made.status == 201


async def hand_in(world: World, number: str, due_on: str) -> None:
    document = {**a_dossier(number, **SO_NHA), "due_on": due_on}
    assert (await world.submit(document)).status == 202
    await world.pass_hours(0)


async def test_one_mail_a_working_morning_tells_numbers_and_codes_and_nothing_else(
    tmp_path: Path,
) -> None:
    async with mail_server() as box, mail_world(tmp_path, box.port) as world:
        digest = digest_of(world)
        await contact(world)
        await contact(world, name="Ông Kỹ Thuật", role="technical")
        await digest.turn()
        assert box.mails == []
        for number, due_on in zip(NUMBERS, ("2026-03-11", "2026-03-30"), strict=False):
            await hand_in(world, number, due_on)
        officer = Officer(world)
        await officer.act(await officer.item(NUMBERS[0]), "receive")
        await digest.turn()
        ((to, mail),) = box.mails
        assert (to, mail["To"], mail["From"]) == (
            [ADDRESS],
            ADDRESS,
            "cong@tinh.example",
        )
        assert mail["Subject"] == "Liên thông: 2 hồ sơ ở đơn vị, ngày 10/03/2026"
        text = mail.get_content()
        assert "Chưa xác nhận đã nhận: 1 hồ sơ. Đang làm: 1 hồ sơ." in text
        assert f"- {NUMBERS[0]}: hẹn trả 11/03/2026, sắp đến hạn" in text
        assert f"- {NUMBERS[1]}: hẹn trả 30/03/2026" in text
        assert "https://cong.example/console/viec-tay" in text
        person = a_dossier(NUMBERS[0])["applicant"]
        for personal in (person["name"], NAME, "0900"):
            assert personal not in text
        await digest.turn()
        assert len(box.mails) == 1
        await world.stop_gateway()
        await world.start_gateway()
        await digest_of(world).turn()
        assert len(box.mails) == 1
        await world.pass_hours(24)
        await digest_of(world).turn()
        assert len(box.mails) == 2
        assert "ĐÃ QUÁ HẠN" not in box.mails[1][1].get_content()
        await world.pass_hours(24 * 3)
        await digest_of(world).turn()
        assert len(box.mails) == 2, "on Saturday nobody works"


async def test_a_mail_that_is_not_taken_is_sent_later_and_then_once(
    tmp_path: Path,
) -> None:
    async with mail_server() as box, mail_world(tmp_path, box.port) as world:
        digest = digest_of(world)
        await contact(world)
        await hand_in(world, NUMBERS[0], "2026-03-17")
        box.refuses = True
        await digest.turn()
        box.refuses = False
        await digest.turn()
        assert box.mails == []
        await world.pass_hours(0.3)
        for _ in range(2):
            await digest.turn()
        assert len(box.mails) == 1


async def test_one_address_that_is_refused_does_not_double_the_others_mail(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with mail_server() as box, mail_world(tmp_path, box.port) as world:
        digest = digest_of(world)
        await contact(world)
        await contact(world, email="da.nghi@xa.example")
        box.unknown = frozenset({"da.nghi@xa.example"})
        await hand_in(world, NUMBERS[0], "2026-03-17")
        for _ in range(3):
            await digest.turn()
            await world.pass_hours(0.3)
        assert [to for to, _ in box.mails] == [[ADDRESS]]
    said = "".join(capfd.readouterr())
    assert '"count":1,"refused":1' in said
    assert "da.nghi" not in said


async def test_many_dossiers_that_only_others_have_hide_none_of_the_offices_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.sealing.holder.PAGE", 2)
    monkeypatch.setattr("gateway.api.work.SHOWN", 2)
    async with mail_server() as box, mail_world(tmp_path, box.port) as world:
        await contact(world)
        officer = Officer(world)
        for number in NUMBERS:
            await hand_in(world, number, "2026-03-17")
            await officer.items()
        seen = [one["number"] for one in await officer.items()]
        assert seen == NUMBERS[:2]
        for number in NUMBERS[:2]:
            await end_the_part(world, number)
        seen = [one["number"] for one in await officer.items()]
        assert seen == NUMBERS[2:]
        await digest_of(world).turn()
        ((_, mail),) = box.mails
        assert mail["Subject"].startswith("Liên thông: 2 hồ sơ")
        paper = await officer.page(f"/console/viec-tay/{XA}/ban-giao")
        assert [number in paper for number in NUMBERS] == [False, False, True, True]


async def end_the_part(world: World, number: str) -> None:
    """The office's part is over while the dossier goes on elsewhere."""
    assert world.gateway is not None
    tools = world.gateway.tools
    (handed,) = await world.transfers(number, "hand_over")
    row = await tools.store.dossier(handed["dossier_id"], EVERYTHING)
    assert row is not None
    (leg,) = row.case.legs
    for transfer in await tools.store.transfers(row.case.dossier_id):
        if transfer.office == XA:
            await acknowledge(tools, transfer.office, transfer.id, by="test")
    row = await tools.store.dossier(handed["dossier_id"], EVERYTHING)
    assert row is not None
    case = replace(row.case, version=row.case.version + 1)
    ended = case.with_leg(replace(leg, state=LegState.ENDED))
    await tools.store.apply(Change(world.now(), row.case.dossier_id, case=ended))


async def test_nobody_is_told_before_the_hour_or_where_nobody_is_known(
    tmp_path: Path,
) -> None:
    async with mail_server() as box, mail_world(tmp_path, box.port) as world:
        digest = digest_of(world)
        await hand_in(world, NUMBERS[0], "2026-03-17")
        await digest.turn()
        assert box.mails == []
        await contact(world)
        await world.pass_until(datetime.fromisoformat("2026-03-11T06:59:00+07:00"))
        await digest.turn()
        assert box.mails == []
        await world.pass_hours(0.1)
        await digest.turn()
        assert len(box.mails) == 1


async def test_people_of_an_office_that_is_stood_in_for_are_told_of_the_list(
    tmp_path: Path,
) -> None:
    async with mail_server() as box, mail_world(tmp_path, box.port, by_hand) as world:
        await contact(world, office=LAND)
        await steer(world, to=HAND)
        document = a_dossier(NUMBERS[0], **CORRECTION)
        assert (await world.submit(document)).status == 202
        await world.pass_hours(0)
        await digest_of(world).turn()
        ((to, mail),) = box.mails
        assert to == [ADDRESS]
        assert "làm tay (giả lập)" in mail.get_content()
        await contact(world, office=HAND, email="tay@xa.example")
        await world.pass_hours(24)
        await digest_of(world).turn()
        assert [to for to, _ in box.mails[1:]] == [["tay@xa.example"]]


async def test_another_node_sends_no_second_one(tmp_path: Path) -> None:
    class Idle:
        def holds(self, duty: str) -> bool:
            return duty != "digest"

    async with mail_server() as box, mail_world(tmp_path, box.port) as world:
        assert world.gateway is not None
        first = digest_of(world)
        server = Server("127.0.0.1", box.port, "cong@tinh.example", "none")
        second = Digest(
            world.gateway.tools, SMTPMailer(server), Idle(), at=first._at, page=""
        )
        await contact(world)
        await hand_in(world, NUMBERS[0], "2026-03-17")
        await first.turn()
        await second.turn()
        assert len(box.mails) == 1


def pair(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's certificate for loopback, and the file by which it is believed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail")])
    now = datetime.now(UTC)
    alternative = x509.SubjectAlternativeName(
        [x509.IPAddress(IPv4Address("127.0.0.1"))]
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(alternative, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    cert, secret = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, secret)
    return context, cert


async def test_a_mail_goes_encrypted_to_a_server_that_is_believed_only(
    tmp_path: Path,
) -> None:
    context, authorities = pair(tmp_path)
    mail = Mail((ADDRESS,), "Thử", "Nội dung\n")
    async with mail_server(tls_context=context, require_starttls=True) as box:
        server = Server("127.0.0.1", box.port, "cong@tinh.example")
        with pytest.raises(MailNotSent):
            await SMTPMailer(server).send(mail)
        plain = Server("127.0.0.1", box.port, "cong@tinh.example", "none")
        with pytest.raises(MailNotSent):
            await SMTPMailer(plain).send(mail)
        assert box.mails == []
        believed = Server(
            "127.0.0.1", box.port, "cong@tinh.example", authorities=authorities
        )
        await SMTPMailer(believed).send(mail)
        ((_, got),) = box.mails
        assert got.get_content().strip() == "Nội dung"
