"""Result papers: one page each, so obviously invented that nobody keeps it."""

from __future__ import annotations


def one_page(text: str) -> bytes:
    """A PDF of one page that says whose mock result it is; ``text`` is ASCII."""
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
    whole = "%PDF-1.4\n"
    places = []
    for place, content in enumerate(objects, start=1):
        places.append(len(whole))
        whole += f"{place} 0 obj\n{content}\nendobj\n"
    start = len(whole)
    whole += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n"
    whole += "".join(f"{offset:010d} 00000 n \n" for offset in places)
    whole += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\n"
    whole += f"startxref\n{start}\n%%EOF\n"
    return whole.encode("ascii", "replace")
