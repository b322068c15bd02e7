"""Một cơ quan hoàn chỉnh qua giao diện mở: chỉ cần Python 3.11, không cài thêm gì.

OPEN=https://…/open/v1 KEY=… python agency.py KHO
Mỗi lần chạy là một lượt xem; đặt lịch 10 phút chạy một lần. Chạy lại lúc nào cũng được.
"""

import base64
import hashlib
import json
import os
import sys
import urllib.error
import urllib.request
from pathlib import Path

OPEN, KEY, STORE = os.environ["OPEN"], os.environ["KEY"], Path(sys.argv[1])
ANSWERS = {"hand_over": "accepted", "withdraw": "withdrawn"}  # phần mềm tự trả lời


def call(operation, body):
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    content = json.dumps(body).encode()
    request = urllib.request.Request(f"{OPEN}/{operation}", content, headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read()
    except urllib.error.HTTPError as error:
        raise OSError(f"{operation}: {error.code} {error.read().decode()}") from error


def keep(path, content):  # ghi xong hẳn rồi mới có tên: mất điện không để lại tệp dở
    with open(part := path.with_suffix(".part"), "wb") as file:
        file.write(content)
        os.fsync(file.fileno())
    part.replace(path)


# Cùng report_id thì gửi lại bao nhiêu lần cũng tính một.
def report(transfer, kind, **more):
    body = {"transfer": transfer, "report_id": f"{transfer}-{kind}", "kind": kind}
    # Trang HTML với mã 200 không phải thành công.
    answer = json.loads(call("report", {**body, **more}))
    print(answer["result"], answer)


def take(transfer):  # lưu đủ, kể cả tệp, rồi mới trả lời và xác nhận
    folder = STORE / transfer["id"]
    folder.mkdir(parents=True, exist_ok=True)
    for file in transfer["files"]:
        content = call("file", {"id": file["id"]})
        if hashlib.sha256(content).hexdigest() != file["sha256"]:
            raise OSError(f"{file['id']}: nội dung không khớp")
        keep(folder / file["id"], content)
    keep(folder / "transfer.json", json.dumps(transfer).encode())
    if transfer["kind"] in ANSWERS:
        report(transfer["id"], ANSWERS[transfer["kind"]])
    call("acknowledge", {"ids": [transfer["id"]]})
    print(transfer["dossier"], transfer["kind"], folder)


def finish(result):  # cán bộ đã đặt ket-qua.pdf vào thư mục của lượt gửi
    content = base64.b64encode(result.read_bytes()).decode()
    files = [{"name": result.name, "content": content}]
    report(result.parent.name, "finished", files=files)
    result.rename(result.with_name("da-bao.pdf"))


def each(work, items):  # một lượt hỏng không giữ các lượt khác
    wrong = 0
    for item in items:
        try:
            work(item)
        except (OSError, ValueError, KeyError) as error:
            wrong = print(error, file=sys.stderr) or 1
    return wrong


wrong, page = 0, {"after": "", "more": True}
while page["more"]:  # cổng nhớ những gì chưa xác nhận: mỗi lần chạy xem lại từ đầu
    page = json.loads(call("fetch", {"after": page["after"]}))
    wrong |= each(take, page["transfers"])
sys.exit(wrong | each(finish, STORE.glob("*/ket-qua.pdf")))
