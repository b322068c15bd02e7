"""What both stores do in the same words, beside the queue and its lists."""

from __future__ import annotations

from gateway.store.alerts import AlertRows
from gateway.store.chases import Chases
from gateway.store.issued import IssuedRows
from gateway.store.known_files import FileRows
from gateway.store.measures import MeasureRows
from gateway.store.pickup import PickupRows
from gateway.store.stuck_notes import StuckRows


class RowsBeside(
    Chases, FileRows, PickupRows, MeasureRows, IssuedRows, AlertRows, StuckRows
):
    """Known files, what lies ready, was measured, issued, chased, told, or is stuck."""
