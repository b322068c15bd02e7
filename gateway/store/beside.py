"""What both stores do in the same words, beside the queue and its lists."""

from __future__ import annotations

from gateway.store.alerts import AlertRows
from gateway.store.chases import Chases
from gateway.store.issued import IssuedRows
from gateway.store.known_files import FileRows
from gateway.store.measures import MeasureRows
from gateway.store.pickup import PickupRows


class RowsBeside(Chases, FileRows, PickupRows, MeasureRows, IssuedRows, AlertRows):
    """Known files, what lies ready, what was measured, issued, chased, alerts."""
