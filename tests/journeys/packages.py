"""Dossiers of the commune whose tax office has no line, and tax on the other side."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from lxml import etree

from gateway.adapters.tax.mock_signatures import Signer
from tests.journeys.slips import CERTIFICATE
from tests.unit.adapters.tax.counterpart import Party
from tests.unit.adapters.tax.counterpart import slip as unsigned
from tests.unit.adapters.tax_file.medium import (
    File,
    Package,
    listing,
    opened_package,
    sealed,
    signed,
    zipped,
)
from tests.world import World, a_dossier

ROAD, TAX = "tax-goi", "TCT-MAU-02"
SOON_H = 0.01
#: July, when the second tax office began.
START = "2026-07-07T07:30:00+07:00"
SILENT_LAND = {"step": [{"on": "never", "send": "ChuyenHoSo"}]}
SILENT_TAX = {"answer": "silent"}


def dossier(number: str, **changed: Any) -> dict[str, Any]:
    """A dossier of the commune whose tax office has no line."""
    area = {"commune": "99104"}
    return a_dossier(number, area=area, receiver="cb.mau02", **changed)


def party(world: World, name: str) -> Party:
    keys = world.stage.secrets.folder
    key = keys / f"{name}.key.pem"
    private = load_pem_private_key(key.read_bytes(), None)
    assert isinstance(private, rsa.RSAPrivateKey)
    return Party(str(key), str(keys / f"{name}.cert.pem"), private)


async def with_slip(world: World, number: str, **told: str) -> dict[str, Any]:
    """A dossier whose signed slip was handed in and lies packed; its transfer."""
    document = dossier(number, certificate={"serial": CERTIFICATE})
    assert (await world.submit(document)).status == 202
    await world.pass_hours(SOON_H)
    await hand_in(world, number, "0001/PCTT", **told)
    (transfer,) = await world.transfers(number, "slip_new")
    return transfer


async def hand_in(world: World, number: str, so_phieu: str, **told: str) -> None:
    keys = world.stage.secrets.folder
    what = {"ma_hs": number, "ma_gcn": CERTIFICATE, "so_phieu": so_phieu, **told}
    signer = Signer.load(
        str(keys / "land-mau-2.key.pem"), str(keys / "land-mau-2.cert.pem")
    )
    root = etree.fromstring(unsigned(**what).encode())  # noqa: TID251  our own text
    path = f"/v1/dossiers/{number}/slips/{so_phieu}"
    put = await world.call("PUT", path, data=signer.sign(root))
    assert (put.status, put.body["standing"]) == (202, "applied")
    await world.pass_hours(SOON_H)


def from_tax(world: World, number: str, *files: File) -> bytes:
    """A package that tax hands over by hand."""
    row = {
        "SO_GOI": number,
        "DON_VI_GUI": TAX,
        "DON_VI_NHAN": "H00.LT.01",
        "THOI_GIAN_LAP": f"{world.now() + timedelta(hours=7):%Y%m%d%H%M%S}",
    }
    goi = signed(listing(files, **row), party(world, "tax-mau-2"))
    entries = [("goi.xml", goi), *((file.name, file.raw) for file in files)]
    return sealed(zipped(entries), party(world, "gateway"))


def opened(world: World, name: str, raw: bytes) -> Package:
    """A package of ours as tax opens it."""
    return opened_package(name, raw, party(world, "tax-mau-2"), party(world, "gateway"))
