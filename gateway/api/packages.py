"""Files that people carry: what lies ready, a copy to take along, what came back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from gateway.api.answers import answer, own_number
from gateway.api.bodies import whole
from gateway.api.description import CMS, ZIP
from gateway.api.signin import operator_of_all
from gateway.api.standing import reasons
from gateway.disk import archives
from gateway.domain.errors import SenderError
from gateway.domain.journal import JournalLine
from gateway.domain.words import words_of
from gateway.receipts.collector import carried
from gateway.sealing.folder import Folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.domain.identifiers import AgencyId, OfficeId
    from gateway.domain.principal import Principal
    from gateway.ports.inbox import Inbox, Outgoing
    from gateway.receipts.collector import Collector, Taken
    from gateway.sealing.tools import Tools

SUFFIX = ".p7m"
#: One upload: a package, or an archive of several.
MAX_UPLOAD_BYTES = 64 * 1024 * 1024
MAX_PACKAGES = 500
Name = Annotated[str, Query(description="tên tệp của gói, để nhận ra khi hỏi")]


def register(tools: Tools, collector: Collector, routes: APIRouter) -> None:
    """Add the calls."""

    @routes.get("/packages")
    async def get_packages(request: Request) -> Response:
        """Gói tin chờ mang đi, theo từng kênh."""
        principal = await operator_of_all(tools, request)
        return answer({"desks": await listed(tools, principal)})

    @routes.get("/packages/{office}.zip")
    async def get_all(office: str, request: Request) -> Response:
        """Bản sao mọi gói chờ mang đi của một kênh, một tệp nén."""
        principal = await operator_of_all(tools, request)
        content = await copies(tools, principal, office)
        return Response(content, media_type=ZIP, headers=_named(f"{office}.zip"))

    @routes.get("/packages/{office}/{name}")
    async def get_package(office: str, name: str, request: Request) -> Response:
        """Bản sao một gói; gói vẫn nằm chờ cho đến khi có biên nhận."""
        principal = await operator_of_all(tools, request)
        content = await copy(tools, principal, office, name)
        return Response(content, media_type=CMS, headers=_named(name))

    @routes.post("/packages/{office}")
    async def post_package(office: str, request: Request, name: Name = "") -> Response:
        """Nộp gói mang về (.p7m, hoặc .zip gồm nhiều gói); trả lời từng dòng."""
        principal = await operator_of_all(tools, request)
        body = await whole(request, MAX_UPLOAD_BYTES)
        done = await bring(tools, collector, principal, office, name, body)
        return answer({"packages": [told(tools, office, one) for one in done]})


def _named(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}


def desk_of(tools: Tools, office: str) -> tuple[OfficeId, AgencyId, Inbox]:
    """The desk of an office.

    Raises:
        SenderError: nothing of it is carried by people.
    """
    for found in carried(tools):
        if found[0] == office:
            return found
    raise SenderError(
        code="no_desk", remedy="Kênh này không trao đổi bằng gói tin mang tay."
    )


async def listed(tools: Tools, principal: Principal) -> list[dict[str, Any]]:
    """Every desk with what lies ready to be carried, the oldest first."""
    found = []
    for office, _, inbox in carried(tools):
        outgoing = await inbox.outgoing(tools.clock.now())
        found.append(
            {
                "office": office,
                "office_name": tools.versions.current.offices[office].name,
                "outgoing": [await _row(tools, principal, one) for one in outgoing],
            }
        )
    return found


async def _row(tools: Tools, principal: Principal, one: Outgoing) -> dict[str, Any]:
    """A package; whose it is only for who may see the dossier."""
    row: dict[str, Any] = {
        "name": one.name,
        "size_bytes": one.size_bytes,
        "since": one.since.isoformat(),
        "answers": one.answers,
    }
    transfer = None
    if one.transfer is not None:
        transfer = await tools.store.transfer(one.transfer, principal.scope)
    if transfer is None:
        return row
    dossier = await tools.store.dossier(transfer.dossier_id, principal.scope)
    if dossier is None:
        return row
    number = await own_number(Folder.of(tools, dossier))
    about = {"dossier_id": transfer.dossier_id, "number": number}
    return {**row, "transfer": transfer.id, "kind": transfer.kind, **about}


async def copy(tools: Tools, principal: Principal, office: str, name: str) -> bytes:
    """A copy of one package that lies ready; the journal keeps who took it.

    Raises:
        SenderError: there is none of that name.
    """
    identifier, _, inbox = desk_of(tools, office)
    content = await inbox.take(name)
    if content is None:
        raise SenderError(
            code="package_gone",
            remedy="Gói không còn chờ mang đi: cơ quan nhận đã có biên nhận, hoặc tên"
            " gói không đúng.",
        )
    await _note(tools, principal, identifier, "package_copied", [name])
    return content


async def copies(tools: Tools, principal: Principal, office: str) -> bytes:
    """Copies of all packages that lie ready, as one archive."""
    identifier, _, inbox = desk_of(tools, office)
    found = {}
    for one in await inbox.outgoing(tools.clock.now()):
        content = await inbox.take(one.name)
        if content is not None:
            found[one.name] = content
    await _note(tools, principal, identifier, "package_copied", found)
    return archives.packed(found)


async def bring(
    tools: Tools,
    collector: Collector,
    principal: Principal,
    office: str,
    name: str,
    body: bytes,
) -> list[Taken]:
    """Take in what somebody brought back; durable when it returns.

    Raises:
        SenderError: it is empty, or an archive that cannot be read.
    """
    identifier, agency, inbox = desk_of(tools, office)
    packages = _packages(name, body)
    done = []
    for each, content in packages.items():
        waits = await inbox.bring(each, content)
        done.append(
            await collector.take_in(identifier, agency, inbox, waits, by=principal.id)
        )
    # Not the names that people gave the files: they may name somebody.
    numbers = [one.number for one in done if one.refused is None]
    await _note(tools, principal, identifier, "package_brought", numbers)
    return done


def _packages(name: str, body: bytes) -> dict[str, bytes]:
    if not body:
        raise SenderError(
            code="package_empty", remedy="Chọn tệp gói (.p7m) mang về rồi nộp lại."
        )
    if not body.startswith(b"PK"):
        return {name or f"goi{SUFFIX}": body}
    try:
        found = archives.unpacked(
            body, max_files=MAX_PACKAGES, max_bytes=2 * MAX_UPLOAD_BYTES
        )
    except archives.ArchiveRefused as wrong:
        raise SenderError(
            code="package_archive",
            remedy="Tệp .zip hỏng, có mật khẩu, có thư mục bên trong hoặc quá lớn. Nộp"
            " từng gói .p7m.",
        ) from wrong
    packages = {one: content for one, content in found.items() if one.endswith(SUFFIX)}
    if not packages:
        raise SenderError(
            code="package_archive", remedy="Tệp .zip không có gói .p7m nào bên trong."
        )
    return packages


async def _note(
    tools: Tools,
    principal: Principal,
    office: OfficeId,
    what: str,
    numbers: Iterable[str],
) -> None:
    """Who carried what, in the journal of the installation; ``numbers`` of packages."""
    facts = {"action": what, "office": office, "packages": sorted(numbers)}
    now = tools.clock.now()
    line = JournalLine("action", now, principal.id, facts)
    await tools.store.note(f"packages:{now:%Y-%m-%d}", [line])
    tools.probe.action(action=what, actor=principal.id, office=office)


def told(tools: Tools, office: str, one: Taken) -> dict[str, Any]:
    """What became of one package, without what it says."""
    if one.refused is not None:
        said = words_of(one.refused.code, reasons(tools, office))
        return {
            "name": one.name,
            "number": one.number,
            "taken": False,
            "code": one.refused.code,
            "words": said.reason,
            "next_action": said.next_action,
        }
    bad = [r.code for r in one.results if r.code not in {"", "repeated"}]
    bad += ["amount_differs" for r in one.results for _ in r.mistakes]
    return {
        "name": one.name,
        "number": one.number,
        "taken": True,
        "confirms": one.confirms,
        "reports": len(one.results),
        "not_taken": _counted(tools, office, bad),
    }


def _counted(tools: Tools, office: str, codes: Sequence[str]) -> list[dict[str, Any]]:
    """Why parts were not taken, the most frequent first."""
    counts = {code: codes.count(code) for code in dict.fromkeys(codes)}
    extra = reasons(tools, office)
    return [
        {
            "code": code,
            "count": counts[code],
            "words": words_of(code, extra).reason,
            "next_action": words_of(code, extra).next_action,
        }
        for code in sorted(counts, key=lambda code: -counts[code])
    ]
