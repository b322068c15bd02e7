"""Checks a province's Word templates without a running gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.paper_forms import Form
from gateway.paper.sample import sample
from gateway.paper.word import SHIPPED, faults

if TYPE_CHECKING:
    from pathlib import Path


def check(folder: Path | None) -> list[str]:
    """What is wrong with the templates of a folder, each with its file.

    Raises:
        FileNotFoundError: there is no such folder.
    """
    where = folder or SHIPPED
    if not where.is_dir():
        raise FileNotFoundError(2, "No such folder", str(where))
    known = {f"{form.value}.docx": form for form in Form}
    found = []
    # Word leaves ~$name.docx beside a file that is open.
    for path in sorted(p for p in where.glob("*.docx") if not p.name.startswith("~$")):
        form = known.get(path.name)
        if form is None:
            names = ", ".join(known)
            found.append(f"{path.name}: không phải tên mẫu nào; tên đúng: {names}")
            continue
        found += [f"{path.name}: {fault}" for fault in faults(form, path, sample(form))]
    return found
