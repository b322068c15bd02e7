"""A whole run against a real address is kept, and makes the interface proven until it changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from gateway.conformance.partner import trying
from gateway.conformance.partner.mocked import listening, stand
from gateway.conformance.partner.trying import Outcome, Wanted
from gateway.conformance.partner.verdicts import Attestation, Overall, Verdict
from gateway.conforming import Role
from gateway.wiring import conforming
from gateway.wiring import trying as checks
from tests.conformance.partner.kit import impatient, of, quietly, read


async def at_an_address(attested: bool, only: str = "") -> Outcome:
    """The mock as a stranger: over TLS, in real time, so that nothing happens by itself."""
    kit = read("electricity")
    away = "http://127.0.0.1:9"
    async with (
        stand(kit, kit.usual, Role.SERVER, away) as there,
        listening(there) as found,
    ):
        preset = impatient(found, call_s=0.05, poll_s=0.05)
        word = Attestation("", holds=True, by="Bà Xác Nhận", on=date(2026, 3, 9))
        words = {
            row.number: replace(word, number=row.number)
            for row in kit.requirements.rows
            if attested
        }
        wanted = Wanted(Role.SERVER, found.server, only, "Người Thử", words)
        return await trying.conform(kit, preset, wanted, quietly())


async def test_what_only_people_can_say_is_wanted_of_a_real_system(
    tmp_path: Path,
) -> None:
    outcome = await at_an_address(attested=False)
    assert outcome.overall is Overall.INCOMPLETE
    assert {"DL-309", "DL-1105"} <= of(outcome, Verdict.NOT_TRIED)
    assert {"DL-205", "DL-401", "DL-1201"} <= of(outcome, Verdict.HOLDS)


async def test_a_passed_run_is_kept_and_stale_once_the_requirements_change(
    tmp_path: Path,
) -> None:
    outcome = await at_an_address(attested=True)
    assert outcome.overall is Overall.PASSED
    assert "DL-1105" in of(outcome, Verdict.ATTESTED)
    results = tmp_path / "conformance"
    (path,) = conforming.keep(outcome, results)
    (manifest,) = checks.interfaces("electricity")
    kept = conforming.kept(manifest, results)
    assert kept is not None
    (run,) = kept.runs
    assert (run.passed, run.by, run.hash) == (True, "Người Thử", outcome.folder.hash)
    assert not kept.proves
    assert list(kept.lacks()) == ["chưa chạy lienthong conformance run --role client"]
    path.write_text(path.read_text("utf-8").replace(run.hash, "0" * 64), "utf-8")
    stale = conforming.kept(manifest, results)
    assert stale is not None
    assert "đã đổi sau lần thử vai server" in next(iter(stale.lacks()))


async def test_part_of_a_run_and_one_with_the_mock_are_not_kept(tmp_path: Path) -> None:
    part = await at_an_address(attested=True, only="DL-401")
    assert conforming.keep(part, tmp_path) == []
    mock = replace(part, wanted=Wanted(Role.SERVER, trying.MOCK))
    assert conforming.keep(mock, tmp_path) == []
    (manifest,) = checks.interfaces("electricity")
    kept = conforming.kept(manifest, tmp_path)
    assert kept is not None
    assert kept.runs == ()


async def test_a_run_that_could_not_be_finished_does_not_undo_a_passed_one(
    tmp_path: Path,
) -> None:
    passed = await at_an_address(attested=True)
    (path,) = conforming.keep(passed, tmp_path)
    before = path.read_bytes()
    away = replace(passed, overall=Overall.SILENT)
    assert conforming.keep(away, tmp_path) == []
    assert path.read_bytes() == before
    conforming.keep(replace(passed, overall=Overall.FAILED), tmp_path)
    assert path.read_bytes() != before


@pytest.mark.parametrize(
    ("interface", "roles"),
    [
        ("open", ("client",)),
        ("open/push", ("server",)),
        ("electricity", ("server", "client")),
        ("tax", ("server",)),
        ("tax/portal", ("server", "client")),
    ],
)
def test_an_interface_is_proven_by_the_roles_that_its_system_has(
    tmp_path: Path, interface: str, roles: tuple[str, ...]
) -> None:
    (manifest,) = [m for m in checks.interfaces() if m.interface == interface]
    kept = conforming.kept(manifest, tmp_path)
    assert kept is not None
    assert (kept.roles, kept.proves, list(kept.lacks())) == (roles, False, [])


def test_an_interface_without_a_kit_is_proven_by_none(tmp_path: Path) -> None:
    (link,) = [m for m in checks.interfaces() if m.interface == "one_stop/link"]
    assert conforming.kept(link, tmp_path) is None
