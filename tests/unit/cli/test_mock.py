"""``lienthong mock`` refuses what cannot be, and says what can."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli.commands import app

REFUSED = {
    "unknown": (["phong_vien"], "Không có cơ quan phong_vien; có: land_registry"),
    "open_to_others": (["--host", "0.0.0.0"], "thêm --open"),
    "clock": (["--clock", "nhanh"], "real (giờ thật) hoặc virtual"),
    "start": (["--start", "2026-03-10T08:00"], "chỉ dùng với --clock virtual"),
    "span": (["--clock", "virtual", "--start", "+1d"], "ghi thời điểm"),
    "callbacks": (["--callbacks", "may-toi:9000"], "http:// hoặc https://"),
    "scenarios": (["--scenarios", "/khong/co"], "không có thư mục /khong/co"),
    "no_file": (["--faults", "/khong/co.toml"], "Không có tệp /khong/co.toml"),
    "faults": (["--faults", "{folder}/empty.toml"], "không có bảng [[fault]] nào"),
    "no_toml": (["--faults", "{folder}/broken.toml"], "không phải TOML"),
    "production": (["--settings", "{folder}/production.toml"], "Chạy ở máy khác"),
    "port": (["water", "--port", "{taken}"], "chọn --port khác"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_refused_with_a_remedy(case: str, tmp_path: Path) -> None:
    (tmp_path / "empty.toml").write_text("seed = 1\n")
    (tmp_path / "broken.toml").write_text("[[fault\n")
    settings = f'profile = "production"\nrun_dir = "{tmp_path}"\n'
    (tmp_path / "production.toml").write_text(settings)
    words, said = REFUSED[case]
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        places = {"folder": tmp_path, "taken": taken.getsockname()[1]}
        done = CliRunner().invoke(
            app,
            [
                *("mock", *(word.format(**places) for word in words)),
                *("--run-dir", str(tmp_path / "run")),
            ],
            env={"COLUMNS": "400"},
        )
    assert done.exit_code == 1
    assert said in " ".join(done.output.split())
