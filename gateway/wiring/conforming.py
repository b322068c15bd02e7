"""Tries counterparts with the conformance kit, and keeps what came out."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gateway.conformance.partner import attesting, folder, preset, requirements
from gateway.conformance.partner.report_json import as_json
from gateway.conformance.partner.trying import (
    BY_HAND,
    MOCK,
    Outcome,
    Told,
    Wanted,
    conform,
)
from gateway.conforming import Role
from gateway.domain.legal_day import VIETNAM
from gateway.wiring.ports import SCHEMAS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gateway.conformance.partner.folder import Folder
    from gateway.conformance.partner.preset import Preset

__all__ = ["as_json", "given", "kit", "kits", "run", "uncovered"]


def kits() -> Sequence[Folder]:
    """Every agency that has a kit."""
    return [kit(name) for name in folder.names()]


def kit(name: str) -> Folder:
    """One agency's kit.

    Raises:
        ValueError: it has none, or something in it is wrong.
    """
    return folder.read(name, SCHEMAS)


def given(found: Folder, path: Path | None) -> Preset:
    """A preset file, or the shipped one.

    Raises:
        ValueError: what is wrong with it.
    """
    return preset.read(path, found.usual) if path else found.usual


def run(
    found: Folder,
    settings: Preset,
    wanted: Wanted,
    told: Told,
    attest: Path | None = None,
) -> Outcome:
    """Try one role of one counterpart.

    Raises:
        ValueError: address, attestations or what is to be tried are wrong.
    """
    if not folder.has_role(found.name, wanted.role):
        raise ValueError(f"Bộ thử của {found.name} không có vai {wanted.role.value}.")
    wanted = replace(wanted, against=_against(wanted, settings))
    if attest is not None:
        today = datetime.now(UTC).astimezone(VIETNAM).date()
        words = attesting.read(attest, found.requirements, today)
        wanted = replace(wanted, attested=words)
    return asyncio.run(conform(found, settings, wanted, told))


def _against(wanted: Wanted, settings: Preset) -> str:
    against = wanted.against or settings.server
    if not against and wanted.role is Role.CLIENT:
        return BY_HAND
    if against in {MOCK, BY_HAND} and (wanted.role is Role.CLIENT or against == MOCK):
        return against
    if urlsplit(against).scheme not in {"http", "https"}:
        raise ValueError(
            "--against là mock, hoặc địa chỉ bắt đầu bằng https:// hoặc http://"
            " (hay addresses.server trong preset)"
        )
    return against


def uncovered(found: Folder) -> Sequence[str]:
    """What its requirements and tests lack of each other, in words."""
    return requirements.gaps(found.requirements, found.tests)
