"""Tax offices that read packages and are wrong in one thing each: the mock with it spoilt."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.adapters.tax import mock_file, mock_file_counter, mock_file_packages
from gateway.adapters.tax.mock_file import Rounds, SharedFolder
from gateway.adapters.tax.mock_file_counter import PackageCounter, Published
from gateway.adapters.tax.mock_file_out import WayBack
from gateway.adapters.tax.mock_file_packages import NotTaken, Package, Reader, Writer
from gateway.adapters.tax.mock_portal_calls import Told
from gateway.adapters.tax.mock_portal_slips import SlipFile
from gateway.adapters.tax.mock_xml import tag

Patch = pytest.MonkeyPatch


def reads_nothing(patch: Patch) -> None:
    patch.setattr(Rounds, "look", lambda _rounds: None)


def takes_everything(patch: Patch) -> None:
    def fine(counter: PackageCounter, refused: NotTaken, stem: str, about: str) -> None:
        result = {"Tep": "phieu.xml", "Ma": "00", "MoTa": "Đã nhận"}
        number = refused.number or stem
        counter._answer(counter.usual_sender, number, "00", about, [result])

    patch.setattr(PackageCounter, "_refuse", fine)
    patch.setattr(mock_file_counter, "_code", lambda _told: "00")


def believes_any_list(patch: Patch) -> None:
    def row(root: Any, *_given: object, namespace: str, **_more: object) -> Any:
        return root.find(f"{tag('BODY', namespace)}/{tag('ROW', namespace)}")

    patch.setattr(mock_file_packages, "signed_row", row)


def unpacks_anything(patch: Patch) -> None:
    patch.setattr(mock_file_packages, "MAX_UNPACKED_BYTES", 1 << 40)


def takes_folders(patch: Patch) -> None:
    patch.setattr(mock_file_packages, "_NAME", re.compile(".{1,100}"))


def opens_weak_envelopes(patch: Patch) -> None:
    patch.setattr(mock_file_packages, "_AES_256_CBC", b"")


def goes_by_names(patch: Patch) -> None:
    read = Reader.read

    def timeless(reader: Reader, raw: bytes, now: Any) -> Package:
        return replace(read(reader, raw, now), made_at="")

    patch.setattr(Reader, "read", timeless)


def takes_away(patch: Patch) -> None:
    carried = SharedFolder.carried

    def moved(folder: SharedFolder) -> Any:
        found = carried(folder)
        for name in found:
            (folder.way_out / name).unlink()
        return found

    patch.setattr(SharedFolder, "carried", moved)


def forgets_packages(patch: Patch) -> None:
    take = PackageCounter._take

    def anew(counter: PackageCounter, package: Package, stem: str) -> bool:
        counter._taken.clear()
        return take(counter, package, stem)

    patch.setattr(PackageCounter, "_take", anew)


def compares_no_content(patch: Patch) -> None:
    patch.setattr(Package, "digests", property(lambda _package: ()))


def reads_hidden_names(patch: Patch) -> None:
    carried = SharedFolder.carried

    def all_of(folder: SharedFolder) -> Any:
        for path in folder.way_out.glob(".*.p7m"):
            path.rename(path.with_name(path.name.removeprefix(".")))
        return carried(folder)

    patch.setattr(SharedFolder, "carried", all_of)


def reads_what_is_short(patch: Patch) -> None:
    whole = mock_file_packages.is_whole

    def anyhow(path: Path) -> bool:
        whole(path)
        return True

    patch.setattr(mock_file, "is_whole", anyhow)


def puts_receipts_last(patch: Patch) -> None:
    take = WayBack.take

    def turned(back: WayBack, unit: str) -> Any:
        files, dossiers = take(back, unit)
        return files[::-1], dossiers

    patch.setattr(WayBack, "take", turned)


def tells_in_own_words(patch: Patch) -> None:
    begin = Published.__init__

    def other(published: Published, folder: Path) -> None:
        begin(published, folder)
        published.packages["00"] = "OK"

    patch.setattr(Published, "__init__", other)


def tells_a_state_once(patch: Patch) -> None:
    changed = WayBack._changed

    def first(back: WayBack, unit: str, waiting: Any) -> Any:
        for case, state in changed(back, unit, waiting):
            if case.serial not in waiting.told:
                yield case, state

    patch.setattr(WayBack, "_changed", first)


def asks_without_a_day(patch: Patch) -> None:
    ask = WayBack.ask

    async def bare(back: WayBack, case: Any, question: Any, /) -> None:
        kept = {key: one for key, one in question.items() if key != "HanTraLoi"}
        await ask(back, case, kept)

    patch.setattr(WayBack, "ask", bare)


def relates_to_nothing(patch: Patch) -> None:
    check = SlipFile.check

    def lenient(*given: Any) -> None:
        try:
            check(*given)
        except Told as told:
            if told.name != "related_ended":
                raise

    patch.setattr(SlipFile, "check", lenient)


def lives_tomorrow(patch: Patch) -> None:
    write = Writer.write

    def later(writer: Writer, receiver: str, files: Any, now: Any) -> Any:
        return write(writer, receiver, files, now + timedelta(days=1))

    patch.setattr(Writer, "write", later)


def signs_with_another_key(patch: Patch) -> None:
    patch.setattr(mock_file, "Signer", _Other)


class _Other:
    """Signs with a key of nobody's."""

    @staticmethod
    def load(_key: str, certificate: str) -> Any:
        from gateway.adapters.tax.mock_signatures import Signer
        from gateway.conformance.partner.mock_pairs import _pair

        key, _ = _pair("nobody", over=False)
        return Signer(key, Path(certificate).read_bytes())


def lists_other_sizes(patch: Patch) -> None:
    told = mock_file_packages._told

    def other(file: Any) -> Any:
        for name, text in told(file):
            yield name, "1" if name == "KICH_THUOC" else text

    patch.setattr(mock_file_packages, "_told", other)


#: What is wrong → how the office is spoilt, and the requirements that it does not keep.
OFFICES: dict[str, tuple[Callable[[Patch], None], set[str]]] = {
    "any list is believed": (believes_any_list, {"TF-422", "TF-430"}),
    "anything is unpacked": (unpacks_anything, {"TF-421"}),
    "folders are taken": (takes_folders, {"TF-421"}),
    "weak envelopes are opened": (opens_weak_envelopes, {"TF-420"}),
    "packages go by names": (goes_by_names, {"TF-432"}),
    "packages are taken away": (takes_away, {"TF-504"}),
    "packages are forgotten": (forgets_packages, {"TF-401", "TF-425"}),
    "contents are not compared": (compares_no_content, {"TF-425"}),
    "hidden names are read": (reads_hidden_names, {"TF-205"}),
    "short files are read": (reads_what_is_short, {"TF-205"}),
    "receipts stand last": (puts_receipts_last, {"TF-302"}),
    "codes have other words": (tells_in_own_words, {"TF-310"}),
    "a state is told once": (tells_a_state_once, {"TF-303", "TF-305"}),
    "questions have no last day": (asks_without_a_day, {"TF-301", "TF-305"}),
    "a slip withdrawn is supplemented": (relates_to_nothing, {"TF-444"}),
    "it is tomorrow there": (lives_tomorrow, {"TF-213"}),
    "lists are signed by another key": (signs_with_another_key, {"TF-212"}),
    "sizes are wrong": (lists_other_sizes, {"TF-202"}),
}
