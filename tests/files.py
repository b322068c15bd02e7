"""Attachments in a folder of the test's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.vault.attachments import SealedAttachments
from gateway.vault.folder import FolderShelf

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.vault.local import LocalVault


class DiskAttachments(SealedAttachments):
    """Where no identity is of interest."""

    def __init__(self, folder: Path, vault: LocalVault) -> None:
        """Make the folder ready, as a start does."""
        shelf = FolderShelf(folder)
        shelf.make_ready(None)
        super().__init__(shelf, vault)
