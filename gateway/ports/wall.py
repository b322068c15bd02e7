"""Moments that a wall has set which is put back afterwards."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import Protocol


class Moments(Protocol):
    """Whatever is to be done at some moment, as the store keeps it."""

    @abstractmethod
    async def wall_went_back(self, was: datetime, now: datetime) -> int:
        """What had been due by the wall as it was is due now; how much.

        What was to come later even by that wall keeps its moment; an office that is
        left alone for a while is so for what was left of that.
        """
