"""What both stores do in the same words, beside the queue and its lists."""

from __future__ import annotations

from gateway.store.known_files import FileRows
from gateway.store.pickup import PickupRows


class RowsBeside(FileRows, PickupRows):
    """Known files, and messages that lie ready."""
