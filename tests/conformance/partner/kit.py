"""One run of the conformance kit, without a terminal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from gateway.conformance.partner import folder
from gateway.conformance.partner.folder import Folder
from gateway.conformance.partner.mocked import SOUND, Spoiling
from gateway.conformance.partner.preset import Preset
from gateway.conformance.partner.trying import MOCK, Outcome, Told, Wanted, conform
from gateway.conformance.partner.verdicts import Verdict
from gateway.conforming import Role

ROOT = Path(__file__).resolve().parents[3]


def read(name: str) -> Folder:
    return folder.read(name, ROOT / "schemas")


def quietly(said: list[str] | None = None) -> Told:
    """Tells nobody; what a person would be asked for is kept in ``said``."""
    return Told(
        lambda _ran: None,
        said.append if said is not None else lambda _text: None,
        lambda _what, _left: None,
    )


def impatient(preset: Preset, **times: float) -> Preset:
    """The same preset with other times."""
    return replace(preset, times={**preset.times, "pace_s": 0.0, **times})


async def against_mock(
    name: str, role: Role, spoiling: Spoiling = SOUND, only: str = ""
) -> Outcome:
    kit = read(name)
    wanted = Wanted(role, MOCK, only)
    return await conform(kit, kit.usual, wanted, quietly(), spoiling)


def broken(outcome: Outcome) -> dict[str, str]:
    """Requirements that were seen broken, and why."""
    return {
        one.requirement.number: "; ".join(one.why)
        for one in outcome.judged
        if one.verdict is Verdict.BROKEN
    }


def of(outcome: Outcome, verdict: Verdict) -> set[str]:
    """Requirements with a verdict."""
    return {one.requirement.number for one in outcome.judged if one.verdict is verdict}
