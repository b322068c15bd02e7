"""Writes the one-stop's calls as a Postman collection, from the published samples.

``python scripts/one_stop_collection.py``; a test compares and makes every call. Folders
are the five days of ``docs/tich-hop-mot-cua.vi.md``, and hold its calls in their order.
"""

import json
from pathlib import Path
from typing import Any

Json = dict[str, Any]

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "examples" / "one_stop" / "one_stop.postman_collection.json"
_SAMPLES = ROOT / "schemas" / "agencies" / "one_stop" / "samples"
_SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"

#: Known to the configuration that ships, unlike the minimal dossier of the document.
MINIMAL: Json = {
    "number": "{{SO}}1",
    "procedure": "1.999001",
    "received_at": "2026-03-10T07:15:00+07:00",
    "due_on": "2026-03-27",
    "units": {"intake": "H00.01"},
    "area": {"commune": "99101"},
    "applicant": {"name": "Nguyễn Văn Mẫu", "phone": "0900000001"},
    "parcels": [{"number": "12", "sheet": "7", "area_m2": "120,5"}],
    "documents": [{"name": "Đơn đăng ký biến động", "originals": 1}],
}


def collection() -> Json:
    """The whole of it."""
    return {
        "info": {
            "name": "Một cửa gọi cổng liên thông",
            "description": (
                "Đặt biến CONG (địa chỉ cổng) và KHOA (mã truy cập của một cửa); chạy"
                " từ trên xuống. Chạy lần nữa: đổi SO, phần đầu của mã hồ sơ."
                " Tài liệu: docs/tich-hop-mot-cua.vi.md."
            ),
            "schema": _SCHEMA,
        },
        "auth": {
            "type": "bearer",
            "bearer": [{"key": "token", "value": "{{KHOA}}", "type": "string"}],
        },
        "variable": [
            {"key": "CONG", "value": "http://127.0.0.1:8400"},
            {"key": "KHOA", "value": "khoa-vi-du-khong-dung-that"},
            {"key": "SO", "value": "H00.01-260310-900"},
            *({"key": name, "value": ""} for name in ("HO_SO", "SHA256", "HO_SO_2")),
        ],
        "item": [
            {"name": "Ngày 1: gửi hồ sơ, xem lỗi", "item": _first()},
            {"name": "Ngày 2: tệp", "item": _second()},
            {"name": "Ngày 3: sự kiện", "item": _third()},
            {"name": "Ngày 4: những việc sau khi gửi", "item": _fourth()},
            {"name": "Ngày 5: nạp hồ sơ đang mở", "item": _fifth()},
        ],
    }


def _first() -> list[Json]:
    wrong = {**MINIMAL, "number": "{{SO}}3", "procedure": "1.000000"}
    del wrong["applicant"]
    keep = {"HO_SO": "dossier.id"}
    return [
        _call("gửi hồ sơ tối thiểu", "POST", "dossiers", MINIMAL, "202", keep=keep),
        _call("gửi lại y nguyên: repeated", "POST", "dossiers", MINIMAL, "202"),
        _call("gửi sai: lỗi nêu mọi trường", "POST", "dossiers", wrong, "422"),
    ]


def _second() -> list[Json]:
    paper = {"name": "Đơn đăng ký biến động", "originals": 1}
    paper["files"] = [{"name": "don.txt", "sha256": "{{SHA256}}"}]
    filed = {**MINIMAL, "number": "{{SO}}2", "documents": [paper]}
    upload = _call(
        "tải một tệp lên trước", "POST", "attachments", None, "201",
        keep={"SHA256": "sha256"},
    )  # fmt: skip
    upload["request"]["header"] = [
        {"key": "Content-Type", "value": "application/octet-stream"}
    ]
    upload["request"]["body"] = {"mode": "raw", "raw": "Tệp thử của một cửa"}
    keep = {"HO_SO_2": "dossier.id"}
    return [
        upload,
        _call("gửi hồ sơ có tệp ấy", "POST", "dossiers", filed, "202", keep=keep),
    ]


def _third() -> list[Json]:
    return [
        _call("sự kiện từ đầu", "GET", "events?after=0&limit=100", None, "200"),
        _call("trạng thái hiện tại", "GET", "dossiers/{{HO_SO}}/summary", None, "200"),
    ]


def _fourth() -> list[Json]:
    phone = {**MINIMAL["applicant"], "phone": "0900000002"}
    revised = {**MINIMAL, "revision": 2, "applicant": phone}
    at = "dossiers/{{HO_SO}}"
    # What has its time is refused at another one, which is worth a look as well.
    return [
        _call("bản sửa", "PUT", at, revised, "202 409"),
        _sampled("bổ sung, khi được yêu cầu", f"{at}/supplements", "supplement"),
        _sampled("trả lời thuế, khi thuế hỏi", f"{at}/answers", "answer"),
        _sampled("chọn, khi được hỏi", f"{at}/choices", "choices"),
        _sampled("hẹn lại ngày trả", f"{at}/extension", "extension"),
        _sampled("đã trả kết quả, sau mã 9", f"{at}/handed-out", "handed-out"),
        _sampled("kết quả sai, sau mã 9", f"{at}/result-wrong", "result-wrong"),
        _sampled("rút hồ sơ", "dossiers/{{HO_SO_2}}/withdrawal", "withdrawal"),
    ]


def _fifth() -> list[Json]:
    body = _sample("load")
    body["dossiers"][0]["dossier"]["number"] = "{{SO}}4"
    return [_call("nạp hồ sơ đang mở", "POST", "dossiers/load", body, "200")]


def _sample(name: str) -> Any:
    return json.loads((_SAMPLES / f"{name}.json").read_text("utf-8"))


def _sampled(name: str, path: str, sample: str) -> Json:
    return _call(name, "POST", path, _sample(sample), "202 409")


def _call(
    name: str,
    method: str,
    path: str,
    body: Any,
    codes: str,
    *,
    keep: dict[str, str] | None = None,
) -> Json:
    """One request, and what has to be answered; ``keep``: variables of the answer."""
    either, one_of = " hoặc ".join(codes.split()), ", ".join(codes.split())
    expected = f"pm.expect(pm.response.code).to.be.oneOf([{one_of}])"
    script = [f'pm.test("{either}", () => {expected});']
    script += [
        f'pm.collectionVariables.set("{variable}", pm.response.json().{where});'
        for variable, where in (keep or {}).items()
    ]
    place, _, query = path.partition("?")
    url: Json = {
        "raw": "{{CONG}}/v1/" + path,
        "host": ["{{CONG}}"],
        "path": ["v1", *place.split("/")],
    }
    if query:
        pairs = (one.split("=") for one in query.split("&"))
        url["query"] = [{"key": key, "value": value} for key, value in pairs]
    request: Json = {"method": method, "header": [], "url": url}
    if body is not None:
        text = json.dumps(body, ensure_ascii=False, indent=2)
        request["header"] = [{"key": "Content-Type", "value": "application/json"}]
        request["body"] = {"mode": "raw", "raw": text}
    event = {"listen": "test", "script": {"type": "text/javascript", "exec": script}}
    return {"name": name, "event": [event], "request": request}


def text() -> str:
    """As it is kept."""
    return json.dumps(collection(), ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), "utf-8")
