"""Submits an example as a one-stop system would: files first, then the dossier."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from gateway.cli.client import call


def submit_folder(folder: Path) -> dict[str, Any]:
    """Submit ``dossier.json``; files that it names by part are uploaded before.

    Raises:
        Refused: the API refused it.
        FileNotFoundError: the document or a file it names is missing.
    """
    path = folder / "dossier.json" if folder.is_dir() else folder
    document: dict[str, Any] = json.loads(path.read_text("utf-8"))
    for paper in document.get("documents", ()):
        for entry in paper.get("files", ()):
            if "part" in entry:
                content = (path.parent / str(entry.pop("part"))).read_bytes()
                stored = call(
                    "POST",
                    "/v1/attachments",
                    role="one_stop",
                    raw=content,
                    content_type="application/octet-stream",
                )
                entry["sha256"] = stored["sha256"]
    return call("POST", "/v1/dossiers", role="one_stop", body=document)
