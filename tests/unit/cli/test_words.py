"""What a command says of a settings file that is wrong."""

from pathlib import Path

import pytest

from tests.journeys.commands import lienthong

RUN = 'run_dir = "x"\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x", "Tệp không phải TOML"),
        ("", "thiếu khóa run_dir"),
        (RUN + "la = 1\n", "không có khóa la"),
        (RUN + '[front]\nport = "a"\n', "front.port: "),
        (
            RUN + '[mail]\nhost = "x"\nsecret = "bi-mat-1"\n',
            "không có khóa mail.secret",
        ),
    ],
)
async def test_a_wrong_settings_file_is_told_of_by_its_keys(
    tmp_path: Path, text: str, words: str
) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text(text, "utf-8")
    ran = await lienthong("serve", "--settings", path, run_dir=tmp_path, columns=300)
    assert ran.code == 1
    assert words in ran.err
    for unwanted in ("Traceback", "pydantic", "bi-mat-1"):
        assert unwanted not in ran.err
