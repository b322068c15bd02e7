"""Secrets change and end under a gateway that runs; where they come from; none of mock mode's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from gateway.domain.errors import StoreUnavailable
from gateway.settings import SecretSource, load
from gateway.wiring.secrets import Secrets, secrets_of
from gateway.wiring.serve import Gateway
from tests.journeys.commands import Ran, lienthong
from tests.journeys.test_callbacks import progress, quiet_world
from tests.world import World, a_dossier

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
NUMBER = "H00.01-260310-0731"
NAME = "land-mau-1.callback"


async def key(world: World, *words: object) -> Ran:
    """A command on keys of this world's folder."""
    return await lienthong(
        *("key", *map(str, words), "--settings", str(world.stage.settings_path)),
        run_dir=world.stage.run_dir,
        columns=200,
    )


async def looked(world: World) -> None:
    """What the gateway does each second."""
    assert world.gateway is not None
    await world.gateway._reload()


async def let_in(world: World, secret: str) -> bool:
    """Whether the land office is heard with this secret in its path."""
    said = progress(NUMBER, 12, "2026-03-10T02:00:00")
    return (await world.push("ChuyenHoSo", said, secret=secret)).status == 200


async def test_a_secret_is_replaced_and_revoked_without_a_restart(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path / "run") as world:
        await world.submit(a_dossier(NUMBER))
        await world.pass_hours(1)
        old = world.stage.secrets.value(NAME)
        assert await let_in(world, old)
        file = tmp_path / "moi"
        unsaid = await key(world, "rotate", "secret", NAME)
        assert (unsaid.code, "--to" in unsaid.err) == (1, True)
        made = await key(world, "rotate", "secret", NAME, "--to", file)
        assert made.code == 0, made.err
        new = file.read_text("utf-8")
        assert new not in made.out + made.err
        assert file.stat().st_mode & 0o777 == 0o600
        await looked(world)
        assert [await let_in(world, one) for one in (old, new)] == [True, True]
        assert (await key(world, "rotate", "secret", NAME, "--use")).code == 0
        await looked(world)
        assert [await let_in(world, one) for one in (old, new)] == [False, True]
        await looked(world)
        shown = await key(world, "secrets", "--json")
        used = {
            one["name"]: one["last_used"] for one in json.loads(shown.out)["secrets"]
        }
        assert used[NAME] == "2026-03-10"
        assert new not in shown.out
        ended = await key(world, "revoke", NAME)
        assert ended.code == 0, ended.err
        await looked(world)
        assert not await let_in(world, new)
        again = await key(world, "revoke", NAME)
        assert (again.code, "Không có mật khẩu kết nối" in again.err) == (1, True)
        lines = await world.call("GET", "/v1/journal?kind=tai-khoan", role="head")
        assert "Nhận khóa kết nối đã đổi hoặc thu hồi" in str(lines.body)
        assert old not in str(lines.body)


async def test_a_broken_file_of_secrets_changes_nothing_and_is_told(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with quiet_world(tmp_path / "run") as world:
        await world.submit(a_dossier(NUMBER))
        await world.pass_hours(1)
        good = world.stage.secrets.value(NAME)
        path = world.stage.run_dir / "keys" / "secrets.json"
        text = path.read_text("utf-8")
        path.write_text(text[: len(text) // 2], "utf-8")
        await looked(world)
        assert await let_in(world, good)
        told = capfd.readouterr().err
        assert "wiring.secrets" in told
        assert good not in told
        path.write_text(text, "utf-8")


def test_a_secret_comes_from_where_the_settings_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "keys"
    folder.mkdir(mode=0o700)
    (folder / "secrets.json").write_text('{"a": "folder", "b": "folder"}')
    file = tmp_path / "value"
    file.touch(mode=0o600)
    file.write_text("of a file\n")
    monkeypatch.setenv("LT_A", "of the environment")
    sources = {
        "a": SecretSource(env="LT_A"),
        "c": SecretSource(file=file),
        "d": SecretSource(command=("/bin/echo", "of a command")),
    }
    found = Secrets(folder, sources)
    values = {name: found.value(name) for name in found.names()}
    assert values == {
        "a": "of the environment",
        "b": "folder",
        "c": "of a file",
        "d": "of a command",
    }
    assert found.taken() == {"a", "b", "c", "d"}
    assert found.renew() == {}
    file.write_text("of the next file\n")
    assert found.renew() == {"c": "changed"}
    assert found.value("c") == "of the next file"
    for value in values.values():
        assert value not in repr(found)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ({"env": "LT_NOT_SET"}, "biến môi trường LT_NOT_SET trống"),
        ({"file": "/nowhere/at/all"}, "không đọc được tệp"),
        ({"command": ("/bin/false",)}, "kết thúc với mã 1"),
        ({"command": ("/nowhere/at/all",)}, "không chạy được"),
        ({"command": ("/bin/true",)}, "trống hoặc chưa đặt"),
    ],
)
def test_a_secret_that_cannot_be_had_is_told_by_its_name(
    tmp_path: Path, source: dict[str, object], told: str
) -> None:
    folder = tmp_path / "keys"
    folder.mkdir(mode=0o700)
    with pytest.raises(ValueError, match=told) as wrong:
        Secrets(folder, {"lgsp.password": SecretSource(**source)})  # type: ignore[arg-type]
    assert "lgsp.password" in str(wrong.value)


def test_one_place_is_named_for_each_secret() -> None:
    for given in ({}, {"env": "A", "command": ("b",)}):
        with pytest.raises(ValueError, match="đúng một trong env, file, command"):
            SecretSource(**given)  # type: ignore[arg-type]


async def test_production_refuses_what_mock_mode_made(tmp_path: Path) -> None:
    async with quiet_world(tmp_path / "run") as world:
        settings = world.stage.settings_path
        keys = world.stage.run_dir / "keys"
        await world.stop_gateway()
        real = tmp_path / "gateway.toml"
        real.write_text(f'profile = "production"\nrun_dir = "{world.stage.run_dir}"\n')
        started = await lienthong(
            "serve", "--settings", real, run_dir=tmp_path, columns=200
        )
        assert started.code == 1
        assert "khóa do chế độ giả lập tạo" in started.err
        assert "Traceback" not in started.err
        (keys / "MOCK").unlink()
        with pytest.raises(ValueError, match=r"gateway\.cert\.pem"):
            secrets_of(load(real))
        for path in keys.glob("*.cert.pem"):
            path.unlink()
        secrets_of(load(real))
        with pytest.raises(StoreUnavailable) as refused:
            await Gateway(load(real)).start()
        assert refused.value.code == "store_made_for_mock"
        assert load(settings).profile == "mock"
        await world.start_gateway()
