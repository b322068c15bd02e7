"""Word documents from templates: the shipped ones, or a province's own, file by file."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docx.opc.exceptions import PackageNotFoundError
from docx.shared import Mm
from docxtpl import DocxTemplate, InlineImage
from jinja2 import TemplateError
from jinja2.exceptions import SecurityError, TemplateSyntaxError
from lxml.etree import LxmlError

from gateway.disk.archives import ArchiveRefused, opened
from gateway.domain.errors import ActionNotPossible, Origin
from gateway.domain.paper import SHOWS
from gateway.domain.paper_forms import Form
from gateway.domain.written import names, written
from gateway.paper import qr
from gateway.paper.sandbox import Environment, shape, unknown
from gateway.ports.paper import PaperWriter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.domain.paper import Paper

SHIPPED = Path(__file__).parent / "templates"
#: A template is pages of text; what unpacks to more than this is none.
MAX_UNPACKED_BYTES = 16 * 1024 * 1024
_QR_WIDTH = {Form.HANDOVER_LIST: Mm(17)}
_PACKAGE = (
    *(PackageNotFoundError, ArchiveRefused, KeyError, ValueError, LxmlError),
    # What the library does with a part that is another than its name says.
    *(AttributeError, TypeError),
)
_LIMITS = (
    *(TemplateError, ArithmeticError, LookupError, TypeError, ValueError),
    RecursionError,
)


class _Picture:
    """A QR code that draws itself where a template names it.

    Its only attribute begins with an underscore, which templates cannot say: the
    library's own picture would lead them to the document and to the disk.
    """

    __slots__ = ("_drawn",)

    def __init__(self, image: InlineImage) -> None:
        self._drawn = image

    def __html__(self) -> str:
        return str(self._drawn)


class WordPapers(PaperWriter):
    """Papers as Word documents and QR codes."""

    def __init__(self, folder: Path | None = None) -> None:
        """``folder``: a province's templates; a file that it lacks is the shipped one.

        Raises:
            FileNotFoundError: it is not there; its papers would silently be others.
        """
        if folder is not None and not folder.is_dir():
            raise FileNotFoundError(2, "no folder of paper templates", str(folder))
        self._folder = folder

    def template(self, form: Form) -> Path:
        """The file that a form is made from."""
        own = self._folder / f"{form.value}.docx" if self._folder else None
        return own if own and own.is_file() else SHIPPED / f"{form.value}.docx"

    def docx(self, form: Form, paper: Paper) -> bytes:
        """A Word document in memory."""
        try:
            return _filled(_opened(self.template(form)), form, paper)
        except (*_PACKAGE, *_LIMITS, OSError, AssertionError) as wrong:
            raise ActionNotPossible(
                f"{form.value}: {wrong.__class__.__name__}",
                code="paper_template_invalid",
                remedy="Mẫu Word của giấy tờ này có lỗi: quản trị chạy «lienthong paper"
                " check» rồi sửa mẫu.",
                origin=Origin.OPERATOR,
            ) from wrong

    def qr_svg(self, text: str) -> str:
        """An SVG element."""
        return qr.svg(text)


def _opened(path: Path) -> DocxTemplate:
    """A template read into memory.

    Raises:
        ValueError: it unpacks to more than any template needs.
    """
    content = path.read_bytes()
    with opened(content) as packed:
        if sum(one.file_size for one in packed.infolist()) > MAX_UNPACKED_BYTES:
            raise ArchiveRefused("too_large")
        # Locked or damaged entries are found here, and not by the library.
        for one in packed.infolist():
            packed.read(one)
    return DocxTemplate(io.BytesIO(content))


def _filled(template: DocxTemplate, form: Form, paper: Paper) -> bytes:
    def drawn(value: Any) -> Any:
        if isinstance(value, list):
            return [drawn(one) for one in value]
        if not isinstance(value, dict):
            return value
        inside = {name: drawn(one) for name, one in value.items()}
        if inside.get("qr"):
            width = _QR_WIDTH.get(form, Mm(22))
            image = InlineImage(template, qr.png(str(inside["qr"])), width=width)
            inside["qr"] = _Picture(image)
        return inside

    template.render(drawn(written(paper)), Environment(), autoescape=True)
    made = io.BytesIO()
    template.save(made)
    return made.getvalue()


def faults(form: Form, path: Path, sample: Paper) -> list[str]:
    """What is wrong with a template, in words; nothing when it works."""
    try:
        template = _opened(path)
        parts = list(_parts(template))
    except _PACKAGE as wrong:
        return [f"không đọc được tệp Word: {wrong}"]
    known = shape(names(SHOWS[form]))
    found: list[str] = []
    for part in parts:
        try:
            tree = Environment().parse(part)
        except TemplateSyntaxError as wrong:
            return [f"sai cú pháp mẫu: {wrong.message}"]
        found += [f"trường không có: {name}" for name in unknown(tree, known)]
    if found:
        return list(dict.fromkeys(found))
    try:
        _filled(_opened(path), form, sample)
    except SecurityError as wrong:
        return [f"mẫu làm việc không được phép: {wrong}"]
    except (*_PACKAGE, *_LIMITS, AssertionError) as wrong:
        return [f"không lập được giấy tờ từ mẫu: {wrong}"]
    return []


def _parts(template: DocxTemplate) -> Iterator[str]:
    """The texts of a template that hold fields: body, headers, footers."""
    template.init_docx()
    yield template.patch_xml(template.get_xml())
    for kind in (template.HEADER_URI, template.FOOTER_URI):
        for _, part in template.get_headers_footers(kind):
            yield template.patch_xml(template.get_part_xml(part))
