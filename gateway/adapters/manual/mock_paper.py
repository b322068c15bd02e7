"""Papers that the officer scans, and the form by which a browser sends them."""

from __future__ import annotations

from collections.abc import Mapping

BOUNDARY = "----can-bo-7f3a91c2"


def paper(name: str, number: str) -> bytes:
    """A small file that says what it is."""
    return f"%PDF-1.4\n% {name} {number} (mau)\n%%EOF\n".encode()


def form(act: bytes, files: Mapping[str, bytes]) -> tuple[str, bytes]:
    """Content type and body; plain JSON where there is no file."""
    if not files:
        return "application/json", act
    parts = [_part('name="act"', "application/json", act)]
    parts += [
        _part(f'name="{name}"; filename="{name}.pdf"', "application/pdf", content)
        for name, content in files.items()
    ]
    end = f"--{BOUNDARY}--\r\n".encode()
    return f"multipart/form-data; boundary={BOUNDARY}", b"".join([*parts, end])


def _part(disposition: str, kind: str, content: bytes) -> bytes:
    head = (
        f"--{BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n"
        f"Content-Type: {kind}\r\n\r\n"
    )
    return head.encode() + content + b"\r\n"
