"""Submits an example as a one-stop system would: files first, then the dossier."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gateway.cli.client import call
from gateway.domain.unreadable import unreadable

if TYPE_CHECKING:
    from pathlib import Path


def read_json(path: Path) -> Any:
    """What a JSON file holds.

    Raises:
        ValueError: it is none; in words, with the file's name.
        FileNotFoundError: there is no such file.
    """
    try:
        return json.loads(path.read_text("utf-8-sig"))
    except (json.JSONDecodeError, UnicodeDecodeError) as wrong:
        raise ValueError(f"{path} {unreadable(wrong)}") from wrong


def read_document(given: Path) -> tuple[dict[str, Any], Path]:
    """A dossier's document, from its file or the folder that holds it; and that folder.

    Raises:
        ValueError: the file holds no JSON object.
        FileNotFoundError: there is no such file.
    """
    path = given / "dossier.json" if given.is_dir() else given
    document = read_json(path)
    if not isinstance(document, dict):
        raise ValueError(f"{path} không phải một hồ sơ (đối tượng JSON)")  # noqa: TRY004  content
    return document, path.parent


def submit_folder(given: Path) -> dict[str, Any]:
    """Submit ``dossier.json``; files that it names by part are uploaded before.

    Raises:
        Refused: the API refused it.
        FileNotFoundError: the document or a file it names is missing.
        ValueError: the document cannot be read.
    """
    document, folder = read_document(given)
    for paper in document.get("documents") or ():
        for entry in paper.get("files") or ():
            if "part" in entry:
                content = (folder / str(entry.pop("part"))).read_bytes()
                stored = call(
                    "POST",
                    "/v1/attachments",
                    role="one_stop",
                    raw=content,
                    content_type="application/octet-stream",
                )
                entry["sha256"] = stored["sha256"]
    return call("POST", "/v1/dossiers", role="one_stop", body=document)
