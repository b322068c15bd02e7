"""An office may have authorities of its own, and be shown a certificate of ours."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.domain.errors import NeedsConfiguration
from gateway.mockagency import pki
from gateway.wiring.office_tls import context_of, missing


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pki") / "keys"
    pki.make(folder, now=datetime.now(UTC))
    return folder


def test_only_the_authorities_of_an_office_are_trusted_for_it(keys: Path) -> None:
    context = context_of({"authorities": "ca.pem"}, keys)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert len(context.get_ca_certs()) == 1


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ({"authorities": "khong.pem"}, ["khong.pem"]),
        ({"authorities": "../ca.pem"}, ["../ca.pem"]),
        ({"certificate": "khong"}, ["khong.cert.pem", "khong.key.pem"]),
        ({"authorities": "ca.pem", "certificate": "may-khach.tot"}, []),
    ],
)
def test_files_that_are_missing_are_named_and_stop_the_office(
    keys: Path, said: dict[str, str], names: list[str]
) -> None:
    assert list(missing(said, keys)) == names
    if names:
        with pytest.raises(NeedsConfiguration) as told:
            context_of(said, keys)
        assert told.value.code == "tls_files_wrong"
    else:
        assert context_of(said, keys).verify_mode is ssl.CERT_REQUIRED


def test_a_file_that_is_no_certificate_stops_the_office(keys: Path) -> None:
    with pytest.raises(NeedsConfiguration) as told:
        context_of({"authorities": "README.vi.md"}, keys)
    assert "[office.tls]" not in str(told.value)
    assert "thư mục khóa" in told.value.remedy
