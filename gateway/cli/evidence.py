"""Commands about evidence: a dossier's package, its check without a gateway, the keys."""

from __future__ import annotations

import shutil
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.client import call, download
from gateway.cli.frame import Json, Reason, fail, path, told
from gateway.cli.papers import keep
from gateway.cli.processes import DEFAULT, Settings
from gateway.cli.show import as_json, line, moment, table
from gateway.registry import shipped

if TYPE_CHECKING:
    from gateway.validation.evidence_package import Verdict

NOT_COMPARED = 2
Number = Annotated[str, typer.Argument(metavar="SỐ", help="Số bất kỳ của hồ sơ.")]
Out = Annotated[
    Path, typer.Option("-o", "--out", help="Tệp sẽ ghi; chỉ người chạy lệnh đọc được.")
]


def add_to(app: typer.Typer, dossier: typer.Typer, key: typer.Typer) -> None:
    """Add the commands where they belong."""
    dossier.command("evidence")(dossier_evidence)
    key.command("evidence")(key_evidence)
    key.command("evidence-new")(key_evidence_new)
    key.command("evidence-revoke")(key_evidence_revoke)
    app.command("verify")(verify)


@told
def dossier_evidence(
    number: Number,
    out: Out,
    reason: Reason,
    payloads: Annotated[
        bool,
        typer.Option("--payloads", help="Kèm nguyên văn nội dung, tệp và tên người."),
    ] = False,
) -> None:
    """Lấy gói bằng chứng giao nhận của một hồ sơ, kiểm tra được không cần cổng."""
    body = {"reason": reason, "payloads": payloads}
    keep(out, download(path("v1", "dossiers", number, "evidence"), body, role="head"))
    line("Kiểm tra bằng: lienthong verify, hoặc tệp kiem-tra.py trong gói.")


@told
def verify(
    file: Annotated[
        Path | None, typer.Argument(metavar="GÓI", help="Tệp gói bằng chứng.")
    ] = None,
    fingerprint: Annotated[
        list[str] | None,
        typer.Option("--fingerprint", help="Vân tay khóa, từ bản giấy."),
    ] = None,
    keys: Annotated[
        Path | None, typer.Option("--keys", help="Tệp khóa lấy ở /v1/evidence-keys.")
    ] = None,
    tsa: Annotated[
        Path | None,
        typer.Option("--tsa", help="Chứng thư của dịch vụ dấu thời gian (PEM)."),
    ] = None,
    script: Annotated[
        bool,
        typer.Option("--script", help="In chương trình kiểm tra độc lập rồi thôi."),
    ] = False,
) -> None:
    """Kiểm tra một gói bằng chứng; không gọi cổng. Mã thoát 1: không còn nguyên."""
    if script:
        found = shipped.folder("examples") / "verify" / "verify.py"
        with found.open("rb") as content:
            shutil.copyfileobj(content, sys.stdout.buffer)
        return
    if file is None:
        raise ValueError("Ghi tệp gói cần kiểm tra.")
    # Everybody else starts faster without it.
    from gateway.validation import evidence_package as checking  # noqa: PLC0415

    trust = checking.Trust(
        fingerprints=tuple(fingerprint or ()),
        keys=checking.published(keys.read_bytes()) if keys else (),
        authority=tsa.read_bytes() if tsa else b"",
    )
    try:
        verdict = checking.check(file.read_bytes(), trust)
    except checking.NotWhole as wrong:
        fail(f"KHÔNG KHỚP: {wrong}.")
    _tell(verdict)


def _tell(found: Verdict) -> None:
    line(
        f"Hồ sơ {found.number or found.dossier}: {found.lines} dòng nhật ký,"
        f" {found.roots} gốc đã ký; gói lập lúc {moment(found.made_at)}."
    )
    line(
        f"Dấu thời gian: {found.stamped} đúng, {found.unchecked} không kiểm tra; trên"
        f" {found.roots} gốc."
    )
    line(f"Nội dung: {found.deleted} đã xóa theo thời hạn, {found.left_out} không kèm.")
    for name, printed in found.keys.items():
        line(f"Khóa {name}, vân tay {printed}")
    if not found.compared:
        fail(
            "CHƯA KẾT LUẬN: nối liền và đúng chữ ký, nhưng chưa đối chiếu vân tay khóa với"
            " bản giấy (--fingerprint).",
            NOT_COMPARED,
        )
    line("CÒN NGUYÊN: gói đúng như cổng đã lập.")


@told
def key_evidence(json_: Json = False) -> None:
    """Khóa ký bằng chứng: tên, thời hạn, vân tay để ghi vào bản giấy."""
    answer = call("GET", "/v1/evidence-keys", role="administrator")
    if json_:
        as_json(answer)
        return
    table(
        "Khóa ký bằng chứng",
        ["Khóa", "Từ", "Đến", "Thu hồi"],
        [
            (
                one["id"],
                moment(one["since"]),
                moment(one["until"]) or "–",
                moment(one["revoked_at"]) or "–",
            )
            for one in answer["keys"]
        ],
    )
    for one in answer["keys"]:
        line(f"{one['id']}: {one['fingerprint']}")


@told
def key_evidence_new(
    settings: Settings = DEFAULT,
    overlap_days: Annotated[
        int, typer.Option("--overlap-days", min=0, help="Khóa cũ còn ký mấy ngày.")
    ] = 7,
) -> None:
    """Tạo khóa ký bằng chứng mới trên máy này; khóa cũ còn dùng thêm ít ngày."""
    from gateway.wiring.keys import make_evidence_key  # noqa: PLC0415

    made, printed = make_evidence_key(settings, timedelta(days=overlap_days))
    line(f"Đã tạo khóa {made}. Vân tay, ghi vào bản giấy có chữ ký:")
    line(printed)


@told
def key_evidence_revoke(
    key: Annotated[str, typer.Argument(metavar="KHÓA", help="Xem key evidence.")],
    reason: Reason,
) -> None:
    """Thu hồi một khóa ký bằng chứng (bị lộ, mất máy); không hoàn lại được."""
    where = path("v1", "evidence-keys", key, "revoke")
    call("POST", where, role="administrator", body={"reason": reason})
    line(f"Đã thu hồi khóa {key}. Các gốc nó đã ký được khóa khác ký lại.")
