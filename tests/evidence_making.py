"""Packages of evidence of invented dossiers, made by a real store and real keys."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import hmac
import importlib.util
import io
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from gateway.conformance.store_making import NOW, Bench
from gateway.disk import archives
from gateway.domain.delivering import Way
from gateway.domain.evidence import EvidenceKey, Stamp, next_root
from gateway.domain.identifiers import DossierId, PayloadId
from gateway.domain.journal import JournalLine
from gateway.domain.values import replace
from gateway.evidence import packing
from gateway.evidence.events import events
from gateway.evidence.page import printable
from gateway.ports.store import Change
from gateway.ports.vault import SealedPayload
from gateway.store.sqlite import SQLiteStore
from gateway.validation import evidence_package as checking
from gateway.validation.timestamps import checked_stamp, stamp_request
from gateway.vault.evidence_keys import EvidenceKeys

SCRIPT = Path(__file__).parents[1] / "examples/verify/verify.py"
FILE = "Tệp quyết định mẫu (ví dụ)".encode()
NAME = "Nguyễn Văn Ví Dụ"
Files = dict[str, bytes]


@dataclass
class Made:
    """A package, and what whoever checks it has from elsewhere."""

    files: Files
    keys: EvidenceKeys
    published: list[EvidenceKey]
    number: str

    @property
    def content(self) -> bytes:
        return archives.stored(self.files)

    def sealed_again(self, files: Mapping[str, bytes]) -> bytes:
        """As whoever holds the key now would lay hands on it: listed and signed anew."""
        held = {
            name: content
            for name, content in files.items()
            if name not in {packing.MANIFEST, packing.SIGNATURE}
        }
        told = json.loads(files[packing.MANIFEST])
        told["files"] = {
            name: hashlib.sha256(held[name]).hexdigest() for name in sorted(held)
        }
        text = json.dumps(told, ensure_ascii=False, sort_keys=True).encode()
        return archives.stored({**held, **self.signed(text)})

    def signed(self, manifest: bytes) -> Files:
        sig = self.keys.sign(manifest, NOW + timedelta(hours=1))
        assert sig is not None
        return {packing.MANIFEST: manifest, packing.SIGNATURE: packing.signature(sig)}


def sealed(name: str, content: bytes, dossier: DossierId) -> SealedPayload:
    salt = hashlib.sha256(name.encode()).digest()[:16]
    digest = hmac.digest(salt, content, "sha256")
    return SealedPayload(PayloadId(name), dossier, "content", content, salt, digest)


class Maker:
    """One store, from which several packages come."""

    def __init__(self, store: SQLiteStore, folder: Path) -> None:
        self.store, self.bench = store, Bench(store)
        self.keys = EvidenceKeys(folder)
        self.keys.make_first(NOW)
        self.plain: dict[str, bytes] = {}

    async def dossier(self, *, gone: bool = False) -> DossierId:
        """Accepted, handed over, refused once, reported, with a result file."""
        case = self.bench.case()
        transfer = self.bench.transfer()
        document = self._part(case.dossier_id, {"applicant": {"name": NAME}})
        accepted = self._line("happened", document, leg="", event="accepted")
        change = self.bench.acceptance(transfer, case=case)
        change = replace(
            change, payloads=(document,), document=document.id, journal=(accepted,)
        )
        await self.store.apply(change)
        facts = {"transfer": transfer.id, "kind": "hand_over", "purpose": "submit"}
        tries = (
            ("not_delivered", "due", "not_left"),
            ("unknown", "unconfirmed", "may_have_left"),
            ("delivered", "delivered", "agency_has_it"),
        )
        for outcome, state, fate in tries:
            told = {"outcome": outcome, "code": "", "state": state, "fate": fate}
            await self._add(
                case.dossier_id, self._line("attempt", None, **facts, **told)
            )
            await self.store.seal(now=NOW)
        result = {"files": [hashlib.sha256(FILE).hexdigest()]}
        report = self._part(case.dossier_id, result)
        more = {"report": "r_1", "kind": "finished", "standing": "applied", "code": ""}
        await self._add(case.dossier_id, self._line("report", report, **more), report)
        if gone:
            db = "DELETE FROM payload WHERE id = ?"
            await self.store._write(lambda tx: tx.db.execute(db, (document.id,)))
        await self.root()
        return case.dossier_id

    def _part(self, dossier: DossierId, content: Any) -> SealedPayload:
        plain = json.dumps(content, ensure_ascii=False).encode()
        found = sealed(self.bench.name("p"), plain, dossier)
        self.plain[found.id] = plain
        return found

    def _line(
        self, kind: str, part: SealedPayload | None, /, **facts: Any
    ) -> JournalLine:
        line = JournalLine(kind, NOW, "gateway", facts)
        if part is None:
            return line
        return replace(line, payload=part.id, payload_digest=part.digest)

    async def _add(
        self, dossier: DossierId, line: JournalLine, *parts: SealedPayload
    ) -> None:
        change = Change(now=NOW, dossier_id=dossier, payloads=parts, journal=(line,))
        await self.store.apply(change)

    async def root(self) -> None:
        await self.store.seal(now=NOW)
        before = await self.store.newest_root()
        seals = await self.store.seals_after(before.last if before else 0, 1000)
        root = next_root(before, list(seals), NOW)
        signature = self.keys.sign(root.statement, NOW)
        assert signature is not None
        await self.store.add_root(root, signature)

    async def package(
        self,
        dossier: DossierId,
        *,
        payloads: bool = True,
        also: Sequence[EvidenceKey] = (),
    ) -> Made:
        name = self.bench.name("e")
        reason = self._part(dossier, {"reason": "thanh tra"})
        facts = {"package": name, "payloads": payloads}
        await self._add(dossier, self._line("evidence", reason, **facts), reason)
        await self.root()
        found = await self._gathered(dossier, name, payloads=payloads)
        found = dataclasses.replace(found, keys=[*also, *found.keys])
        held = packing.contents(found, printable(found).encode(), SCRIPT.read_bytes())
        made = Made({}, self.keys, list(found.keys), found.number)
        made.files = {**held, **made.signed(packing.manifest(found, held))}
        return made

    async def _gathered(
        self, dossier: DossierId, name: str, *, payloads: bool
    ) -> packing.Gathered:
        lines = await self.store.journal(dossier)
        transfers = await self.store.transfers(dossier)
        ways = {str(t.id): Way(t.office, t.kind, "00") for t in transfers}
        held = await self.store.payloads(
            [o.line.payload for o in lines if o.line.payload]
        )
        parts = []
        for one in lines:
            if one.line.payload is None:
                continue
            there = held.get(one.line.payload)
            if there is None:
                part = packing.Part(one.line.payload, one.position, packing.DELETED)
            elif not payloads:
                part = packing.Part(there.id, one.position, packing.LEFT_OUT)
            else:
                plain = self.plain[there.id]
                part = packing.Part(
                    there.id,
                    one.position,
                    packing.INCLUDED,
                    there.kind,
                    there.salt,
                    plain,
                )
            parts.append(part)
        report = next(o.position for o in lines if o.line.kind == "report")
        file = packing.File("a_1", "ket-qua.pdf", "result", FILE, (report,))
        read = [(one.position, one.line) for one in lines]
        return packing.Gathered(
            package=name,
            dossier=dossier,
            number="H00.01-260310-0001",
            made_at=NOW + timedelta(hours=1),
            made_by="lanh-dao.a",
            payloads=payloads,
            lines=lines,
            covered=await self.store.covered([one.number or 0 for one in lines]),
            keys=self.keys.held(),
            ways=ways,
            sender="one-stop-1",
            events=events(read, ways, "one-stop-1"),
            custody=[
                {
                    "name": "Văn phòng đăng ký đất đai mẫu",
                    "since": NOW.isoformat(),
                    "until": NOW.isoformat(),
                    "minutes": 0,
                }
            ],
            parts=parts,
            files=[file] if payloads else [],
            names={"land-1": "Văn phòng đăng ký đất đai mẫu"},
        )


def made(folder: Path, work: Callable[[Maker], Any]) -> Any:
    """What ``work`` makes with a store of its own."""

    async def run() -> Any:
        store = await SQLiteStore.open(folder / "store.db")
        try:
            return await work(Maker(store, folder))
        finally:
            await store.close()

    return asyncio.run(run())


def ours(content: bytes, trust: checking.Trust) -> str:
    """What the gateway's own verifier finds; empty: nothing."""
    try:
        checking.check(content, trust)
    except checking.NotWhole as wrong:
        return str(wrong)
    return ""


_SPEC = importlib.util.spec_from_file_location("standing_alone", SCRIPT)
assert _SPEC is not None
assert _SPEC.loader is not None
ALONE = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(ALONE)


def alone(content: bytes, folder: Path, *options: str) -> tuple[int, str]:
    """Exit code and last sentence of the program that stands alone."""
    path = folder / "goi.zip"
    path.write_bytes(content)
    said = io.StringIO()
    given, sys.argv = sys.argv, ["kiem-tra.py", str(path), *options]
    try:
        with redirect_stdout(said):
            code = ALONE.main()
    finally:
        sys.argv = given
    return code, said.getvalue().strip().splitlines()[-1]


TSA = """[tsa]
default_tsa = c
[c]
serial = {folder}/serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
[ext]
extendedKeyUsage = critical,timeStamping
"""


class Service:
    """A timestamp service of OpenSSL's, with an authority of its own."""

    def __init__(self, folder: Path) -> None:
        tool = shutil.which("openssl")
        assert tool is not None
        self._tool, self._folder = tool, folder
        folder.mkdir()
        (folder / "tsa.cnf").write_text(TSA.format(folder=folder))
        key = ("-newkey", "rsa:2048", "-nodes", "-keyout")
        self._run(
            "req",
            "-x509",
            *key,
            "ca.key",
            "-out",
            "ca.pem",
            "-subj",
            "/CN=CA thu",
            "-days",
            "3650",
        )
        self._run("req", *key, "tsa.key", "-out", "tsa.csr", "-subj", "/CN=TSA thu")
        signs = (
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-CAcreateserial",
            "-days",
            "3650",
        )
        self._run(
            "x509",
            "-req",
            "-in",
            "tsa.csr",
            *signs,
            "-out",
            "tsa.pem",
            "-extfile",
            "tsa.cnf",
            "-extensions",
            "ext",
        )
        chain = (folder / "tsa.pem").read_bytes() + (folder / "ca.pem").read_bytes()
        (folder / "chain.pem").write_bytes(chain)

    @property
    def certificates(self) -> Path:
        """Its own, and its issuer's."""
        return self._folder / "chain.pem"

    def answer(self, request: bytes) -> bytes:
        (self._folder / "q").write_bytes(request)
        self._run(
            "ts",
            "-reply",
            "-config",
            "tsa.cnf",
            "-queryfile",
            "q",
            "-signer",
            "tsa.pem",
            "-inkey",
            "tsa.key",
            "-out",
            "r",
        )
        return (self._folder / "r").read_bytes()

    def stamped(self, statement: bytes, root: int) -> Stamp:
        request, nonce = stamp_request(statement)
        response = self.answer(request)
        at = checked_stamp(response, statement, self.certificates.read_bytes(), nonce)
        return Stamp(root, at, response)

    def _run(self, *words: str) -> None:
        subprocess.run(
            [self._tool, *words], cwd=self._folder, check=True, capture_output=True
        )
