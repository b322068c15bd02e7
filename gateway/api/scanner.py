"""Whether the scanner of files works, tried with what is harmless."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.answers import answer
from gateway.api.signin import administrator
from gateway.domain.file_errors import ScannerAway
from gateway.watch.scanner import knows_malware

if TYPE_CHECKING:
    from gateway.sealing.tools import Tools


def register(tools: Tools, routes: APIRouter) -> None:
    """Add the call."""

    @routes.post("/scanner/check")
    async def post_check(request: Request) -> Response:
        """Thử phần mềm diệt mã độc: có trả lời không, có nhận ra mẫu thử vô hại không."""
        await administrator(tools, request)
        scanner = tools.screening.scanner
        if scanner is None:
            words = "Không quét: [scanning] chưa đặt kind."
            return answer({"works": False, "words": words})
        try:
            state, knows = await scanner.state(), await knows_malware(scanner)
        except ScannerAway as away:
            return answer({"works": False, "words": away.remedy})
        at = state.signatures_at
        words = "Trả lời, nhận ra mẫu thử vô hại của EICAR."
        if not knows:
            words = (
                "Trả lời nhưng không nhận ra mẫu thử vô hại của EICAR: danh sách mẫu mã độc"
                " trống hoặc thiếu."
            )
        told = {"version": state.version, "signatures_at": at and at.isoformat()}
        return answer({"works": knows, "words": words, **told})
