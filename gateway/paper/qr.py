"""QR codes of dossier codes: nothing else stands in them."""

from __future__ import annotations

import io

import segno

#: Dots of the picture in a Word document; Word scales it to its place.
_SCALE = 6


def svg(text: str) -> str:
    """The code as an SVG element without a size of its own; empty for nothing."""
    if not text:
        return ""
    return str(
        _code(text).svg_inline(
            border=2, omitsize=True, svgclass="qr", lineclass=None, dark="#000"
        )
    )


def png(text: str) -> io.BytesIO:
    """The code as a picture in memory."""
    picture = io.BytesIO()
    _code(text).save(picture, kind="png", scale=_SCALE, border=2)
    picture.seek(0)
    return picture


def _code(text: str) -> segno.QRCode:
    # A folded sheet loses a corner: a quarter of the code may be unreadable.
    return segno.make_qr(text, error="q", boost_error=False)
