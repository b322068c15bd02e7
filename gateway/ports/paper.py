"""Papers for people: facts put into the templates that a province may edit."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from gateway.domain.paper import Paper
    from gateway.domain.paper_forms import Form


class PaperWriter(Protocol):
    """Writes papers in memory; nothing personal touches a disk."""

    @abstractmethod
    def docx(self, form: Form, paper: Paper) -> bytes:
        """A Word document; takes tens of milliseconds, so call it in a thread.

        Raises:
            ActionNotPossible: the province's template of this form does not work.
        """

    @abstractmethod
    def qr_svg(self, text: str) -> str:
        """The QR code of a text as an SVG element; empty for an empty text."""
