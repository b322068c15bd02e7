"""What every call that hands something in shares: body or form, key, acceptance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.api.answers import answer
from gateway.api.bodies import json_bytes, limited, object_without_nulls
from gateway.api.multipart import read_form
from gateway.domain.errors import DossierInvalid, FieldError, SenderError
from gateway.ports.attachments import FileSource
from gateway.ports.pulse import busy, is_pressed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from fastapi import Request
    from fastapi.responses import Response

    from gateway.domain.principal import Principal
    from gateway.intake.submit import Accepted
    from gateway.ports.attachments import StoredAttachment
    from gateway.sealing.tools import Tools

MAX_ATTACHMENT_BYTES = 200 * 1024 * 1024
MAX_FORM_BYTES = 512 * 1024 * 1024
#: Of a part's name, where it is told again.
_MOST_NAME = 100

Body = tuple[dict[str, Any], "dict[str, StoredAttachment]"]


async def body_of(
    tools: Tools, request: Request, name: str, principal: Principal
) -> Body:
    """A JSON body, or a form with the part ``name`` and files; by whom it comes.

    Raises:
        StoreUnavailable: too much waits for the store; nothing was read.
        SenderError: the body is unreadable, or the form lacks that part.
        TooLarge: the body or a file of it.
        FileRefused: a file of it must not come in.
        DossierInvalid: a file came that nothing in the body takes.
    """
    refuse_when_pressed(tools)
    kind = request.headers.get("content-type", "")
    if not kind.lower().startswith("multipart/form-data"):
        return object_without_nulls(await json_bytes(request)), {}
    form = await read_form(
        limited(request, MAX_FORM_BYTES),
        kind,
        tools.attachments,
        limit_bytes=MAX_ATTACHMENT_BYTES,
        admit=lambda _: source_of("form", principal),
    )
    if name not in form.fields:
        raise SenderError(
            code="malformed_multipart",
            remedy=f"Thiếu phần «{name}» (JSON) trong yêu cầu multipart.",
        )
    content = object_without_nulls(form.fields[name])
    _say_what_came(content, form.files)
    taken = [one for one in _entries(content) if "content" not in one]
    must_be_named(form.files, taken, "/documents")
    return content, form.files


def must_be_named(
    files: Iterable[str], entries: Iterable[Mapping[str, Any]], pointer: str
) -> None:
    """Refuse files that nothing takes: their sender would believe that we have them.

    ``files``: the names of their parts; ``pointer``: where they ought to be named.

    Raises:
        DossierInvalid: with each of them.
    """
    named = {str(one.get("part")) for one in entries}
    left = [one[:_MOST_NAME] for one in files if one not in named]
    if left:
        raise DossierInvalid(
            tuple(
                FieldError(
                    pointer,
                    "part_unnamed",
                    f"Không mục nào lấy tệp của phần «{one}»; ghi tên phần vào «part»"
                    " của một mục, hoặc không gửi phần ấy.",
                    f"Nothing takes the file of the part «{one}»; name it as «part» of"
                    " an entry, or do not send it.",
                )
                for one in left
            ),
            code="attachments_invalid",
        )


def _say_what_came(
    content: dict[str, Any], files: Mapping[str, StoredAttachment]
) -> None:
    """Add the digests of files that are named by their parts alone.

    Of two calls that differ in such a file only, the second is no repeat.
    """
    for entry in _entries(content):
        came = files.get(str(entry.get("part")))
        if came is not None and entry.keys().isdisjoint({"content", "sha256"}):
            entry["sha256"] = came.sha256


def _entries(content: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Files of a body that nobody has checked yet."""
    for paper in _dicts(content.get("documents")):
        yield from _dicts(paper.get("files"))


def _dicts(found: object) -> list[dict[str, Any]]:
    items = found if isinstance(found, list) else []
    return [one for one in items if isinstance(one, dict)]


def source_of(door: str, principal: Principal) -> FileSource:
    """Where a file came in that a system or a person hands in."""
    return FileSource(door, principal.system or principal.office or principal.id)


def refuse_when_pressed(tools: Tools) -> None:
    """Let nobody wait behind too many, nor send a body for nothing.

    Raises:
        StoreUnavailable: too much waits for the store.
    """
    if is_pressed(tools.pulse.backlog()):
        raise busy()


def accepted(taken: Accepted) -> Response:
    """Say 202 with what was promised, and whether it had been promised before."""
    return answer({**taken.answer, "repeated": taken.repeated}, 202)


def key_of(request: Request, content: dict[str, Any]) -> str:
    """The sender's key; one in the header outdoes one in the content."""
    return request.headers.get("idempotency-key") or str(
        content.pop("idempotency_key", "")
    )


def checked(tools: Tools, content: dict[str, Any], name: str) -> dict[str, Any]:
    """The content, once the schema ``name`` accepts it.

    Raises:
        DossierInvalid: with every place that is wrong.
    """
    wrong = tools.schemas.errors(f"urn:lienthong:schema:one_stop:{name}:1", content)
    if wrong:
        raise DossierInvalid(wrong, code="request_invalid")
    return content
