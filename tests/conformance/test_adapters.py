"""Each interface of each agency's folder against each case that it has to pass."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from gateway.adapters.water.desk import PARTS
from gateway.conformance import store_making, store_session_cases
from gateway.conformance.adapter_cases import CASES, MODULES
from gateway.conformance.adapter_kit import Kit, kits
from gateway.conformance.adapter_lent import Lab
from gateway.conformance.adapter_making import (
    OF_A_KIND,
    SLOTS,
    Trial,
    offered,
    trials,
)
from gateway.conformance.adapter_opening import opened
from gateway.conformance.adapter_sessions import SessionsInMemory
from gateway.conformance.store_making import Bench as StoreBench
from gateway.registry.manifest import installed
from gateway.validation.json_schema import JSONSchemaCatalogue
from gateway.wiring.secrets import Secrets, make_mock_secrets
from gateway.wiring.stage import ROOT
from tests.sftp import Server

if TYPE_CHECKING:
    from gateway.conformance.store_making import FullStore

SCHEMAS = ROOT / "schemas"
OF_SESSIONS = {
    name: check
    for name, check in store_making.CASES.items()
    if check.__module__ == store_session_cases.__name__
}
MANIFESTS = installed(SCHEMAS, template=True)
KITS = kits(MANIFESTS)
TRIALS = [trial for kit in KITS for trial in trials(kit)]
BY_FILES = [trial for trial in TRIALS if trial.kit.name == "water"]


@dataclass
class Made:
    """Keys of every kit, made once; schemas, compiled once."""

    folder: Path
    catalogue: JSONSchemaCatalogue

    def lab(self, kit: Kit) -> Lab:
        keys = Secrets(self.folder / kit.name.replace("/", "-"))
        return Lab(keys, self.catalogue, SCHEMAS / "agencies")


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("kit-keys")
    for kit in KITS:
        office = kit.office["id"]
        names = [f"{office}.{name}" for name in kit.secrets]
        own = folder / kit.name.replace("/", "-")
        make_mock_secrets(own, names, ("gateway", *kit.pairs))
    return Made(folder, JSONSchemaCatalogue.load(SCHEMAS))


def test_every_interface_has_a_kit() -> None:
    assert {kit.manifest.path for kit in KITS} == {one.path for one in MANIFESTS}


def test_every_case_is_tried_on_some_interface() -> None:
    assert {trial.case.name for trial in TRIALS} == set(CASES)
    assert {case.check.__module__ for case in CASES.values()} == {
        module.__name__ for module in MODULES
    }


@pytest.mark.parametrize("need", sorted(OF_A_KIND | SLOTS))
def test_every_capability_and_slot_is_needed_by_a_case_and_offered_by_a_folder(
    need: str,
) -> None:
    assert any(need in case.needs for case in CASES.values())
    assert any(
        need in offered(kit, traits)
        for kit in KITS
        for traits in kit.manifest.traits.values()
    )


@pytest.mark.parametrize("name", sorted(OF_SESSIONS))
async def test_tokens_of_the_bench_are_kept_as_a_store_keeps_them(name: str) -> None:
    await OF_SESSIONS[name](StoreBench(cast("FullStore", SessionsInMemory())))


@pytest.mark.system
@pytest.mark.parametrize("trial", BY_FILES, ids=lambda trial: trial.id)
async def test_files_hold_over_sftp_as_in_a_folder(
    trial: Trial, made: Made, tmp_path: Path, sftp_server: Server
) -> None:
    place = sftp_server.place(*PARTS)
    (tmp_path / "packages").symlink_to(place)
    office = {**trial.kit.office, "sftp": sftp_server.told(folder=place.name)}
    office["water"] = {k: v for k, v in office["water"].items() if k != "folder"}
    kit = replace(trial.kit, office=office)
    lab = made.lab(kit)
    (lab.keys.folder / f"{office['id']}.sftp").write_text(sftp_server.private_key)
    lab = replace(lab, keys=Secrets(lab.keys.folder))
    async with opened(kit, lab, tmp_path, way=trial.way) as bench:
        await trial.run(bench)


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.id)
async def test_adapter_holds(trial: Trial, made: Made, tmp_path: Path) -> None:
    async with opened(trial.kit, made.lab(trial.kit), tmp_path, way=trial.way) as bench:
        await trial.run(bench)
