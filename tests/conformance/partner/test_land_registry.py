"""Kits of land systems as an office has them: at an address, its reports, what it is given."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from gateway.conformance.partner.mocked import listening, stand
from gateway.conformance.partner.trying import MOCK, Outcome, Wanted, conform
from gateway.conformance.partner.verdicts import Attestation, Overall, Verdict
from gateway.conforming import Role
from gateway.wiring import conforming
from gateway.wiring import trying as checks
from tests.conformance.partner.kit import impatient, of, quietly, read
from tests.conformance.partner.spoilt import Content, called

KITS = {"land_registry": "land_registry", "land_registry_ilis": "land_registry/ilis"}
PERSONAL = ("Nguyễn Văn Thử", "096090000099", "0900000099", "thu@example.vn")


def _by_the_true_clock(_operation: str, _call: Content, answer: Content) -> Content:
    """The mock's own clock stands; that of an office goes."""
    told = {
        **answer.get("status", {}),
        "time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}",
    }
    return {**answer, "status": told} if "status" in answer else answer


async def at_an_address(name: str) -> Outcome:
    """The mock as a stranger: over TLS, in real time, so that nothing happens by itself."""
    kit = read(name)
    away = "http://127.0.0.1:9"
    async with (
        stand(kit, kit.usual, Role.SERVER, away) as there,
        listening(there, called(after=_by_the_true_clock)) as found,
    ):
        short = dict.fromkeys(
            {"call_s", "poll_s", "token_s"} & found.times.keys(), 0.05
        )
        word = Attestation("", holds=True, by="Bà Xác Nhận", on=date(2026, 3, 9))
        words = {
            row.number: replace(word, number=row.number)
            for row in kit.requirements.rows
        }
        wanted = Wanted(Role.SERVER, found.server, by="Người Thử", attested=words)
        return await conform(kit, impatient(found, **short), wanted, quietly())


@pytest.mark.parametrize("name", KITS)
async def test_a_system_that_passed_in_both_roles_is_proven_until_its_interface_changes(
    name: str, tmp_path: Path
) -> None:
    outcome = await at_an_address(name)
    assert outcome.overall is Overall.PASSED
    assert len(of(outcome, Verdict.HOLDS)) > 40
    (manifest,) = [m for m in checks.interfaces() if m.interface == KITS[name]]
    (path,) = conforming.keep(outcome, tmp_path)
    kept = conforming.kept(manifest, tmp_path)
    assert kept is not None
    assert list(kept.lacks()) == ["chưa chạy lienthong conformance run --role client"]
    other = path.with_name(path.name.replace("server", "client"))
    other.write_text(path.read_text("utf-8").replace('"server"', '"client"'), "utf-8")
    both = conforming.kept(manifest, tmp_path)
    assert both is not None
    assert both.proves
    hash_ = outcome.folder.hash
    path.write_text(path.read_text("utf-8").replace(hash_, "0" * 64), "utf-8")
    stale = conforming.kept(manifest, tmp_path)
    assert stale is not None
    assert not stale.proves
    assert "đã đổi sau lần thử vai server" in next(iter(stale.lacks()))


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("name", KITS)
async def test_reports_tell_every_requirement_and_neither_secrets_nor_persons(
    name: str, role: Role, tmp_path: Path
) -> None:
    kit = read(name)
    outcome = await conform(kit, kit.usual, Wanted(role, MOCK), quietly())
    texts = [_text(path) for path in conforming.report(outcome, tmp_path)]
    assert len(texts) == 4
    for text in texts:
        found = [one for one in (*PERSONAL, *kit.usual.keys.values()) if one in text]
        assert found == []
        untold = [
            row.number for row in kit.requirements.of(role) if row.number not in text
        ]
        assert untold == []
    page = next(text for text in texts if "<html" in text)
    assert "MaHoSoMotCua" in page
    assert "ký tự›" in page


def _text(path: Path) -> str:
    content = path.read_bytes()
    if path.suffix != ".docx":
        return content.decode()
    packed = zipfile.ZipFile(io.BytesIO(content))
    return "".join(
        packed.read(one).decode("utf-8", "replace") for one in packed.namelist()
    )


def test_the_developer_of_an_ilis_system_is_given_both_pages_and_what_slips_are(
    tmp_path: Path,
) -> None:
    conforming.documents(read("land_registry_ilis"), tmp_path)
    found = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")}
    assert {
        "docs/agencies/land_registry.vi.md",
        "docs/agencies/land_registry_ilis.vi.md",
        "docs/agencies/tax.vi.md",
        "docs/conformance/land_registry_ilis.vi.md",
        "land_registry_ilis.preset.toml",
        "schemas/agencies/land_registry_ilis/TiepNhanHoSo.json",
        "schemas/agencies/tax/tct.xsd",
    } <= found


def test_the_developer_of_a_vbdlis_system_is_given_one_page_and_what_slips_are(
    tmp_path: Path,
) -> None:
    conforming.documents(read("land_registry"), tmp_path)
    found = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")}
    assert "docs/agencies/land_registry.vi.md" in found
    assert "docs/agencies/land_registry_ilis.vi.md" not in found
    assert "schemas/agencies/tax/tct.xsd" in found
