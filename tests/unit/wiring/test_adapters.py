import io
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.adapters.land_registry.adapter import LandRegistryAdapter
from gateway.adapters.tax.adapter import TaxAdapter
from gateway.adapters.tax.portal import TaxPortalAdapter
from gateway.carriers.tokens import AsError, Login, TokenKeeper, agency_error
from gateway.domain.errors import NeedsConfiguration, SlotNotOffered
from gateway.domain.identifiers import OfficeId
from gateway.registry.manifest import installed
from gateway.routing.versions import Versions
from gateway.settings import Profile, Settings
from gateway.telemetry.probe import StructlogProbe
from gateway.validation.json_schema import JSONSchemaCatalogue
from gateway.wiring.adapters import AgencyLists, WiredAdapters
from gateway.wiring.files import read_folder
from gateway.wiring.secrets import Secrets, make_mock_secrets
from gateway.wiring.stage import CONFIG, ROOT

DAY = date(2026, 3, 10)
PAIRS = ("gateway", "tax-mau-1", "land-mau-1", "land-mau-2")
NAMES = ("mot-cua-mau.webhook", "land-mau-1.callback", "land-mau-2.callback")


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    make_mock_secrets(folder, NAMES, PAIRS)
    return folder


def no_tokens(name: str, login: Login, as_error: AsError = agency_error) -> TokenKeeper:
    raise AssertionError(f"{name}: nobody here logs in")


class Wall:
    """A moment at which nothing is wrong, until a test says so."""

    def __init__(self, at: datetime) -> None:
        self.at, self.said = at, ""

    def now(self) -> datetime:
        return self.at

    def wrong(self) -> str:
        return self.said


def wired(keys: Path, **addresses: str) -> WiredAdapters:
    versions = Versions()
    versions.add(1, read_folder(CONFIG))
    return WiredAdapters(
        Settings(profile=Profile.MOCK, run_dir=keys, addresses=addresses),
        Secrets(keys),
        versions,
        JSONSchemaCatalogue.load(ROOT / "schemas"),
        Wall(datetime(2026, 3, 10, tzinfo=UTC)),
        no_tokens,
        StructlogProbe(io.StringIO()),
    )


def code_of(adapters: WiredAdapters, office: str) -> str:
    with pytest.raises(NeedsConfiguration) as refused:
        adapters.of(OfficeId(office))
    return refused.value.code


def test_each_office_gets_its_agencys_adapter_once(keys: Path) -> None:
    adapters = wired(keys, land_registry="http://127.0.0.1:1", tax="http://127.0.0.1:2")
    land = adapters.of(OfficeId("land-mau-1"))
    assert isinstance(land, LandRegistryAdapter)
    assert isinstance(adapters.of(OfficeId("tax-mau-1")), TaxAdapter)
    assert adapters.of(OfficeId("land-mau-1")) is land


@pytest.mark.parametrize("office", ["land-mau-1", "tax-mau-1", "mot-cua-mau"])
async def test_a_slot_that_an_agency_does_not_offer_is_refused_not_answered(
    keys: Path, office: str
) -> None:
    here = "http://127.0.0.1:1"
    adapter = wired(keys, land_registry=here, tax=here, one_stop=here).of(
        OfficeId(office)
    )
    manifests = [m for m in installed(ROOT / "schemas") if m.id == adapter.agency]
    assert manifests
    assert all(m.slots["list_known"] for m in manifests)
    assert all(m.slots["ask_about"] for m in manifests)
    assert all(m.slots["pull_dossiers"] for m in manifests)
    with pytest.raises(SlotNotOffered):
        await adapter.list_known(DAY, DAY, timeout_s=1)
    with pytest.raises(SlotNotOffered):
        await adapter.ask_about([], timeout_s=1)
    with pytest.raises(SlotNotOffered):
        await adapter.pull_dossiers("", timeout_s=1)


def test_another_configuration_builds_anew(keys: Path) -> None:
    adapters = wired(keys, land_registry="http://127.0.0.1:1")
    before = adapters.of(OfficeId("land-mau-1"))
    adapters.forget()
    assert adapters.of(OfficeId("land-mau-1")) is not before


def test_an_office_without_an_address_waits_for_configuration(keys: Path) -> None:
    assert code_of(wired(keys), "land-mau-1") == "address_missing"


@pytest.mark.parametrize(
    "address", ["ftp://127.0.0.1", "http://ai:matkhau@127.0.0.1", "http://0.0.0.0"]
)
def test_an_address_where_no_agency_can_be_is_refused(keys: Path, address: str) -> None:
    refused = code_of(wired(keys, land_registry=address), "land-mau-1")
    assert refused == "address_refused"


def test_an_unknown_office_is_told_as_such(keys: Path) -> None:
    assert code_of(wired(keys), "land-mau-99") == "office_unknown"


def test_an_office_whose_secret_nobody_gave_is_misconfigured(tmp_path: Path) -> None:
    make_mock_secrets(tmp_path, (), ("gateway",))
    adapters = wired(tmp_path, one_stop="http://127.0.0.1:1")
    assert code_of(adapters, "mot-cua-mau") == "office_misconfigured"


def test_certificates_of_an_office_are_its_own_and_no_namesakes(tmp_path: Path) -> None:
    make_mock_secrets(tmp_path, (), ("land-1", "land-1.2027", "land-10"))
    adapters = wired(tmp_path)
    assert len(adapters.certificates.of("land-1")) == 2
    assert len(adapters.certificates.of("land-10")) == 1


def test_the_lists_that_a_land_system_fetches_name_the_counters(keys: Path) -> None:
    versions = Versions()
    versions.add(1, read_folder(CONFIG))
    lists: Any = AgencyLists(versions).of(OfficeId("land-mau-1"))
    assert [user["account"] for user in lists["users"]] == ["mc.mau01"]
    assert {row["code"] for row in lists["procedures"]} >= {"1.999001", "1.999003"}
    assert [row["code"] for row in lists["states"]] == list(range(1, 11))


def by_carrier(keys: Path, carrier: str) -> WiredAdapters:
    """Adapters of a configuration with an entry of that carrier."""
    content: Any = read_folder(CONFIG)
    (tax,) = [a for a in content["agencies"] if a["agency"]["id"] == "tax"]
    entry = {"id": "tax-thu", "name": "Cổng (giả lập)", "operations_off": []}
    told = {"carrier": carrier, "sender": "H00.LT.01", "receivers": {}}
    tax["office"].append({**entry, "tax": told})
    versions = Versions()
    versions.add(1, content)
    return WiredAdapters(
        Settings(
            profile=Profile.MOCK,
            run_dir=keys,
            addresses={"tax-thu": "http://127.0.0.1:1"},
        ),
        Secrets(keys),
        versions,
        JSONSchemaCatalogue.load(ROOT / "schemas"),
        Wall(datetime(2026, 7, 10, tzinfo=UTC)),
        no_tokens,
        StructlogProbe(io.StringIO()),
    )


def test_an_entry_is_spoken_to_by_its_carrier(tmp_path: Path) -> None:
    make_mock_secrets(tmp_path, ("tax-thu.portal",), ("gateway",))
    adapter = by_carrier(tmp_path, "portal").of(OfficeId("tax-thu"))
    assert isinstance(adapter, TaxPortalAdapter)
    assert {one.name for one in adapter.hosted} >= {"ThongBaoThue"}


def test_a_road_whose_key_nobody_gave_is_misconfigured(tmp_path: Path) -> None:
    make_mock_secrets(tmp_path, (), ("gateway",))
    adapters = by_carrier(tmp_path, "portal")
    assert code_of(adapters, "tax-thu") == "office_misconfigured"


def test_a_carrier_that_nobody_knows_is_misconfigured(tmp_path: Path) -> None:
    make_mock_secrets(tmp_path, ("tax-thu.portal",), ("gateway",))
    adapters = by_carrier(tmp_path, "bo-cau")
    assert code_of(adapters, "tax-thu") == "office_misconfigured"
