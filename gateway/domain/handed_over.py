"""A dossier's content, told by whoever handed it over and by the counter that accepts it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

#: Kind of the number under which software for linked services knows a dossier.
LINKED = "ma_ho_so_lt"
#: What is the one-stop's own to say, whatever else is told of a dossier.
_ITS_OWN = frozenset({"number", "procedure", "units", "received_at", "case"})
Content = Mapping[str, Any]


def accepted_by(handed_over: Content, sent: Content) -> dict[str, Any]:
    """What the counter sent, and beneath it what was handed over to it.

    Without papers of its own the ones that came stay; a paper that came is known
    again by its file.
    """
    known = {k: v for k, v in handed_over.items() if k not in _ITS_OWN}
    document = _over(known, sent)
    came = list(_entries(handed_over.get("documents", ())))
    papers = document.get("documents", ())
    return {**document, "documents": [_known_again(one, came) for one in papers]}


def renewed_by(former: Content, told: Content) -> dict[str, Any]:
    """A known document with what whoever handed it over tells now.

    Papers that the counter added stay. Where nothing of it had come before, the
    counter wrote all that is known, and it is only completed.
    """
    news = {name: value for name, value in told.items() if name not in _ITS_OWN}
    before, now = former.get("extension", {}), told.get("extension", {})
    own = [paper for paper in former.get("documents", ()) if not _came(paper)]
    documents = [*told.get("documents", ()), *own]
    first = not before.keys() & now.keys()
    merged = _over(news, former) if first else {**former, **news}
    return {**merged, "documents": documents, "extension": {**before, **now}}


def _over(below: Content, above: Content) -> dict[str, Any]:
    """Both, the upper one first, table by table."""
    deeper = {
        name: _over(below[name], value)
        for name, value in above.items()
        if isinstance(value, Mapping) and isinstance(below.get(name), Mapping)
    }
    return {**below, **above, **deeper}


def _entries(papers: Iterable[Content]) -> Iterable[tuple[Content, Content]]:
    return ((paper, entry) for paper in papers for entry in paper.get("files", ()))


def _came(paper: Content) -> bool:
    """Whether a paper came from where the dossier came from."""
    return any("source_id" in entry for entry in paper.get("files", ()))


def _known_again(
    paper: Content, came: Iterable[tuple[Content, Content]]
) -> dict[str, Any]:
    """A paper with the code and the numbers that its files had where they came from."""
    found = dict(paper)
    files = []
    for entry in paper.get("files", ()):
        wanted = str(entry.get("sha256", "")).lower()
        for former, other in came:
            if wanted and wanted == other.get("sha256") and "source_id" in other:
                entry = {"source_id": other["source_id"], **entry}  # noqa: PLW2901
                if "code" in former:
                    found.setdefault("code", former["code"])
        files.append(entry)
    return {**found, "files": files} if files else found
