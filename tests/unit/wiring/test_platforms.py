"""Carriers of offices behind a platform, as wiring makes them."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from gateway.carriers.http import Timeouts
from gateway.carriers.lgsp import LGSPCarrier
from gateway.carriers.tokens import (
    AsError,
    Login,
    LoginFailed,
    TokenKeeper,
    Why,
    agency_error,
)
from gateway.carriers.xroad_adapter import XRoadAdapterCarrier
from gateway.clocks.clock import VirtualClock
from gateway.domain.errors import NeedsConfiguration
from gateway.domain.identifiers import OfficeId
from gateway.routing.versions import Versions
from gateway.settings import Settings
from gateway.telemetry.probe import StructlogProbe
from gateway.validation.json_schema import JSONSchemaCatalogue
from gateway.wiring.adapters import WiredAdapters
from gateway.wiring.files import read_folder
from gateway.wiring.secrets import Secrets
from gateway.wiring.stage import CONFIG, ROOT
from tests.unit.routing.test_platforms import EXCHANGE, LGSP, OVER_EXCHANGE, OVER_LGSP
from tests.unit.wiring.test_adapters import Wall

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.carriers.carrier import Carrier

NOW = datetime(2026, 3, 10, 0, 30, tzinfo=UTC)
SECRETS = {
    "lgsp-mau.consumer_key": "khoa",
    "lgsp-mau.consumer_secret": "mat-khau",
    "lgsp-mau.access_key": "khoa-2",
    "lgsp-mau.access_secret": "mat-khau-2",
}
ADDRESSES = {
    "land_registry": "https://dat-dai.mau.example/noi-bo",
    "lgsp-mau": "https://lgsp.mau.example:8243",
    "lgsp-mau.token": "https://lgsp.mau.example:9443",
    "truc-mau": "http://adapter.mau.example/XrdAdapter/RestService/forward",
}


class Asked:
    """Remembers for which token a keeper was asked, and makes none that logs in."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.as_errors: list[AsError] = []

    def __call__(
        self, name: str, login: Login, as_error: AsError = agency_error
    ) -> TokenKeeper:
        self.names.append(name)
        self.as_errors.append(as_error)
        return TokenKeeper(
            name, login, sessions=None, vault=None, clock=VirtualClock(NOW),  # type: ignore[arg-type]
        )  # fmt: skip


class Wired:
    """Adapters of the shipped configuration with two branches behind something."""

    def __init__(
        self,
        folder: Path,
        *platforms: dict[str, Any],
        first: Any = None,
        second: Any = None,
        secrets: dict[str, str] | None = None,
        addresses: dict[str, str] | None = None,
    ) -> None:
        folder.chmod(0o700)
        given = SECRETS if secrets is None else secrets
        (folder / "secrets.json").write_text(json.dumps(given), "utf-8")
        content = read_folder(CONFIG)
        content["platforms"] = list(platforms)
        (land,) = [
            a for a in content["agencies"] if a["agency"]["id"] == "land_registry"
        ]
        for office, said in zip(land["office"][:2], (first, second), strict=True):
            if said is not None:
                office["platform"] = said
        self.versions = Versions()
        self.versions.add(1, content)
        self.asked = Asked()
        self.adapters = WiredAdapters(
            Settings(
                run_dir=folder,
                addresses=ADDRESSES if addresses is None else addresses,
            ),
            Secrets(folder),
            self.versions,
            JSONSchemaCatalogue.load(ROOT / "schemas"),
            Wall(NOW),
            self.asked,
            StructlogProbe(io.StringIO()),
        )

    def carrier(self, office: str) -> Carrier:
        entry = self.versions.current.offices[OfficeId(office)]
        return self.adapters.carrier(entry)

    def code(self, office: str) -> str:
        with pytest.raises(NeedsConfiguration) as refused:
            self.adapters.of(OfficeId(office))
        return refused.value.code


def test_offices_behind_one_platform_share_its_token(tmp_path: Path) -> None:
    other = {**OVER_LGSP, "prefix": "dat-2/1.0"}
    wired = Wired(tmp_path, LGSP, first=OVER_LGSP, second=other)
    carriers = [wired.carrier("land-mau-1"), wired.carrier("land-mau-2")]
    assert all(isinstance(one, LGSPCarrier) for one in carriers)
    assert wired.asked.names == ["platform/lgsp-mau@https://lgsp.mau.example:9443"]
    urls = [str(one.destination.url("vbdlis/tiepnhan")) for one in carriers]
    assert urls == [
        "https://lgsp.mau.example:8243/dat/1.0/vbdlis/tiepnhan",
        "https://lgsp.mau.example:8243/dat-2/1.0/vbdlis/tiepnhan",
    ]


def test_a_failed_login_at_a_platform_names_the_platform(tmp_path: Path) -> None:
    wired = Wired(tmp_path, LGSP, first=OVER_LGSP)
    wired.carrier("land-mau-1")
    (as_error,) = wired.asked.as_errors
    assert as_error(LoginFailed(Why.REFUSED)).code == "platform_login_refused"


def test_links_count_from_the_agencys_own_address(tmp_path: Path) -> None:
    wired = Wired(tmp_path, EXCHANGE, second=OVER_EXCHANGE)
    carrier = wired.carrier("land-mau-2")
    assert isinstance(carrier, XRoadAdapterCarrier)
    own = "https://dat-dai.mau.example/noi-bo/tep/1.pdf"
    assert carrier.destination.path_of(own) == "/tep/1.pdf"


def test_systems_behind_one_adapter_are_told_apart_by_their_codes(
    tmp_path: Path,
) -> None:
    other = {**OVER_EXCHANGE, "dstcode": "VN:A:B:D"}
    wired = Wired(tmp_path, EXCHANGE, first=OVER_EXCHANGE, second=other)
    offices = wired.versions.current.offices
    places = {
        wired.adapters.place(offices[OfficeId(name)])
        for name in ("land-mau-1", "land-mau-2")
    }
    assert len(places) == 2
    assert all(place.startswith(ADDRESSES["truc-mau"]) for place in places)


def test_an_office_without_a_platform_is_reached_as_before(tmp_path: Path) -> None:
    wired = Wired(tmp_path, LGSP, first=OVER_LGSP)
    url = str(wired.carrier("land-mau-2").destination.url("x"))
    assert url == "https://dat-dai.mau.example/noi-bo/x"


def test_a_secret_that_nobody_gave_is_told_as_the_platforms(tmp_path: Path) -> None:
    known = {k: v for k, v in SECRETS.items() if not k.endswith("consumer_secret")}
    wired = Wired(tmp_path, LGSP, first=OVER_LGSP, secrets=known)
    assert wired.code("land-mau-1") == "platform_secret_missing"


def test_a_platform_that_wants_no_access_header_needs_no_secrets_for_it(
    tmp_path: Path,
) -> None:
    plain = {k: v for k, v in LGSP.items() if k not in {"app_name", "partner_code"}}
    known = {k: v for k, v in SECRETS.items() if ".consumer_" in k}
    wired = Wired(tmp_path, plain, first=OVER_LGSP, secrets=known)
    assert isinstance(wired.carrier("land-mau-1"), LGSPCarrier)


@pytest.mark.parametrize(
    ("platform", "code"),
    [
        ({**LGSP, "kind": "esb"}, "platform_unknown"),
        ({**LGSP, "id": "khac"}, "platform_unknown"),
        ({**LGSP, "address": "ftp://lgsp.mau.example"}, "address_refused"),
        ({**LGSP, "token_address": "khong-phai"}, "address_refused"),
    ],
)
def test_a_platform_that_cannot_be_reached_waits_for_configuration(
    tmp_path: Path, platform: dict[str, Any], code: str
) -> None:
    assert Wired(tmp_path, platform, first=OVER_LGSP).code("land-mau-1") == code


def test_a_platform_without_an_address_waits_for_one(tmp_path: Path) -> None:
    wired = Wired(tmp_path, LGSP, first=OVER_LGSP, addresses={})
    assert wired.code("land-mau-1") == "address_missing"


async def test_a_platform_with_authorities_of_its_own_is_called_by_no_other(
    tmp_path: Path,
) -> None:
    tls = {"tls": {"authorities": "khong-co.pem"}}
    wired = Wired(tmp_path, {**EXCHANGE, **tls}, first=OVER_EXCHANGE)
    with pytest.raises(NeedsConfiguration) as told:
        await wired.carrier("land-mau-1").send(
            "POST", "x", body=b"{}", timeouts=Timeouts.within(1.0)
        )
    assert told.value.code == "tls_files_wrong"
