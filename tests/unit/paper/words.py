"""Word documents opened again, and templates edited as people edit them."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import docx
from docx.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from docx.document import Document


def text_of(content: bytes) -> str:
    """Every line of a document in the order of its paragraphs and tables."""
    return "\n".join(_lines(docx.Document(io.BytesIO(content))))


def _lines(document: Document) -> Iterator[str]:
    for part in document.iter_inner_content():
        if isinstance(part, Table):
            yield from _of_table(part)
        else:
            yield part.text
    section = document.sections[0]
    for edge in (section.first_page_footer, section.footer):
        yield from (paragraph.text for paragraph in edge.paragraphs)


def _of_table(table: Table) -> Iterator[str]:
    for row in table.rows:
        for cell in row.cells:
            yield cell.text


def pictures_of(content: bytes) -> list[bytes]:
    """The pictures inside, each once."""
    parts = docx.Document(io.BytesIO(content)).part.package.parts
    return [part.blob for part in parts if part.content_type == "image/png"]


def template_saying(path: Path, *paragraphs: str) -> Path:
    """A template of one's own with these paragraphs."""
    document = docx.Document()
    for text in paragraphs:
        document.add_paragraph(text)
    document.save(str(path))
    return path
