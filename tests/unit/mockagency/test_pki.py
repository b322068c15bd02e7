"""The invented trust world: what is in it, who may read it, where it is refused."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import typer
from cryptography import x509
from typer.testing import CliRunner

from gateway.cli import mock_pki
from gateway.mockagency import pki

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 3, 10, 0, 30, tzinfo=UTC)
NAMES = ("tot", "het-han", "sap-het-han", "chua-hieu-luc", "sai-ten", "sai-goc")


def certificate(folder: Path, name: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate((folder / name).read_bytes())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("pki") / "thu"
    pki.make(made, now=NOW, hosts=["dien-luc.example", "10.0.0.5"], soon_days=3)
    return made


def test_names_of_files_are_the_same_each_time(folder: Path, tmp_path: Path) -> None:
    pki.make(tmp_path / "lai", now=NOW)
    names = sorted(path.name for path in folder.iterdir())
    assert names == sorted(path.name for path in (tmp_path / "lai").iterdir())
    assert names == sorted(
        [
            "README.vi.md",
            *("ca.pem", "ca-khac.pem"),
            *(
                f"{side}.{name}.{what}.pem"
                for side in ("may-chu", "may-khach")
                for name in NAMES
                for what in ("cert", "key")
            ),
        ]
    )


def test_only_the_owner_reads_folder_and_keys(folder: Path) -> None:
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    keys = list(folder.glob("*.key.pem"))
    assert len(keys) == 12
    assert {stat.S_IMODE(key.stat().st_mode) for key in keys} == {0o600}


@pytest.mark.parametrize("side", ["may-chu", "may-khach"])
def test_each_certificate_is_wrong_in_the_one_way_that_its_name_says(
    folder: Path, side: str
) -> None:
    ours = certificate(folder, "ca.pem")
    others = certificate(folder, "ca-khac.pem")
    for name in NAMES:
        one = certificate(folder, f"{side}.{name}.cert.pem")
        begins, ends = one.not_valid_before_utc, one.not_valid_after_utc
        assert (begins > NOW) == (name == "chua-hieu-luc"), name
        assert (ends < NOW) == (name == "het-han"), name
        if name == "sap-het-han":
            assert ends - NOW == timedelta(days=3)
        issuer = others if name == "sai-goc" else ours
        one.verify_directly_issued_by(issuer)
        if side == "may-chu":
            kind = x509.SubjectAlternativeName
            found = one.extensions.get_extension_for_class(kind).value
            hosts = found.get_values_for_type(x509.DNSName)
            addresses = [str(a) for a in found.get_values_for_type(x509.IPAddress)]
            good = name != "sai-ten"
            assert ("localhost" in hosts) == good
            assert ("dien-luc.example" in hosts) == good
            assert ({"127.0.0.1", "::1", "10.0.0.5"} <= {*addresses}) == good


def test_the_page_beside_them_says_what_each_is(folder: Path) -> None:
    page = (folder / "README.vi.md").read_text("utf-8")
    assert "dien-luc.example" in page
    assert "còn hạn 3 ngày" in page
    assert all(f"`may-chu.{name}`" in page for name in NAMES)


def called(*arguments: str) -> tuple[int, str]:
    app = typer.Typer()
    app.callback()(lambda: None)
    mock_pki.add_to(app)
    done = CliRunner().invoke(app, ["pki", *arguments])
    return done.exit_code, done.output


def test_the_command_makes_it_and_refuses_a_folder_that_holds_another(
    tmp_path: Path,
) -> None:
    there = tmp_path / "thu"
    assert called(str(there), "--soon-days", "2", "--host", "a.example")[0] == 0
    before = {path: path.read_bytes() for path in there.iterdir()}
    assert called(str(there))[0] == 1
    assert {path: path.read_bytes() for path in there.iterdir()} == before
    taken = tmp_path / "tep"
    taken.write_text("x")
    assert called(str(taken))[0] == 1


@pytest.mark.parametrize(
    "wrong",
    [("--soon-days", "0"), ("--soon-days", "900"), ("--host", "a b"), ("--host", "đ")],
)
def test_what_cannot_be_made_is_refused_and_leaves_nothing(
    tmp_path: Path, wrong: tuple[str, str]
) -> None:
    assert called(str(tmp_path / "thu"), *wrong)[0] == 1
    assert not (tmp_path / "thu").exists()
