"""What a command says of what it cannot read; in Vietnamese, never with a secret."""

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from gateway.cli.unfit import misfits
from gateway.settings import Settings
from tests.journeys.commands import lienthong

RUN = 'run_dir = "x"\n'
SECRET = "bi-mat-1"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x", "không phải TOML: cuối tệp"),
        ("a = 1\nb = \n", "không phải TOML: dòng 2, giá trị không đúng"),
        ("", "thiếu khóa run_dir"),
        (RUN + "la = 1\n", "không có khóa la"),
        (RUN + '[front]\nport = "a"\n', "front.port: cần một số nguyên"),
        (
            RUN + '[mail]\nhost = "x"\nsecret = "bi-mat-1"\n',
            "không có khóa mail.secret",
        ),
    ],
)
async def test_a_wrong_settings_file_is_told_of_by_its_name_and_keys(
    tmp_path: Path, text: str, words: str
) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text(text, "utf-8")
    ran = await lienthong("serve", "--settings", path, run_dir=tmp_path, columns=300)
    assert ran.code == 1
    assert words in ran.err
    assert str(path) in ran.err
    for unwanted in ("Traceback", "pydantic", SECRET):
        assert unwanted not in ran.err


async def test_a_file_that_is_no_text_is_told_of_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "gateway.toml"
    path.write_bytes(b"\xcf\x00\xff")
    ran = await lienthong("serve", "--settings", path, run_dir=tmp_path, columns=300)
    assert ran.code == 1
    assert f"Tệp {path} không lưu bằng mã UTF-8" in ran.err


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"run_dir": 1}, "run_dir: cần đường dẫn trong dấu ngoặc kép"),
        ({"front": SECRET}, "front: cần một bảng"),
        ({"front": {"port": 70000}}, "front.port: nhiều nhất là 65535"),
        ({"front": {"port": -1}}, "front.port: phải từ 0 trở lên"),
        ({"front": {"port": 1.5}}, "front.port: cần một số nguyên"),
        ({"front": {"hosts": SECRET}}, "front.hosts: cần danh sách"),
        ({"front": {"host": 5}}, "front.host: cần chữ trong dấu ngoặc kép"),
        ({"profile": SECRET}, "profile: chỉ nhận mock, production"),
        ({"node": SECRET + "!"}, "node: chỉ gồm chữ không dấu"),
        ({"clock": {"kind": SECRET}}, "clock.kind: chỉ nhận real, virtual, running"),
        ({"clock": {"speed": 0}}, "clock.speed: phải lớn hơn 0"),
        ({"clock": {"start": SECRET}}, "clock.start: cần ngày giờ"),
        ({"clock": {"wrong_s": SECRET}}, "clock.wrong_s: cần một số"),
        ({"alerts": {"digest_at": SECRET}}, "alerts.digest_at: cần giờ"),
        ({"alerts": {"awake": {"days_off": SECRET}}}, "chỉ nhận true hoặc false"),
        ({"alerts": {"mail": {"info": [SECRET]}}}, "cần địa chỉ thư"),
        ({"lateness": {"since": SECRET}}, "lateness.since: cần ngày"),
        ({"tracing": {"endpoint": SECRET}}, "cần địa chỉ bắt đầu bằng http"),
        ({"sign_in": {"behind": [SECRET]}}, "sign_in.behind: cần địa chỉ IP"),
        ({"sign_in": {"second_factor": [SECRET]}}, "second_factor: chỉ nhận"),
        ({"secrets": {"a": {}}}, "secrets.a: ghi đúng một trong env, file, command"),
        ({"store": {"kind": "postgresql"}}, "store: postgresql cần host"),
        ({"attachments": {"allowed_types": [SECRET]}}, "allowed_types chỉ nhận"),
        (
            {
                "relayed": {
                    "certificate": "a",
                    "key": "b",
                    "relays": [],
                    "serves": ["agencies"],
                }
            },
            "relayed.relays: cần ít nhất 1 mục",
        ),
    ],
)
def test_values_that_do_not_fit_are_told_of_by_what_would_fit(
    values: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValidationError) as wrong:
        Settings.model_validate({"run_dir": "x", **values})
    said = misfits(wrong.value)
    assert words in said
    assert SECRET not in said
    assert not re.search(r"\b(Input|Value|should|valid)\b", said)


@pytest.mark.parametrize("token", [f"{SECRET}\r", f"{SECRET}\nx", f"{SECRET} ở đây"])
async def test_a_token_that_fits_no_header_is_never_shown(
    tmp_path: Path, token: str
) -> None:
    nobody = "http://127.0.0.1:1"
    ran = await lienthong(
        "health",
        run_dir=tmp_path,
        columns=300,
        LIENTHONG_TOKEN=token,
        LIENTHONG_URL=nobody,
    )
    assert ran.code in {1, 2}
    assert SECRET not in ran.err + ran.out
    assert "LIENTHONG_" in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("url", ["zz", "http://127.0.0.1:99999", "http://[::1"])
async def test_a_wrong_address_of_the_gateway_is_told_of_with_an_example(
    tmp_path: Path, url: str
) -> None:
    ran = await lienthong("health", run_dir=tmp_path, columns=300, LIENTHONG_URL=url)
    assert ran.code == 1
    assert f"«{url}» không phải địa chỉ của cổng" in ran.err


async def test_a_gateway_that_does_not_run_is_told_of_with_what_to_do(
    tmp_path: Path,
) -> None:
    ran = await lienthong(
        "health", run_dir=tmp_path, columns=300, LIENTHONG_URL="http://127.0.0.1:1"
    )
    assert ran.code == 2
    assert "không có chương trình nào nghe ở đó. Khởi động cổng" in ran.err
    assert "Errno" not in ran.err


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["clock", "advance", "+99999999999d"], "Nhiều nhất là +3660d."),
        (["journal", "cef", "99"], "Không đọc được ngày «99»"),
        (["journal", "list", "--since", "99/99"], "Không đọc được ngày «99/99»"),
        (
            ["bulk", "start", "resend", "--reason", "r", "--before", "99"],
            "«99» không phải thời điểm",
        ),
        (["fortnight", "--dossiers", "-5"], "--dossiers phải từ 0 đến 9000"),
    ],
)
async def test_wrong_days_and_numbers_are_told_of_in_words(
    tmp_path: Path, given: list[str], words: str
) -> None:
    ran = await lienthong(*given, run_dir=tmp_path, columns=300)
    assert ran.code == 1
    assert words in ran.err
    assert "Traceback" not in ran.err


async def test_a_plan_of_a_fortnight_that_lacks_keys_is_told_of(tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text("", "utf-8")
    ran = await lienthong("fortnight", "--plan", plan, run_dir=tmp_path, columns=300)
    assert ran.code == 1
    assert "thiếu khóa days, dossiers" in ran.err


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "không phải JSON: dòng 1, cột 1"), (b"\xcf\x00", "không lưu bằng mã UTF-8")],
)
async def test_a_file_of_figures_that_is_no_json_is_told_of_by_its_name(
    tmp_path: Path, content: bytes, words: str
) -> None:
    file = tmp_path / "so-lieu.json"
    file.write_bytes(content)
    ran = await lienthong(
        "report", "one-stop", "2026-03", file, run_dir=tmp_path, columns=300
    )
    assert ran.code == 1
    assert f"{file} {words}" in ran.err


async def test_a_gateway_without_its_keys_says_which_are_missing_and_what_to_do(
    tmp_path: Path,
) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text(f'run_dir = "{tmp_path}"\n', "utf-8")
    ran = await lienthong("serve", "--settings", path, run_dir=tmp_path, columns=300)
    assert ran.code == 1
    assert f"{tmp_path / 'keys'}" in ran.err
    assert "đặt lại" in ran.err


async def test_a_missing_file_is_told_of_with_what_of_its_path_is_missing(
    tmp_path: Path,
) -> None:
    for file, words in (
        (tmp_path / "a", "kiểm tra lại đường dẫn."),
        (tmp_path / "b" / "a", f"không có {tmp_path / 'b'}."),
    ):
        ran = await lienthong("serve", "--settings", file, run_dir=file, columns=300)
        assert ran.code == 1
        assert f"Không có tệp {file}: {words}" in ran.err
