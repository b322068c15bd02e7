"""The probe that the journey is given: one call, one log line, one count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.ports.probe import Probe

if TYPE_CHECKING:
    from gateway.telemetry.metrics import Metrics


class CountingProbe(Probe):
    """Tells a probe what it is told, and counts it."""

    def __init__(self, told: Probe, metrics: Metrics) -> None:
        """``told`` writes the lines."""
        self._told = told
        self._metrics = metrics

    def attempt(self, **facts: str | float | None) -> None:
        """A call to an agency ended."""
        self._told.attempt(**facts)
        self._metrics.attempt(facts)

    def inbound(self, **facts: str | float | None) -> None:
        """A message came in."""
        self._told.inbound(**facts)
        self._metrics.inbound(facts)

    def action(self, **facts: str | float | None) -> None:
        """A person or a rule acted; what such acts change is a gauge."""
        self._told.action(**facts)

    def trouble(self, where: str, error: BaseException) -> None:
        """A loop met an error."""
        self._told.trouble(where, error)
        self._metrics.trouble(where)
