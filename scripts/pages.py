"""Writes the pages of ``docs/`` that are made from the code: errors, states, fields, calls.

``python scripts/pages.py`` writes them; ``tests/docs/test_generated.py`` compares.
"""

import ast
import json
import re
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from gateway.api.open_description import described
from gateway.conformance.partner.folder import Folder
from gateway.conformance.partner.folder import names as kit_names
from gateway.conformance.partner.folder import read as read_kit
from gateway.conforming import Role
from gateway.console import labels
from gateway.domain import errors, file_errors
from gateway.domain.bulk import ITEM_WORDS
from gateway.domain.paper import SHOWS, Subject
from gateway.domain.paper_forms import Form, FormName
from gateway.domain.transfer import (
    CLOSED,
    HOLDS_SUCCESSORS,
    TRANSITIONS,
    Fate,
    State,
    may_become_due,
)
from gateway.domain.words import WORDS
from gateway.domain.written import Named, names

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
NOTICE = "<!-- Made by scripts/pages.py from the code; edit there. -->\n\n"
ORIGINS = {
    "sender": "bên gửi",
    "agency": "cơ quan",
    "network": "đường truyền",
    "operator": "quản trị",
    "gateway": "cổng",
}
_CLASSES = {
    name: found
    for name, found in (vars(errors) | vars(file_errors)).items()
    if isinstance(found, type) and issubclass(found, errors.GatewayError)
}


@dataclass(frozen=True, order=True)
class Code:
    """One error code as the code raises it."""

    code: str
    kind: str
    origin: str
    remedy: str


def codes() -> list[Code]:
    """Every code, each once per class: the classes' own and those given on raising."""
    found = {
        (kind.default_code, name): Code(
            kind.default_code, name, kind.origin.value, kind.default_remedy
        )
        for name, kind in _CLASSES.items()
    }
    for path in sorted((ROOT / "gateway").rglob("*.py")):
        for code in _raised(ast.parse(path.read_text("utf-8"))):
            found.setdefault((code.code, code.kind), code)
    return sorted(found.values())


def _raised(tree: ast.Module) -> Iterator[Code]:
    """Codes given to an error's constructor as a plain text."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        kind = _CLASSES.get(node.func.id)
        given = {one.arg: one.value for one in node.keywords if one.arg}
        code = given.get("code")
        if kind is None or not isinstance(code, ast.Constant):
            continue
        name = str(code.value)
        own = WORDS[name].next_action if name in WORDS else kind.default_remedy
        remedy = _text(given["remedy"]) if "remedy" in given else own
        yield Code(name, node.func.id, kind.origin.value, remedy or own)


def _text(node: ast.expr) -> str:
    """A text in the code; an ellipsis stands for what is filled in on raising."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else "…"
            for part in node.values
        )
    return ""


def replies() -> Iterator[tuple[str, str, str, str]]:
    """Code, outcome, reason and next action of what agencies answer; by interface."""
    for path in sorted((ROOT / "gateway" / "adapters").glob("*/*replies.toml")):
        raw = tomllib.loads(path.read_text("utf-8"))
        by = path.stem.removesuffix("replies").rstrip("_")
        name = f"{path.parent.name} ({by})" if by else path.parent.name
        seen = set()
        for row in raw["reply"]:
            key = (row["code"], row["outcome"])
            if row.get("reason") and key not in seen:
                seen.add(key)
                yield (name, *_reply(row))


def _reply(row: dict[str, str]) -> tuple[str, str, str]:
    said = f"{row['reason']}. {row['next_action']}"
    return f"`{row['code']}`", f"`{row['outcome']}`", said


def _table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    names = list(headings)
    lines = [names, ["---"] * len(names), *(list(row) for row in rows)]
    cells = (
        " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in line)
        for line in lines
    )
    return "".join(f"| {line} |\n" for line in cells)


def errors_page() -> str:
    """Every error code, whose fault it is, and what is to be done."""
    own = _table(
        ["code", "class", "origin", "việc cần làm"],
        (
            [
                f"`{one.code}`",
                one.kind,
                f"{one.origin} ({ORIGINS[one.origin]})",
                one.remedy,
            ]
            for one in codes()
        ),
    )
    reasons = _table(
        ["code", "vì sao", "việc tiếp theo"],
        ([f"`{code}`", said.reason, said.next_action] for code, said in WORDS.items()),
    )
    items = _table(
        ["code", "vì sao", "việc tiếp theo"],
        ([f"`{code}`", *said] for code, said in ITEM_WORDS.items()),
    )
    answered = _table(
        ["agency", "code", "outcome", "vì sao, việc tiếp theo"], replies()
    )
    return (
        "# Errors\n\n"
        f"{NOTICE}"
        "The API answers RFC 9457 problems: `code` is stable, `origin` says whose"
        " fault it is, `remedy` is one Vietnamese sentence for the person who has to"
        " act; `errors` lists every wrong field of a dossier with its JSON pointer.\n\n"
        f"## Codes\n\n{own}\n"
        "## Why something stands still\n\n"
        "What people read for a code, on the pages, in the command line and in the"
        f" API. … stands for what is filled in when it happens.\n\n{reasons}\n"
        "## Why a bulk job skipped an item or failed at it\n\n"
        "Any other code of the two lists above may stand there, too.\n\n"
        f"{items}\n"
        "## What agencies answer\n\n"
        "Rows of each agency's `replies.toml` that do not mean success.\n\n"
        f"{answered}"
    )


def states_page() -> str:
    """The table of a transfer's states, drawn and explained."""
    arrows = "".join(
        f"    {was.value} --> {now.value}\n"
        for was in State
        for now in sorted(TRANSITIONS[was])
    )
    rows = _table(
        ["state", "người đọc thấy", "may become", "closes", "holds its successors"],
        (
            [
                f"`{state.value}`",
                labels.STATES[state],
                ", ".join(f"`{now.value}`" for now in sorted(TRANSITIONS[state]))
                or "–",
                "yes" if state in CLOSED else "no",
                "yes" if state in HOLDS_SUCCESSORS else "no",
            ]
            for state in State
        ),
    )
    fates = _table(
        ["fate", "người đọc thấy", "may go back to `due`", "where repeats count once"],
        (
            [
                f"`{fate.value}`",
                labels.FATES[fate],
                _yes(may_become_due(fate, deduplicates=False)),
                _yes(may_become_due(fate, deduplicates=True)),
            ]
            for fate in Fate
        ),
    )
    return (
        "# States of a transfer\n\n"
        f"{NOTICE}"
        "A transfer (lượt gửi liên thông) is one message to one agency. Its state says"
        " where it stands; its fate, apart from it, what is known about the message"
        " having reached the agency.\n\n"
        f"```mermaid\nstateDiagram-v2\n    [*] --> waiting\n    [*] --> due\n"
        f"    [*] --> parked\n{arrows}```\n\n"
        f"{rows}\n"
        "## Fate\n\n"
        "Nothing is sent again on a guess: the way back to `due` needs a message that"
        " never left, or an agency that counts a repeat of this kind once.\n\n"
        f"{fates}"
    )


def _yes(holds: bool) -> str:  # noqa: FBT001  a claim turned into a word
    return "yes" if holds else "no"


FIELDS = re.compile(r"(<!-- fields: .*? -->\n).*(<!-- end of fields -->)", re.DOTALL)


def papers_page() -> str:
    """The page of papers as it stands, with the fields of every template in it."""
    written = (DOCS / "giay-to.vi.md").read_text("utf-8")
    shared = "".join(
        f"\n### {title}\n\n{_fields(names(kind))}" for kind, title in _SHARED.items()
    )
    own = "".join(_fields_of(form) for form in Form if form not in _SAME)
    return FIELDS.sub(
        lambda found: f"{found[1]}{shared}{own}\n{found[2]}",
        written,
    )


#: What several templates are given stands on the page once.
_SHARED = {
    Subject: "Một hồ sơ: `dossier`, hoặc `d` trong `{% for d in dossiers %}`",
    FormName: "Mẫu giấy tờ: `form`",
}
#: Its template is given what another's is.
_SAME = {Form.REFUSAL: Form.INTAKE_REFUSAL}


def _fields_of(form: Form) -> str:
    files = [form, *(other for other, same in _SAME.items() if same is form)]
    heads = ", ".join(f"`{one.value}.docx`" for one in files)
    return f"\n### {heads}\n\n{_fields(names(SHOWS[form]))}"


def _fields(found: Iterable[Named]) -> str:
    return _table(["trường", "nội dung"], _rows("", found))


def _rows(before: str, found: Iterable[Named]) -> Iterator[list[str]]:
    shared = [names(kind) for kind in _SHARED]
    for one in found:
        path = f"{before}{one.path}"
        several = " (nhiều: lặp bằng `for`)" if one.several else ""
        known = " (các trường ở trên)" if one.inner in shared else ""
        yield [f"`{path}`", f"{one.words}{several}{known}"]
        if not known:
            yield from _rows(f"{path}[]." if one.several else f"{path}.", one.inner)


def open_interface() -> str:
    """The open interface as OpenAPI."""
    return json.dumps(described(), ensure_ascii=False, indent=1) + "\n"


def conformance_page(agency: str) -> str:
    """What an agency's system has to do, number by number."""
    kit = read_kit(agency, ROOT / "schemas")
    rows = "".join(
        f"\n## {HEADS[role]}\n\n{_requirements(kit, role)}"
        for role in Role
        if kit.requirements.of(role)
    )
    acts = (
        ""
        if not kit.acts
        else "\n## Việc phía cơ quan làm khi thử\n\n"
        + _table(
            ["act", "việc"],
            (
                [f"`{name}`", f"Hãy {act.says.format(number='…')}"]
                for name, act in kit.acts.items()
            ),
        )
    )
    return (
        f"# {kit.title}: yêu cầu đối với hệ thống của cơ quan\n\n{NOTICE}"
        f"Từ [{Path(kit.requirements.document).stem}.vi.md](../agencies/{Path(kit.requirements.document).stem}.vi.md);"
        " cách chạy bộ thử: [README.vi.md](README.vi.md). Nguồn *giả định*, *của dự án*:"
        " phải thống nhất với cơ quan trước khi coi là bắt buộc.\n"
        f"{rows}{acts}"
    )


HEADS = {
    Role.SERVER: "Khi được gọi (vai server)",
    Role.CLIENT: "Khi gọi đến bên gửi (vai client)",
}
_LEVELS = {"must": "phải", "should": "nên"}
_SOURCES = {
    "observed": "quan sát",
    "assumed": "giả định",
    "ours": "của dự án",
    "agreed": "đã thống nhất",
}


def _requirements(kit: Folder, role: Role) -> str:
    return _table(
        ["số", "mục", "mức", "yêu cầu", "nguồn", "thể hiện bằng"],
        (
            [
                row.number,
                row.section,
                _LEVELS[row.level],
                row.vi,
                _SOURCES[row.mark],
                _shown_by(kit, row.number) or "xác nhận",
            ]
            for row in kit.requirements.of(role)
        ),
    )


def _shown_by(kit: Folder, number: str) -> str:
    tests = [one.name for one in kit.tests if number in one.shown.numbers]
    return ", ".join(f"`{name}`" for name in tests)


PAGES: dict[str, Callable[[], str]] = {
    "errors.md": errors_page,
    "states.md": states_page,
    "giay-to.vi.md": papers_page,
    "agencies/open.openapi.json": open_interface,
    **{
        f"conformance/{name}.vi.md": partial(conformance_page, name)
        for name in kit_names()
    },
}


def main() -> None:
    """Write every page."""
    for name, made in PAGES.items():
        (DOCS / name).write_text(made(), "utf-8")
        sys.stdout.write(f"docs/{name}\n")


if __name__ == "__main__":
    main()
