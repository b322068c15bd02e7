"""The keys of a run folder: which store they are of, and commands that make them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway import settings as settings_module
from gateway.disk import durable
from gateway.domain.errors import NeedsConfiguration, StoreUnavailable
from gateway.domain.evidence import fingerprint
from gateway.store.remnants import RESTORING
from gateway.vault import escrow, key_escrow
from gateway.vault.evidence_keys import EvidenceKeys
from gateway.vault.keyring import MASTER, Keyring

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import timedelta
    from pathlib import Path

    from gateway.ports.store import Store

#: What they are called in a run folder.
KEYS = "keys"
STORE = "store.sqlite"
MARK = "master_key"
#: Set where mock mode let people into a store.
MOCK_TOKENS = "mock_tokens"


@dataclass(frozen=True, slots=True)
class Keys:
    """What may be shown of a keyring: no key."""

    fingerprint: str
    units: dict[str, bool]
    #: whether the unit's key opens under this master key
    master: str = ""
    #: tells one master key from the next; the fingerprint stays
    ids: Mapping[str, Sequence[str]] = field(default_factory=dict)
    #: what tells a unit's keys apart, the one in use first


async def refuse_half_restored(store: Store) -> None:
    """Refuse a database that was brought back only to be looked at, or not to its end.

    From there everything would be sent again.

    Raises:
        StoreUnavailable: it was.
    """
    if await store.mark(RESTORING) is not None:
        raise StoreUnavailable(
            "restored for a trial, or not to the end",
            code="restore_not_finished",
            remedy="Cơ sở dữ liệu này là của một lần thử, hoặc của một lần khôi phục bị"
            " ngắt giữa chừng: xóa nó, tạo cơ sở dữ liệu trống rồi khôi phục lại.",
        )


async def refuse_another_key(store: Store, keyring: Keyring) -> None:
    """Hold the master key against the one that the store was made with.

    A new store remembers the fingerprint of its first. Found here, a wrong key
    stops the start; found at a dossier, it would have sealed others by then.

    Raises:
        StoreUnavailable: it was made with another.
    """
    known = await store.mark(MARK)
    if known is None:
        await store.set_mark(MARK, keyring.fingerprint)
    elif known != keyring.fingerprint:
        raise StoreUnavailable(
            f"made with master key {known}, given {keyring.fingerprint}",
            code="master_key_differs",
            remedy="Kho được tạo bằng khóa chính khác: đặt lại đúng tệp master.key"
            " (và units.json) đã sao lưu cùng kho rồi khởi động lại.",
        )


async def refuse_mock_store(store: Store) -> None:
    """Refuse a store that mock mode let people into: its tokens are nobody's secret.

    Raises:
        StoreUnavailable: it did.
    """
    if await store.mark(MOCK_TOKENS) is not None:
        raise StoreUnavailable(
            "tokens of mock mode open it",
            code="store_made_for_mock",
            remedy="Kho này do chế độ giả lập tạo, mã truy cập thử còn mở được: máy thật"
            " bắt đầu bằng kho trống, trong thư mục chạy khác.",
        )


def keys_of(path: Path) -> Keys:
    """What lies in the folder of keys of a settings file.

    Raises:
        ValueError: there is no master key, or others may read it.
    """
    return _shown(_keyring(path))


def _shown(keyring: Keyring) -> Keys:
    units = keyring.units()
    opens = {unit: _opens(keyring, unit) for unit in units}
    ids = {unit: keyring.unit_ids(unit) for unit in units}
    return Keys(keyring.fingerprint, opens, keyring.master, ids)


def make_unit_key(path: Path, unit: str) -> None:
    """Make a unit's key; a gateway that runs finds it by itself.

    Raises:
        ValueError: the unit has one, its name is none, or there is no master key.
    """
    if not unit or unit != unit.strip() or not unit.isprintable() or unit[0] == "@":
        raise ValueError("Mã đơn vị trống, có khoảng trắng thừa hoặc bắt đầu bằng @.")
    keyring = _keyring(path)
    if unit in keyring.units():
        raise ValueError(
            f"Đơn vị {unit} đã có khóa; khóa mới sẽ không mở được dữ liệu cũ."
        )
    keyring.create(unit)


def make_master_key(path: Path) -> str:
    """Make the master key of a run folder that has none; its fingerprint.

    Raises:
        ValueError: there is one, or a store that was made with another.
    """
    run_dir = settings_module.load(path).run_dir
    if (run_dir / KEYS / MASTER).exists():
        raise ValueError("Đã có khóa chính; khóa mới sẽ không mở được dữ liệu cũ.")
    if (run_dir / STORE).exists():
        raise ValueError(
            "Thư mục này đã có kho: đặt lại khóa chính đã sao lưu của kho, đừng tạo khóa mới."
        )
    made = Keyring.open(run_dir / KEYS, may_create=True).fingerprint
    EvidenceKeys(run_dir / KEYS).make_first(datetime.now(UTC))
    return made


def make_evidence_key(path: Path, overlap: timedelta) -> tuple[str, str]:
    """Make a new key that signs evidence; its name and fingerprint.

    Raises:
        ValueError: there is no master key.
    """
    _keyring(path)
    keys = EvidenceKeys(settings_module.load(path).run_dir / KEYS)
    name = keys.rotate(datetime.now(UTC), overlap)
    (made,) = (one for one in keys.held() if one.id == name)
    return name, fingerprint(made.public)


def change_master(path: Path) -> str:
    """Let another master key wrap all of a run folder's keys; what tells it from the old.

    Raises:
        ValueError: there is no master key, or one of a unit's does not open under it.
    """
    return _keyring(path).change_master()


def prepare_unit_key(path: Path, unit: str) -> str:
    """Give a unit another key that is not in use yet; what tells it from the present.

    Raises:
        ValueError: it has none, or two already.
    """
    keyring = _with_unit(path, unit)
    if len(keyring.unit_ids(unit)) > 1:
        raise ValueError(
            f"Đơn vị {unit} đang thay khóa: xong lần này (--finish) rồi mới thay lần nữa."
        )
    return keyring.prepare(unit)


def use_unit_key(path: Path, unit: str) -> str:
    """Wrap by the key that was prepared; a gateway that runs finds it by itself.

    Raises:
        ValueError: none was prepared.
    """
    keyring = _with_unit(path, unit)
    ids = keyring.unit_ids(unit)
    if len(ids) != 2:
        raise ValueError(
            f"Đơn vị {unit} chưa có khóa mới: chạy lienthong key rotate unit trước."
        )
    keyring.use(unit, ids[1])
    return ids[1]


def drop_unit_key(path: Path, unit: str, present: str) -> int:
    """Destroy a unit's older key, once nothing lies under it; how many went.

    Raises:
        ValueError: another key than ``present`` is in use.
    """
    keyring = _with_unit(path, unit)
    if keyring.unit_ids(unit)[:1] != [present]:
        raise ValueError(
            f"Khóa đang dùng của đơn vị {unit} trong thư mục này không phải {present}."
        )
    return keyring.drop_old(unit)


def escrow_keys(path: Path, public: Path, to: Path) -> str:
    """Seal a run folder's master key and units' keys into a file; for which pair.

    Raises:
        ValueError: there is no master key, ``public`` is none, or the file is there.
    """
    if to.exists():
        raise ValueError(f"{to} đã có: mỗi bản ký gửi một tên (thêm ngày vào tên).")
    key = escrow.public_half(public.read_bytes(), public.name)
    durable.replace(to, key_escrow.sealed(_keyring(path), key))
    return escrow.fingerprint(key)


def recover_keys(file: Path, private: Path, folder: Path) -> Keys:
    """Open such a file with the private half, and lay its keys into an empty folder.

    Raises:
        ValueError: it does not open, or the folder has keys.
    """
    text = settings_module.own_secret(private)
    half = escrow.private_half(text.encode(), private.name)
    _, files = key_escrow.opened(file.read_bytes(), half)
    return _shown(key_escrow.restored(folder, files))


def _with_unit(path: Path, unit: str) -> Keyring:
    keyring = _keyring(path)
    if unit not in keyring.units():
        raise ValueError(f"Đơn vị {unit} chưa có khóa.")
    return keyring


def _keyring(path: Path) -> Keyring:
    folder = settings_module.load(path).run_dir / KEYS
    if not (folder / MASTER).exists():
        raise ValueError(
            f"Chưa có khóa chính trong {folder}: đặt tệp master.key vào đó, hoặc tạo"
            " bằng lienthong key master."
        )
    return Keyring.open(folder)


def _opens(keyring: Keyring, unit: str) -> bool:
    try:
        keyring.unit_key(unit)
    except (NeedsConfiguration, ValueError):
        return False
    return True
