"""Một cơ quan hoàn chỉnh qua giao diện mở: chỉ cần Python 3.11, không cài thêm gì.

OPEN=https://…/open/v1 KEY=… python agency.py KHO KET_QUA.pdf
Mỗi lần chạy là một lượt xem; đặt lịch 10 phút chạy một lần. Chạy lại lúc nào cũng được.
"""

import base64
import hashlib
import json
import os
import sys
import urllib.error
import urllib.request
from datetime import datetime, timedelta, timezone
from pathlib import Path

OPEN, KEY = os.environ["OPEN"], os.environ["KEY"]
STORE, RESULT = Path(sys.argv[1]), Path(sys.argv[2])


def call(operation: str, body: dict) -> bytes:
    """Gọi cổng; lỗi thì thôi lượt gửi này: lần chạy sau gọi lại y nguyên."""
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    request = urllib.request.Request(
        f"{OPEN}/{operation}", json.dumps(body).encode(), headers
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read()
    except urllib.error.HTTPError as error:
        raise ValueError(
            f"{operation}: {error.code} {error.read().decode()}"
        ) from error


def keep(path: Path, content: bytes) -> None:
    """Ghi xong hẳn rồi mới có tên: mất điện giữa chừng không để lại tệp dở."""
    with open(part := path.with_suffix(".part"), "wb") as file:
        file.write(content)
        os.fsync(file.fileno())
    part.replace(path)


def report(transfer: dict, kind: str, **more) -> None:
    """report_id và event_at lấy từ lượt đã lưu, nên gửi lại vẫn là báo cáo cũ."""
    body = {
        "transfer": transfer["id"],
        "report_id": f"{transfer['id']}-{kind}",
        "kind": kind,
    }
    answer = json.loads(
        call("report", {**body, "event_at": transfer["stored_at"], **more})
    )
    if answer.get("report_id") != body["report_id"]:
        raise ValueError("report: trả lời không phải của cổng")


def work(transfer: dict) -> None:
    """Việc của cơ quan; ở đây giải quyết ngay."""
    if transfer["kind"] == "hand_over":
        report(transfer, "accepted", own_number=f"MAU-{transfer['dossier']}")
        content = base64.b64encode(RESULT.read_bytes()).decode()
        report(transfer, "finished", files=[{"name": RESULT.name, "content": content}])
    elif transfer["kind"] == "withdraw":
        report(transfer, "withdrawn")
    else:
        print(f"{transfer['dossier']}: {transfer['kind']}, đã lưu cho cán bộ xem")


def store(transfer: dict) -> None:
    """Lưu lượt gửi và các tệp; đã có thì giữ bản cũ."""
    folder = STORE / transfer["id"]
    folder.mkdir(parents=True, exist_ok=True)
    for file in transfer["files"]:
        content = call("file", {"id": file["id"]})
        if hashlib.sha256(content).hexdigest() != file["sha256"]:
            raise ValueError(f"file {file['id']}: nội dung không khớp")
        keep(folder / file["id"], content)
    if not (folder / "transfer.json").exists():
        now = datetime.now(timezone(timedelta(hours=7))).isoformat(timespec="seconds")
        keep(
            folder / "transfer.json",
            json.dumps({**transfer, "stored_at": now}).encode(),
        )


after, more, wrong = "", True, 0
while more:  # 1. lấy mọi trang; lưu xong mới xác nhận
    page = json.loads(call("fetch", {"after": after}))
    after, more = page["after"], page["more"]
    for transfer in page["transfers"]:
        try:
            store(transfer)
            call("acknowledge", {"ids": [transfer["id"]]})
        except ValueError as error:  # một lượt hỏng không giữ các lượt khác
            wrong = print(error, file=sys.stderr) or 1
kept = [json.loads(path.read_text("utf-8")) for path in STORE.glob("*/transfer.json")]
for transfer in sorted(kept, key=lambda one: one["stored_at"]):  # 2. làm việc chưa làm
    done = STORE / transfer["id"] / "done"
    if not done.exists():
        try:
            work(transfer)
            keep(done, b"")
        except ValueError as error:
            wrong = print(error, file=sys.stderr) or 1
sys.exit(wrong)
