"""Water companies that are wrong in one thing each: the mock with that thing spoilt."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from gateway.adapters.water import mock_clerk, mock_counter, mock_folder, mock_tables
from gateway.adapters.water.mock_answers import Writer
from gateway.adapters.water.mock_clerk import Clerk
from gateway.adapters.water.mock_counter import Counter, Wrong
from gateway.adapters.water.mock_folder import TAKEN, Seen, Side
from gateway.adapters.water.mock_habits import Habits
from gateway.conformance.partner.mocked import Spoiling

Patch = pytest.MonkeyPatch
Row = dict[str, str]


@asynccontextmanager
async def as_a_folder(
    folder: Path, run_dir: Path, _opening: Mapping[str, Any]
) -> AsyncIterator[tuple[str, Path, str]]:
    """Without a server between: what is spoilt here is none of it."""
    yield str(folder), run_dir / "khoa", ""


def quick(patch: Patch) -> None:
    """Nothing here outlives a power cut, nor has to."""
    patch.setattr("gateway.conformance.partner.mock_sftp.serving", as_a_folder)
    patch.setattr(os, "fsync", lambda _file: None)


# ---- lots


def takes_everything(patch: Patch) -> None:
    def take(counter: Counter, seen: Seen) -> bool:
        counter._move_lot(seen.name.removesuffix(".json"), TAKEN)
        return True

    patch.setattr(Counter, "_take", take)


def takes_nothing(patch: Patch) -> None:
    patch.setattr(Counter, "look", lambda _counter: 0)


def compares_no_hash(patch: Patch) -> None:
    files = Counter._files
    digest = mock_counter._digest

    def unequal(counter: Counter, manifest: Any) -> dict[str, bytes]:
        listed = {file["kich_thuoc"]: file["sha256"] for file in manifest["tep"]}
        with pytest.MonkeyPatch.context() as within:
            within.setattr(
                mock_counter, "_digest", lambda raw: listed.get(len(raw), digest(raw))
            )
            return files(counter, manifest)

    patch.setattr(Counter, "_files", unequal)


def reads_what_is_unfinished(patch: Patch) -> None:
    lying = Side.lying

    def everything(side: Side, part: str = "") -> list[Seen]:
        tam = [
            Seen(one.name, one.stat().st_size, one.stat().st_mtime_ns)
            for one in (side.folder / part).glob("*.tam")
            if not one.name.startswith(".")
        ]
        for one in tam:
            side.move(one.name, TAKEN)
        return lying(side, part)

    patch.setattr(Side, "lying", everything)


def refuses_after_a_gap(patch: Patch) -> None:
    manifest = Counter._manifest
    seen: list[int] = []

    def strict(counter: Counter, lot: Seen, raw: bytes) -> Any:
        told = manifest(counter, lot, raw)
        number, last = told["so_thu_tu"], max(seen, default=0)
        seen.append(number)
        if number > last + 1 and len(seen) == 2:
            raise Wrong("T10", lot.name)
        return told

    patch.setattr(Counter, "_manifest", strict)


def goes_by_letters(patch: Patch) -> None:
    def by_name(found: Iterable[Any], key: Any = None) -> list[Any]:
        if isinstance(found, (list, set)):
            return sorted(found, key=key)
        return sorted(found, key=lambda one: str(one.name))

    patch.setattr(mock_counter, "sorted", by_name, raising=False)


def leaves_files_behind(patch: Patch) -> None:
    patch.setattr(Habits, "leaves", lambda _habits, _rows: "files")
    orphan = Counter._orphan

    def left(counter: Counter, one: Seen, stem: str) -> None:
        if not counter.side.has(f"{stem}.json", TAKEN):
            orphan(counter, one, stem)

    patch.setattr(Counter, "_orphan", left)


def forgets_names(patch: Patch) -> None:
    patch.setattr(Counter, "_known", lambda *_given: False)


def tells_each_time(patch: Patch) -> None:
    late = Counter._tell_late

    def again(counter: Counter, code: str, file: str, about: Seen) -> None:
        counter._told.clear()
        late(counter, code, file, about)

    patch.setattr(Counter, "_tell_late", again)
    waits = Counter.waits

    def always(counter: Counter) -> set[Seen]:
        return waits(counter) or {*counter.side.lying()}

    patch.setattr(Counter, "waits", always)


def never_tells_late(patch: Patch) -> None:
    patch.setattr(Counter, "_tell_late", lambda *_given: None)


def is_impatient(patch: Patch) -> None:
    patch.setattr(mock_counter, "PATIENCE", mock_counter.PATIENCE / 100)


def takes_any_size(patch: Patch) -> None:
    patch.setattr(mock_counter, "MOST_TABLE", 1 << 40)


def takes_old_letters(patch: Patch) -> None:
    read = mock_tables._comma_text

    def anyhow(content: bytes) -> list[list[str]]:
        return read(content.decode("utf-8", "replace").encode())

    patch.setattr(mock_tables, "_comma_text", anyhow)


# ---- rows and reports


def tells_the_first_error(patch: Patch) -> None:
    wrong = Clerk._wrong
    patch.setattr(Clerk, "_wrong", lambda clerk, row: wrong(clerk, row)[:1])


def stops_at_a_bad_row(patch: Patch) -> None:
    register = Counter._register

    def strict(counter: Counter, table: str, rows: Any, files: Any) -> Any:
        faults = register(counter, table, rows, files)
        if len(rows) > 2 and faults:
            more = counter._fault("D01", table, {"DONG": "2", "COT": "STT"})
            about = {name: rows[0][name] for name in ("MA_YEU_CAU", "MA_HO_SO")}
            return [{**more, **about}, *faults]
        return faults

    patch.setattr(Counter, "_register", strict)


def counts_lines_from_nought(patch: Patch) -> None:
    fault = Counter._fault

    def other(counter: Counter, code: str, file: str, where: Any) -> Any:
        if "DONG" in where:
            where = {**where, "DONG": str(int(where["DONG"]) - 1)}
        return fault(counter, code, file, where)

    patch.setattr(Counter, "_fault", other)


def reports_persons(patch: Patch) -> None:
    report = mock_tables.report_of_errors

    def talkative(lists: Any, rows: Sequence[Row]) -> bytes:
        lines = report(lists, rows).decode("utf-8-sig").rstrip("\r\n").split("\r\n")
        more = [f"{line};{'HO_TEN' if not n else 'x'}" for n, line in enumerate(lines)]
        return ("\r\n".join(more) + "\r\n").encode("utf-8-sig")

    patch.setattr(mock_counter, "report_of_errors", talkative)


def loses_zeros(patch: Patch) -> None:
    same = mock_clerk._same

    def bare(row: Mapping[str, str]) -> Row:
        return {key: value.lstrip("0") for key, value in row.items()}

    patch.setattr(mock_clerk, "_same", lambda a, b: same(bare(a), bare(b)))


def keeps_the_sign(patch: Patch) -> None:
    patch.setattr(mock_tables, "_said", lambda value: " ".join(value.split()))


def counts_a_request_twice(patch: Patch) -> None:
    patch.setattr(mock_clerk, "_same", lambda _before, _now: False)


# ---- answers


def cells(change: Callable[[Row], Row]) -> Callable[[Patch], None]:
    """Every row of answers stands there otherwise."""

    def spoil(patch: Patch) -> None:
        row = Clerk._row
        patch.setattr(Clerk, "_row", lambda *given: change(row(*given)))

    return spoil


def lots(**step: Any) -> Callable[[Patch], None]:
    """Every lot of answers is made as a scenario of the mock says."""

    def spoil(patch: Patch) -> None:
        down = Writer.put_down

        def other(writer: Writer, rows: Any, files: Any, told: Any, number: str) -> str:
            return down(writer, rows, files, {**told, **step}, number)

        patch.setattr(Writer, "put_down", other)

    return spoil


def changes_answers(patch: Patch) -> None:
    put = Side.put

    def over(side: Side, name: str, content: bytes, part: str = "") -> None:
        put(side, name, content, part)
        if name.startswith("TL-"):
            for one in side.folder.glob("TL-*.csv"):
                one.write_bytes(one.read_bytes() + b"\r\n")

    patch.setattr(mock_folder.Side, "put", over)


def _tomorrow(row: Row) -> Row:
    return {**row, "NGAY": row["NGAY"].replace("2026", "2031")}


def _month_first(row: Row) -> Row:
    return {**row, "NGAY": "03/25/2026"}


def _one_number(row: Row) -> Row:
    return {**row, "SO_HO_SO": "HS-1"}


#: What nobody can read is no answer.
_UNREAD = {"NN-502", "NN-421", "NN-424", "NN-427", "NN-506"}
#: What is wrong → how the company is spoilt, and the requirements that it does not keep.
COMPANIES: dict[str, tuple[Callable[[Patch], None], set[str]]] = {
    "hashes are not compared": (compares_no_hash, {"NN-244"}),
    "unfinished names are taken": (reads_what_is_unfinished, {"NN-202"}),
    "a gap gives a lot back": (refuses_after_a_gap, {"NN-218"}),
    "lots go by letters": (goes_by_letters, {"NN-219"}),
    "files are left behind": (leaves_files_behind, {"NN-231", "NN-232"}),
    "names are forgotten": (forgets_names, {"NN-234"}),
    "what waits is told each time": (tells_each_time, {"NN-241", "NN-242"}),
    "what waits is never told": (never_tells_late, {"NN-241"}),
    "nobody waits an hour": (is_impatient, {"NN-203", "NN-242", "NN-243"}),
    "any size does": (takes_any_size, {"NN-712"}),
    "old letters do": (takes_old_letters, {"NN-708"}),
    "the first error is told alone": (tells_the_first_error, {"NN-735"}),
    "good rows are reported": (stops_at_a_bad_row, {"NN-720"}),
    "lines are counted from nought": (counts_lines_from_nought, {"NN-733"}),
    "reports repeat persons": (reports_persons, {"NN-737"}),
    "zeros are lost": (loses_zeros, {"NN-414"}),
    "the sign before = stays": (keeps_the_sign, {"NN-415"}),
    "a request counts twice": (counts_a_request_twice, {"NN-235", "NN-412", "NN-415"}),
    "answers are of tomorrow": (cells(_tomorrow), {"NN-508"}),
    "the month stands first": (cells(_month_first), {"NN-504"}),
    "all have one number": (cells(_one_number), {"NN-510"}),
    "a formula failed": (cells(lambda row: {**row, "NOI_DUNG": "#REF!"}), {"NN-513"}),
    "Excel lost digits": (
        cells(lambda row: {**row, "SO_DANH_BO": "1,2E+10"}),
        {"NN-511"},
    ),
    "hashes of answers are wrong": (lots(way="checksum"), {"NN-212"}),
    "answers are TCVN3": (lots(table="tcvn3"), _UNREAD),
    "answers are for another": (lots(manifest={"ben_nhan": "KHAC"}), {"NN-214"}),
    "answers change afterwards": (changes_answers, {"NN-205", "NN-212"}),
}


def runs_programs() -> Spoiling:
    """An account that is more than a folder."""

    async def run(process: asyncssh.SSHServerProcess[str]) -> None:
        process.exit(7)

    return Spoiling(opening={"process_factory": run})


class _Open(asyncssh.SSHServer):
    def connection_requested(
        self, dest_host: str, dest_port: int, orig_host: str, orig_port: int
    ) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True


def opens_doors() -> Spoiling:
    """An account that forwards, and is entered by a password, too."""
    return Spoiling(opening={"server_factory": _Open})
