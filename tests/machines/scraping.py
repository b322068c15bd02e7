"""What a monitoring server sees of a gateway."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

if TYPE_CHECKING:
    from tests.world import World

#: Set in a test's settings: monitoring on a port that the system chooses.
LISTENS = "[metrics]\nport = 0\n"


@dataclass(frozen=True)
class Scrape:
    """One reading: each sample by its name and its labels."""

    text: str

    @property
    def samples(self) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
        """Name → labels → value."""
        found: dict[str, dict[tuple[tuple[str, str], ...], float]] = {}
        for family in text_string_to_metric_families(self.text):
            for one in family.samples:
                labels = tuple(sorted(one.labels.items()))
                found.setdefault(one.name, {})[labels] = one.value
        return found

    def value(self, name: str, **labels: str) -> float:
        """One sample; nought if there is none with these labels."""
        return self.samples.get(name, {}).get(tuple(sorted(labels.items())), 0.0)

    def label_values(self) -> set[str]:
        """Every value of every label."""
        return {
            value
            for by_labels in self.samples.values()
            for labels in by_labels
            for _, value in labels
        }


async def get(url: str) -> tuple[int, str]:
    """Status and body."""
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.text()


async def scrape(world: World) -> Scrape:
    """Read the metrics of a world's gateway."""
    assert world.gateway is not None
    status, text = await get(world.gateway.addresses["metrics"] + "/metrics")
    assert status == 200, text
    return Scrape(text)
