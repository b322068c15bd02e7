"""A wrong certificate of an agency, or of ours: nothing is sent, and nothing is lost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from gateway.domain.words import WORDS
from gateway.mockagency import pki
from gateway.wiring import free_ports
from tests.world import World, document_of, quick

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
EXAMPLE, NUMBER = "56-cap-dien-ha-ap", "H00.01-260310-2601"
ADDRESS = 'id = "dien-luc-mau"\n'
WRONG = {
    "tls_expired": "agency_certificate_expired",
    "tls_not_yet": "agency_certificate_not_yet",
    "tls_wrong_name": "agency_certificate_of_another",
    "tls_wrong_chain": "agency_certificate_untrusted",
    "tls_old": "agency_unavailable",
}


@dataclass
class Line:
    """The electricity company behind TLS, and what the gateway is told of it."""

    folder: Path
    world: World

    @classmethod
    def of(
        cls,
        run: Path,
        *rows: dict[str, str],
        certificate: str = "may-khach.tot",
        authorities: str = "ca.pem",
    ) -> Line:
        folder, port = run / "chung-thu", free_ports.free_port()
        pki.make(folder, now=datetime.now(UTC))
        says = f'[office.tls]\nauthorities = "{authorities}"\n'
        says += f'certificate = "{certificate}"\n' if certificate else ""

        def configure(config: Path) -> None:
            quick(config)
            path = config / "agencies" / "electricity.toml"
            text = path.read_text("utf-8")
            address = f'address = "https://127.0.0.1:{port}"\n'
            assert text.count(ADDRESS) == 1
            head, _, tail = text.partition(ADDRESS)
            first, _, rest = tail.partition("\n\n")
            path.write_text(
                f"{head}{ADDRESS}{address}{first}\n\n{says}\n{rest}", "utf-8"
            )

        world = World(run / "run", configure=configure)
        world.mock_settings["electricity"] = {
            "tls": {"folder": str(folder), "port": port, "client": True}
        }
        world.faults = [{"agency": "electricity", **row} for row in rows]
        return cls(folder, world)

    def give(self, *names: str) -> None:
        """Put files where the gateway keeps its keys."""
        keys = self.world.stage.run_dir / "keys"
        for name in names:
            (keys / name).write_bytes((self.folder / name).read_bytes())

    def give_all(self) -> None:
        self.give(*(path.name for path in self.folder.glob("*.pem")))

    async def submit(self) -> None:
        document = {**document_of(EXAMPLE), "number": NUMBER}
        assert (await self.world.submit(document)).status == 202

    async def attempts(self) -> list[tuple[str, str]]:
        (one,) = await self.world.transfers(NUMBER, "hand_over")
        shown = await self.world.history(one)
        return [(a["outcome"], a["code"]) for a in shown["history"]]

    def arrived(self) -> int:
        return len(self.world.arrivals(NUMBER, "electricity", "hand_over"))

    async def taken_once(self) -> None:
        effects = self.world.effects(NUMBER, "electricity", "hand_over")
        assert (len(effects), self.arrived()) == (1, 1)
        (one,) = await self.world.transfers(NUMBER, "hand_over")
        assert one["state"] in {"delivered", "answered"}


@pytest.mark.parametrize("do", WRONG)
async def test_a_wrong_certificate_of_an_agency_sends_nothing_and_goes_on_when_renewed(
    tmp_path: Path, do: str
) -> None:
    line = Line.of(tmp_path, {"do": do, "until": "2026-03-10T08:00"})
    async with line.world as world:
        line.give_all()
        await line.submit()
        await world.pass_hours(0.4)
        tried = await line.attempts()
        assert tried
        assert {*tried} == {("not_delivered", WRONG[do])}
        assert line.arrived() == 0
        await world.pass_hours(4)
        await line.taken_once()


async def test_the_words_of_a_wrong_certificate_say_what_is_to_be_done(
    tmp_path: Path,
) -> None:
    line = Line.of(tmp_path, {"do": "tls_expired"})
    async with line.world as world:
        line.give_all()
        await line.submit()
        await world.pass_hours(24 * 3)
        (one,) = await world.transfers(NUMBER, "hand_over")
        assert (one["fate"], one["cause"]) == ("not_left", "agency_certificate_expired")
        told = await world.history(one)
        words = WORDS["agency_certificate_expired"]
        assert words.next_action in str(told)
        assert words.reason in str(told)


@pytest.mark.parametrize("shown", ["", "may-khach.het-han", "may-khach.sai-goc"])
async def test_a_client_certificate_that_the_agency_refuses_has_no_effect_there(
    tmp_path: Path, shown: str
) -> None:
    line = Line.of(tmp_path, certificate=shown)
    async with line.world as world:
        line.give_all()
        await line.submit()
        await world.pass_hours(2)
        tried = await line.attempts()
        assert tried
        assert {outcome for outcome, _ in tried} <= {"not_delivered", "unknown"}
        assert world.effects(NUMBER, "electricity", "hand_over") == []
        assert line.arrived() == 0
        assert (await world.shown(NUMBER))["end"] == ""


async def test_an_office_whose_files_are_missing_waits_for_a_person_and_then_goes_on(
    tmp_path: Path,
) -> None:
    line = Line.of(tmp_path)
    async with line.world as world:
        await line.submit()
        await world.pass_hours(1)
        (one,) = await world.transfers(NUMBER, "hand_over")
        assert (one["state"], one["fate"]) == ("parked", "not_left")
        assert await line.attempts() == [("needs_configuration", "tls_files_wrong")]
        line.give("ca.pem", "may-khach.tot.cert.pem", "may-khach.tot.key.pem")
        assert (await world.act(one, "resend", "Đã đặt tệp")).status == 200
        await world.pass_hours(1)
        await line.taken_once()
