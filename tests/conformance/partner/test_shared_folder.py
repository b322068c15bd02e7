"""A counterpart that shares a folder is reached over SFTP or as a path; what cannot be is told."""

from __future__ import annotations

import io
import os
import shutil
import zipfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import asyncssh
import pytest

from gateway.adapters.water import mock as water_mock
from gateway.conformance.partner import mock_sftp, preset
from gateway.conformance.partner.acts import ByMock
from gateway.conformance.partner.files import Working
from gateway.conformance.partner.hashing import hash_of
from gateway.conformance.partner.masking_files import content_told
from gateway.conformance.partner.mocked import Spoiling
from gateway.conformance.partner.trying import Outcome, Wanted, conform
from gateway.conformance.partner.verdicts import Overall, Verdict
from gateway.conforming import Role
from gateway.mockagency import clock
from gateway.mockagency.server import MockAgency
from gateway.wiring import conforming
from gateway.wiring import trying as checks
from tests import sftp
from tests.conformance.partner import spoilt_water
from tests.conformance.partner.kit import (
    against_mock,
    broken,
    impatient,
    of,
    quietly,
    read,
)

#: What the document asks of an account, in the words of sshd.
SHUT_IN = "ForceCommand internal-sftp -d {home}\nDisableForwarding yes\nPasswordAuthentication no\n"


@pytest.fixture(scope="module")
def server() -> Iterator[sftp.Server]:
    with sftp.running(SHUT_IN) as running:
        yield running


def moved(server: sftp.Server, folder: Path) -> Path:
    """Let the mock work where the server's account sees it."""
    place = server.place(*(str(one.relative_to(folder)) for one in folder.rglob("*")))
    shutil.rmtree(folder)
    folder.symlink_to(place)
    return place


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.rglob("*") if one.is_file())


def over(server: sftp.Server) -> Any:
    """Serves a mock's folder by the real OpenSSH in place of the kit's own server."""

    @asynccontextmanager
    async def serving(
        folder: Path, run_dir: Path, _opening: Mapping[str, Any]
    ) -> AsyncIterator[tuple[str, Path, str]]:
        place, key = moved(server, folder), run_dir / "sftp"
        key.write_text(server.private_key, "utf-8")
        host_key = server.host_key.export_public_key().decode().strip()
        address = f"sftp://{server.own.pw_name}@127.0.0.1:{server.port}/{place.name}"
        yield address, key, host_key

    return serving


async def test_a_company_behind_a_real_openssh_is_tried_as_any_other(
    server: sftp.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mock_sftp, "serving", over(server))
    outcome = await against_mock("water", Role.SERVER)
    assert broken(outcome) == {}
    assert outcome.overall is Overall.PASSED
    assert "NN-271" in of(outcome, Verdict.HOLDS)


async def test_a_company_at_an_sftp_address_is_tried_in_real_time_and_proven(
    server: sftp.Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(clock, "LOOK_S", 0.02)
    monkeypatch.setattr(water_mock, "PROGRAM_EVERY_S", 0.02)
    kit = read("water")
    place, key = server.place(*kit.parts), tmp_path / "khoa"
    key.write_text(server.private_key, "utf-8")
    row = {"id": "CN-MAU-01", "folder": str(place), "gateway": "H00.LT.01"}
    mock = MockAgency(
        "water",
        {"offices": [row]},
        tmp_path,
        start=None,
        scenarios=ByMock(kit.acts),
        faults=[],
    )
    host_key = server.host_key.export_public_key().decode().strip()
    told = replace(
        impatient(kit.usual, poll_s=0.05, taken_s=20, call_s=20),
        sftp_key=key,
        host_keys=(host_key,),
    )
    address = f"sftp://{server.own.pw_name}@127.0.0.1:{server.port}/{place.name}"
    wanted = Wanted(Role.SERVER, address, "NN-231", "Người Thử")
    try:
        outcome = await conform(kit, told, wanted, quietly())
    finally:
        await mock.close()
    assert of(outcome, Verdict.HOLDS) == {"NN-231", "NN-271", "NN-901"}
    whole = replace(outcome, wanted=replace(wanted, only=""), overall=Overall.PASSED)
    (path,) = conforming.keep(whole, tmp_path / "results")
    (manifest,) = checks.interfaces("water")
    kept = conforming.kept(manifest, path.parent)
    assert kept is not None
    assert (kept.roles, kept.proves) == (("server",), True)
    path.write_text(path.read_text("utf-8").replace(kit.hash, "0" * 64), "utf-8")
    stale = conforming.kept(manifest, path.parent)
    assert stale is not None
    assert not stale.proves


def test_a_run_is_stale_once_a_list_in_words_changes(tmp_path: Path) -> None:
    own = tmp_path / "water"
    shutil.copytree(read("water").schemas, own)
    before = hash_of(own)
    lists = own / "danh_muc.toml"
    lists.write_text(lists.read_text("utf-8") + "\n", "utf-8")
    assert hash_of(own) != before


def test_tax_by_packages_is_proven_by_its_own_kit(tmp_path: Path) -> None:
    (manifest,) = [m for m in checks.interfaces() if m.interface == "tax/file"]
    kept = conforming.kept(manifest, tmp_path)
    assert kept is not None
    assert (kept.roles, kept.proves) == (("server",), False)


async def test_nothing_is_put_on_a_server_with_another_key() -> None:
    other = asyncssh.generate_private_key("ssh-ed25519")
    stranger = Spoiling(opening={"server_host_keys": [other]})
    outcome = await against_mock("water", Role.SERVER, stranger)
    assert broken(outcome).keys() == {"NN-271"}
    assert "không có trong sftp.host_keys" in broken(outcome)["NN-271"]
    assert [one for ran in outcome.run.ran for one in ran.exchanges] == []
    assert outcome.overall is Overall.FAILED


async def test_an_account_that_does_not_know_the_key_is_told() -> None:
    nobody = asyncssh.import_authorized_keys(
        asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    )
    shut = Spoiling(opening={"authorized_client_keys": nobody})
    outcome = await against_mock("water", Role.SERVER, shut)
    assert broken(outcome).keys() == {"NN-901"}
    assert "không nhận khóa của bộ thử" in broken(outcome)["NN-901"]
    assert outcome.overall is Overall.SILENT


async def in_folder(folder: Path) -> Outcome:
    """A folder of this machine in which nobody works."""
    kit = read("water")
    told = impatient(kit.usual, poll_s=0.01, taken_s=0.05, look_s=0.05)
    return await conform(kit, told, Wanted(Role.SERVER, str(folder)), quietly())


async def test_a_company_that_takes_nothing_gets_that_verdict_and_no_hang(
    tmp_path: Path,
) -> None:
    outcome = await in_folder(tmp_path)
    assert broken(outcome).keys() == {"NN-901", "NN-218"}
    assert "không thấy YC-" in broken(outcome)["NN-901"]
    assert of(outcome, Verdict.HOLDS) == set()
    assert outcome.overall is Overall.SILENT
    lying = names(tmp_path)
    assert any(one.endswith(".json") for one in lying)
    assert not any(one.endswith(".tam") for one in lying)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[sftp]\nkey = 'thieu'", "sftp.key: không có tệp"),
        ("[sftp]\nhost = 'x'", "sftp.host: không có; được dùng: host_keys, key"),
        ("[addresses]\nserver = 'ftp://x'", "thư mục dùng chung: sftp://"),
    ],
)
def test_a_preset_of_a_folder_that_is_wrong_is_told(
    tmp_path: Path, text: str, told: str
) -> None:
    path = tmp_path / "thu.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(ValueError, match=r"thu\.toml") as wrong:
        preset.read(path, read("water").usual)
    assert told in str(wrong.value)


KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDpzTRjBvdbnMzEOZN7MjQ8tRZpHTvmeGWz7vqNUZFx4"


@pytest.mark.parametrize(
    ("address", "keys", "told"),
    [
        ("khong-co", [KEY], "hoặc một thư mục"),
        ("https://may.example.vn", [KEY], "địa chỉ sftp://"),
        ("file:///khong/co", [KEY], "không có thư mục /khong/co"),
        ("sftp://a@may:x/b", [KEY], "số cổng không đúng"),
        ("sftp://may/b", [KEY], "addresses.server: '' không phải tên tài khoản"),
        ("sftp://a@may/../b", [KEY], "thư mục không được có .."),
        ("sftp://a@may/b", [], "sftp.host_keys: chưa có khóa máy chủ nào"),
        ("sftp://a@may/b", ["x"], "sftp.host_keys: khóa máy chủ phải có dạng"),
    ],
)
def test_an_address_of_a_folder_that_cannot_be_is_told(
    tmp_path: Path, address: str, keys: list[str], told: str
) -> None:
    key = tmp_path / "khoa"
    key.write_text("x", "utf-8")
    kit = read("water")
    given = replace(kit.usual, sftp_key=key, host_keys=tuple(keys))
    with pytest.raises(ValueError) as wrong:  # noqa: PT011  its words are looked at
        conforming.run(kit, given, Wanted(Role.SERVER, address), quietly())
    assert told in str(wrong.value)


PERSONS = (
    "Nguyễn Văn Thử",
    "Trần Thị Thử",
    "000000000099",
    "0900000099",
    "Số 1, đường Thử",
)


async def test_reports_show_tables_by_row_and_no_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoilt_water.quick(monkeypatch)
    outcome = await against_mock("water", Role.SERVER)
    written = {path.name: path for path in conforming.report(outcome, tmp_path)}
    assert len(written) == 4
    page = written["water.server.html"].read_text("utf-8")
    for name in ("water.server.html", "water.server.json", "water.server.xml"):
        text = written[name].read_text("utf-8")
        assert [one for one in PERSONS if one in text] == [], name
    assert "Bộ thử đặt yeu-cau/YC-260310073000.csv" in page
    assert "LOAI = MOI; MA_HO_SO = H99.01-260310-073000001" in page
    assert "HO_TEN = ‹chữ, 14 ký tự›" in page
    assert "Bộ thử lấy tra-loi/TL-000001.csv" in page
    assert "TRANG_THAI = DA_TIEP_NHAN" in page


async def test_reports_show_what_lies_in_a_package_and_no_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoilt_water.quick(monkeypatch)
    outcome = await against_mock("tax_file", Role.SERVER)
    written = {path.name: path for path in conforming.report(outcome, tmp_path)}
    page = written["tax_file.server.html"].read_text("utf-8")
    for name in ("tax_file.server.html", "tax_file.server.json"):
        text = written[name].read_text("utf-8")
        shown = [one for one in (*PERSONS, "Lê Thị Duyệt Thử") if one in text]
        assert shown == [], name
        assert "PRIVATE KEY" not in text
    assert "SO_GOI: BT-thu-" in page
    assert "MA_HS: H99.01-" in page
    assert "HO_TEN: ‹chữ, 14 ký tự›" in page
    assert "&#34;SoGoi&#34;: &#34;BT-thu-" in page


def test_a_name_that_somebody_chose_is_not_shown() -> None:
    kit = read("water")
    lent = SimpleNamespace(folder=kit)
    working = Working(
        cast("Any", None), cast("Any", lent), cast("Any", None), lambda: None
    )
    assert working._named("YC-000018.csv") == "YC-000018.csv"
    assert working._named(".YC-000018.csv.tam") == ".YC-000018.csv.tam"
    assert working._named("Nguyễn Văn Thử.xlsx") == "‹tên tệp, 19 ký tự›"


def _zip_bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/workbook.xml", b"<workbook/>")
        book.writestr("xl/worksheets/sheet1.xml", b"0" * (33 * 1024 * 1024))
    return packed.getvalue()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (_zip_bomb(), "không phải JSON"),
        (b"PK hong", "không phải JSON"),
        (b"x" * 2_000_000, "không phải JSON"),
        ("MA_HO_SO;TRANG_THAI\r\nH1;HUY".encode("utf-16"), "không phải JSON"),
        (b"MA_HO_SO;TRANG_THAI\r\nH1;HUY", "dòng 2: MA_HO_SO = H1; TRANG_THAI = HUY"),
        (
            "Mã hồ sơ,Họ tên\nH1,Lê Mật".encode(),
            "cột: MA_HO_SO; 1 cột khác\ndòng 2: MA_HO_SO = H1",
        ),
    ],
    ids=["zip bomb", "no workbook", "huge", "other letters", "codes", "words"],
)
def test_any_content_is_told_and_none_is_unpacked_blindly(
    content: bytes, told: str
) -> None:
    kit = read("water")
    text = content_told(kit.mask(()), kit.columns, content)
    assert told in text
    assert "Lê Mật" not in text


async def test_where_a_folder_cannot_be_written_durably_sftp_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "O_DIRECTORY")
    with pytest.raises(ValueError, match="trên Windows dùng địa chỉ sftp://"):
        await in_folder(tmp_path)


async def test_a_folder_over_sftp_needs_a_key(tmp_path: Path) -> None:
    kit = read("water")
    with pytest.raises(ValueError, match=r"sftp\.key: thiếu"):
        await conform(
            kit, kit.usual, Wanted(Role.SERVER, "sftp://a@127.0.0.1/b"), quietly()
        )
