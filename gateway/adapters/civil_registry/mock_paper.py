"""Result papers: one page each, so obviously invented that nobody keeps it."""

from __future__ import annotations

import base64

_MIB = 1024 * 1024


def one_page(text: str, base64_mb: float = 0) -> str:
    """A PDF of one page as base64, at least so many megabytes of it; ``text`` is ASCII."""
    safe = "".join(c for c in text if c.isalnum() or c in "-./ ")
    drawing = f"BT /F1 16 Tf 72 720 Td (KET QUA GIA LAP - {safe}) Tj ET"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
            " /Resources << /Font << /F1 5 0 R >> >> >>"
        ),
        f"<< /Length {len(drawing)} >>\nstream\n{drawing}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    # A comment that no reader shows; three bytes are four letters of base64.
    fill = int(base64_mb * _MIB * 3 / 4)
    whole = "%PDF-1.4\n" + (f"%{'.' * fill}\n" if fill else "")
    places = []
    for place, content in enumerate(objects, start=1):
        places.append(len(whole))
        whole += f"{place} 0 obj\n{content}\nendobj\n"
    start = len(whole)
    whole += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n"
    whole += "".join(f"{offset:010d} 00000 n \n" for offset in places)
    whole += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\n"
    whole += f"startxref\n{start}\n%%EOF\n"
    return base64.b64encode(whole.encode("ascii", "replace")).decode()
