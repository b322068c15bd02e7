"""Why a transfer stands still and what is to be done, in the words of its agency."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.errors import NeedsConfiguration
from gateway.domain.identifiers import OfficeId
from gateway.domain.words import situation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.domain.words import Words
    from gateway.sealing.tools import Tools


def reasons(tools: Tools, office: str) -> Mapping[str, tuple[str, str]]:
    """Words for the codes of an office's own answers."""
    try:
        return tools.adapters.of(OfficeId(office)).words
    except NeedsConfiguration:
        return {}


def standing(
    tools: Tools, office: str, kind: str, state: str, fate: str, code: str | None
) -> Words:
    """Why a transfer stands still and what is to be done, as the pages say it."""
    traits = tools.traits(office, kind)
    return situation(
        state,
        fate,
        code,
        reasons(tools, office),
        deduplicates=traits is not None and traits.deduplicates,
    )
