"""Reads what people attest: requirements that no call can show."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from gateway.conformance.partner import edited
from gateway.conformance.partner.requirements import How
from gateway.conformance.partner.verdicts import Attestation

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.conformance.partner.requirements import Requirements

_KEYS = {"requirement", "holds", "by", "on", "note"}


def read(
    path: Path, requirements: Requirements, today: date
) -> Mapping[str, Attestation]:
    """Attestations by requirement.

    Raises:
        ValueError: file, row and what is wrong with it.
        FileNotFoundError: there is no such file.
    """
    rows = edited.toml(path).get("attest", [])
    found: dict[str, Attestation] = {}
    for place, row in enumerate(rows, start=1):
        where = f"{path.name}: [[attest]] thứ {place}"
        one = _one(row, where)
        if one.number not in requirements.numbers:
            raise ValueError(f"{where}: không có yêu cầu {one.number}")
        if one.number in found:
            raise ValueError(f"{where}: {one.number} đã có ở trên")
        if one.on > today:
            raise ValueError(f"{where}: ngày {one.on:%d/%m/%Y} chưa đến")
        found[one.number] = one
    return found


def form(requirements: Requirements) -> str:
    """A file to be filled in; as it stands it attests nothing and is refused."""
    rows = [
        f"# {row.number}, mục {row.section} ({row.role.value}): {row.vi}\n"
        f'[[attest]]\nrequirement = "{row.number}"\n'
        'holds =          # true: đáp ứng; false: chưa\nby = ""          # họ tên, chức vụ\n'
        'on =             # ngày, ví dụ 2026-03-10\nnote = ""\n'
        for row in requirements.rows
        if row.how is How.ATTEST
    ]
    return "\n".join(
        ("# Điền rồi đưa cho --attest; bỏ dòng nào không xác nhận.\n", *rows)
    )


def _one(row: Mapping[str, Any], where: str) -> Attestation:
    if unknown := row.keys() - _KEYS:
        raise ValueError(f"{where}: không có {min(unknown)}")
    by, on, holds = row.get("by", ""), row.get("on"), row.get("holds")
    if not isinstance(by, str) or not by.strip():
        raise ValueError(f"{where}: thiếu by: ai xác nhận")
    if type(on) is not date:
        raise ValueError(f"{where}: on là ngày, ví dụ on = 2026-03-10")
    if not isinstance(holds, bool):
        raise ValueError(f"{where}: holds là true (đáp ứng) hoặc false (chưa)")  # noqa: TRY004  a file, no argument
    return Attestation(
        str(row.get("requirement", "")), holds, by.strip(), on, str(row.get("note", ""))
    )
