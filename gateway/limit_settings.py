"""How much one caller may ask of a listener, whoever it is."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field

_RATES = frozenset(
    {
        "calls_per_second",
        "calls_burst",
        "enquiries_per_minute",
        "misses_per_minute",
        "wrong_per_minute",
    }
)
_NO_BOUND = 1e12


class LimitSettings(BaseModel):
    """Limits of connections and calls; seconds are real, a proxy in front may be stricter."""

    model_config = ConfigDict(extra="forbid")

    header_bytes: int = Field(default=32 * 1024, ge=4096, le=1024 * 1024)
    header_count: int = Field(default=100, ge=20, le=1000)
    head_s: float = Field(default=10.0, gt=0, le=300)
    #: from the first byte of a request to the end of its headers
    idle_s: float = Field(default=30.0, gt=0, le=600)
    #: that a connection may be open with nothing asked
    still_s: float = Field(default=60.0, gt=0, le=600)
    #: without a byte of a body that is under way, or with nothing taken of an answer
    grace_s: float = Field(default=30.0, gt=0, le=600)
    least_bytes_s: int = Field(default=256, ge=0)
    #: after ``grace_s``, what a body has to come with on average; 0: still_s alone counts
    connections: int = Field(default=2000, ge=10)
    connections_each: int = Field(default=256, ge=1)
    #: of one address (IPv6: one /64) that is no proxy of ours
    calls_per_second: float = Field(default=100.0, gt=0)
    #: of one account or one-stop system, on one node
    calls_burst: float = Field(default=2000.0, ge=1)
    enquiries_per_minute: float = Field(default=300.0, ge=1)
    #: pages and calls about one dossier, of one person
    misses_per_minute: float = Field(default=60.0, ge=1)
    #: of those, such as found nothing
    wrong_per_minute: float = Field(default=30.0, ge=1)
    #: wrong tokens and path secrets of one address; right ones are let in all the same

    def unbounded_rates(self) -> Self:
        """With no rate but those that somebody wrote down: mocks call without a pause."""
        free = dict.fromkeys(_RATES - self.model_fields_set, _NO_BOUND)
        return self.model_copy(update=free)
