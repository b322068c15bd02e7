"""Keys are made once; every test gets a tax office of its own."""

from pathlib import Path

import pytest

from tests.unit.adapters.tax.counterpart import Counterpart, Party, TaxOffice


@pytest.fixture(scope="session")
def parties(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Party]:
    folder: Path = tmp_path_factory.mktemp("keys")
    names = ("issuer", "gateway", "tax", "stranger")
    return {name: Party.create(folder, name) for name in names}


@pytest.fixture
def talk(parties: dict[str, Party]) -> Counterpart:
    settings = {
        "signing_key": parties["tax"].key_path,
        "signing_certificate": parties["tax"].certificate_path,
        "issuer_certificates": [parties["issuer"].certificate_path],
        "gateway_certificate": parties["gateway"].certificate_path,
        "ma_cqt": "TCT-H00-01",
    }
    return Counterpart(
        TaxOffice(settings),
        issuer=parties["issuer"],
        gateway=parties["gateway"],
        tax=parties["tax"],
        stranger=parties["stranger"],
    ).open()
