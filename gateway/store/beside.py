"""What both stores do in the same words, beside the queue and its lists."""

from __future__ import annotations

from gateway.store.alerts import AlertRows
from gateway.store.known_files import FileRows
from gateway.store.measures import MeasureRows
from gateway.store.pickup import PickupRows


class RowsBeside(FileRows, PickupRows, MeasureRows, AlertRows):
    """Known files, messages that lie ready, what was measured, alerts."""
