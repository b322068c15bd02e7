"""What an attempt that ends badly leaves of its lane: exactly what it took."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from gateway.domain.attempt import Outcome
from gateway.domain.errors import (
    ChangedMeanwhile,
    NeedsConfiguration,
    StoreFateUnknown,
    StoreUnavailable,
)
from gateway.domain.identifiers import AgencyId, MessageKind, OfficeId
from gateway.domain.report import AgencyReport, Reference, ReportKind
from gateway.ports.agency import Answer, KindTraits
from gateway.receipts.matcher import Matcher
from tests.journeys.test_callbacks import CORRECTION, quiet_world
from tests.journeys.test_unmatched import waiting
from tests.world import World, a_dossier

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
LAND = OfficeId("land-mau-1")
NUMBERS = [f"H00.01-260310-099{n}" for n in range(6)]


class OddAdapter:
    """Passes everything on to a land office's adapter, but answers oddly itself."""

    def __init__(self, adapter: Any, odd: Answer | Exception | None) -> None:
        self._adapter = adapter
        self._odd = odd

    def __getattr__(self, name: str) -> Any:
        return getattr(self._adapter, name)

    async def submit(self, batch: Sequence[Any], *, timeout_s: float) -> list[Answer]:
        del batch, timeout_s
        if isinstance(self._odd, Exception):
            raise self._odd
        return [] if self._odd is None else [self._odd]


class Forgetful(OddAdapter):
    """One of a later release, which knows no messages of that kind any more."""

    traits: ClassVar[dict[str, Any]] = {}


class Asked(OddAdapter):
    """One whose office can be asked what became of a message."""

    traits: ClassVar[dict[str, Any]] = {
        "hand_over": KindTraits(
            MessageKind("hand_over"), deduplicates=False, enquirable=True
        )
    }


def _odd(
    world: World,
    odd: Answer | Exception | None,
    make: Callable[..., OddAdapter] = OddAdapter,
) -> None:
    assert world.gateway is not None
    adapters: Any = world.gateway.adapters
    original = adapters.of

    def of(office: OfficeId) -> Any:
        found = original(office)
        return make(found, odd) if office == LAND else found

    adapters.of = of


async def _free(world: World) -> int:
    assert world.gateway is not None
    return world.gateway.lanes.room(LAND, world.gateway.clock.now())


async def test_a_report_that_cannot_be_kept_gives_no_room_that_was_not_taken(
    tmp_path: Path,
) -> None:
    report = AgencyReport(ReportKind.PROGRESS, (), "in-an-answer", None)
    answer = Answer(Outcome.DELIVERED, "accepted", reports=(report,))
    async with quiet_world(tmp_path, *NUMBERS) as world:
        before = await _free(world)
        assert world.gateway is not None

        async def sick(*_: Any) -> None:
            raise ChangedMeanwhile

        world.gateway.loops.worker._arrive = sick
        _odd(world, answer)
        for number in NUMBERS:
            await world.submit(a_dossier(number, **CORRECTION))
        await world.settle()
        for number in NUMBERS:
            (handed,) = await world.transfers(number, "hand_over")
            assert handed["state"] == "delivered"
        assert await _free(world) == before


async def test_a_report_in_an_answer_waits_for_the_store_and_is_not_lost(
    tmp_path: Path,
) -> None:
    about = (Reference(AgencyId("one_stop"), "ma_ho_so", NUMBERS[0]),)
    report = AgencyReport(ReportKind.PROGRESS, about, "in-an-answer", None)
    answer = Answer(Outcome.DELIVERED, "accepted", reports=(report,))
    async with quiet_world(tmp_path, *NUMBERS) as world:
        assert world.gateway is not None
        worker = world.gateway.loops.worker
        take, failures = worker._arrive, [StoreUnavailable(), StoreFateUnknown()]

        async def away_for_a_while(*told: Any) -> Any:
            if failures:
                raise failures.pop()
            return await take(*told)

        worker._arrive = away_for_a_while
        _odd(world, answer)
        await world.submit(a_dossier(NUMBERS[0], **CORRECTION))
        await world.settle()
        assert failures == []
        kept = await world.gateway.tools.store.report_known(
            AgencyId("land_registry"), LAND, "in-an-answer"
        )
        assert kept is not None
        assert kept.dossier_id is not None


async def test_a_report_in_an_answer_outlives_a_kill_before_it_was_taken_in(
    tmp_path: Path,
) -> None:
    about = (Reference(AgencyId("one_stop"), "ma_ho_so", NUMBERS[0]),)
    reports = tuple(
        AgencyReport(ReportKind.PROGRESS, about, name, None)
        for name in ("first", "second")
    )
    async with quiet_world(tmp_path, *NUMBERS) as world:
        assert world.gateway is not None

        async def killed(*_: Any) -> None:
            raise ChangedMeanwhile

        world.gateway.loops.worker._arrive = killed
        _odd(world, Answer(Outcome.DELIVERED, "accepted", reports=reports))
        await world.submit(a_dossier(NUMBERS[0], **CORRECTION))
        await world.settle()
        (handed,) = await world.transfers(NUMBERS[0], "hand_over")
        assert handed["state"] == "delivered"
        await world.stop_gateway()
        gateway = await world.start_gateway()
        matcher = Matcher(gateway.tools, gateway.loops.membership)
        assert await matcher.turn() == 2
        assert await matcher.turn() == 0, "each is taken in once"
        known = gateway.tools.store.report_known
        for report in reports:
            kept = await known(AgencyId("land_registry"), LAND, report.fingerprint)
            assert kept is not None
            assert (kept.standing.value, kept.transfer_id) == ("applied", handed["id"])
        assert await waiting(world) == []


async def test_a_report_in_an_answer_outlives_a_kill_before_its_outcome_was_kept(
    tmp_path: Path,
) -> None:
    about = (Reference(AgencyId("one_stop"), "ma_ho_so", NUMBERS[0]),)
    report = AgencyReport(ReportKind.PROGRESS, about, "in-an-answer", None)
    async with quiet_world(tmp_path, *NUMBERS) as world:
        assert world.gateway is not None

        async def killed(*_: Any) -> None:
            raise OSError

        world.gateway.loops.worker._write_down = killed  # type: ignore[assignment,method-assign]
        _odd(world, Answer(Outcome.DELIVERED, "accepted", reports=(report,)))
        await world.submit(a_dossier(NUMBERS[0], **CORRECTION))
        await world.settle()
        matcher = Matcher(world.gateway.tools, world.gateway.loops.membership)
        assert await matcher.turn() == 0, "its outcome comes first"
        await world.stop_gateway()
        gateway = await world.start_gateway()
        matcher = Matcher(gateway.tools, gateway.loops.membership)
        assert await matcher.turn() == 1
        (handed,) = await world.transfers(NUMBERS[0], "hand_over")
        assert handed["fate"] == "agency_has_it", "who reports on it has it"


async def test_an_adapter_that_breaks_is_tried_until_the_horizon_and_holds_no_lane(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, *NUMBERS) as world:
        before = await _free(world)
        _odd(world, KeyError("a field that nobody foresaw"))
        for number in NUMBERS:
            await world.submit(a_dossier(number, **CORRECTION))
        await world.pass_hours(24 * 7)
        for number in NUMBERS:
            (handed,) = await world.transfers(number, "hand_over")
            assert (handed["state"], handed["fate"]) == ("parked", "may_have_left")
            assert handed["attempts"] > 2
        assert await _free(world) in {1, before}
        still = await world.call("GET", "/v1/still", role="operator")
        assert len(still.body["still"]) == len(NUMBERS)


async def test_a_number_of_another_dossier_in_an_answer_waits_for_a_person(
    tmp_path: Path,
) -> None:
    same = Reference(AgencyId("land_registry"), "so_bien_nhan", "BN-0001")
    answer = Answer(Outcome.DELIVERED, "accepted", introduces=(same,))
    first, second = NUMBERS[:2]
    async with quiet_world(tmp_path, first, second) as world:
        _odd(world, answer)
        for number in (first, second):
            await world.submit(a_dossier(number, **CORRECTION))
            await world.settle()
        (handed,) = await world.transfers(first, "hand_over")
        assert handed["state"] == "delivered"
        (handed,) = await world.transfers(second, "hand_over")
        assert (handed["state"], handed["fate"]) == ("parked", "agency_has_it")
        assert (handed["cause"], handed["attempts"]) == ("number_of_another", 1)
        await world.act(handed, "agency_has_it", "Chi nhánh xác nhận đã nhận")
        assert (await world.shown(second))["legs"][0]["place"] == "agency"


async def test_a_report_in_an_answer_that_nobody_foresaw_is_kept_and_holds_up_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    about = (Reference(AgencyId("one_stop"), "ma_ho_so", NUMBERS[0]),)
    reports = tuple(
        AgencyReport(ReportKind.PROGRESS, about, name, None) for name in ("odd", "good")
    )

    def unforeseen(_: object, report: AgencyReport) -> tuple[()]:
        if report.fingerprint == "odd":
            raise KeyError("a field that nobody foresaw")
        return ()

    monkeypatch.setattr("gateway.receipts.arrive.sealed_content", unforeseen)
    async with quiet_world(tmp_path, *NUMBERS) as world:
        assert world.gateway is not None
        _odd(world, Answer(Outcome.DELIVERED, "accepted", reports=reports))
        await world.submit(a_dossier(NUMBERS[0], **CORRECTION))
        await world.settle()
        known = world.gateway.tools.store.report_known
        kept = [
            await known(AgencyId("land_registry"), LAND, r.fingerprint) for r in reports
        ]
        assert [row and row.standing.value for row in kept] == ["unmatched", "applied"]


async def test_an_answer_to_nothing_leaves_no_message_lying_as_if_it_were_sent(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, *NUMBERS) as world:
        _odd(world, None)
        await world.submit(a_dossier(NUMBERS[0], **CORRECTION))
        await world.pass_hours(0.01)
        (handed,) = await world.transfers(NUMBERS[0], "hand_over")
        assert handed["state"] != "sending"


async def test_a_kind_that_its_adapter_forgot_waits_for_a_person(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, *NUMBERS) as world:
        _odd(world, KeyError("hand_over"), Forgetful)
        await world.submit(a_dossier(NUMBERS[0], **CORRECTION))
        await world.pass_hours(0.01)
        (handed,) = await world.transfers(NUMBERS[0], "hand_over")
        assert (handed["state"], handed["fate"]) == ("parked", "may_have_left")


async def test_a_kind_forgotten_while_it_is_in_doubt_waits_for_a_person(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, *NUMBERS) as world:
        _odd(world, Answer(Outcome.UNKNOWN, "timeout"), Asked)
        await world.submit(a_dossier(NUMBERS[0], **CORRECTION))
        await world.pass_hours(0.01)
        (handed,) = await world.transfers(NUMBERS[0], "hand_over")
        assert handed["state"] == "unconfirmed"
        _odd(world, None, Forgetful)
        await world.pass_hours(1)
        (handed,) = await world.transfers(NUMBERS[0], "hand_over")
        assert (handed["state"], handed["fate"]) == ("parked", "may_have_left")


async def test_a_message_in_doubt_at_an_office_that_no_adapter_can_be_made_for_is_parked(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, *NUMBERS) as world:
        _odd(world, Answer(Outcome.UNKNOWN, "timeout"), Asked)
        await world.submit(a_dossier(NUMBERS[0], **CORRECTION))
        await world.pass_hours(0.01)
        (handed,) = await world.transfers(NUMBERS[0], "hand_over")
        assert handed["state"] == "unconfirmed"
        assert world.gateway is not None
        adapters: Any = world.gateway.adapters
        able = adapters.of

        def of(office: OfficeId) -> Any:
            if office == LAND:
                raise NeedsConfiguration(code="address_missing")
            return able(office)

        adapters.of = of
        await world.pass_hours(1)
        (handed,) = await world.transfers(NUMBERS[0], "hand_over")
        assert (handed["state"], handed["fate"]) == ("parked", "may_have_left")
        assert handed["cause"] == "address_missing"
        adapters.of = able
        await world.act(handed, "resend", "Đã ghi địa chỉ")
        (handed,) = await world.transfers(NUMBERS[0], "hand_over")
        assert handed["state"] == "unconfirmed"
