"""Reads one file in a process of its own: a hostile one ends this process only.

The reader is native code and gives up by aborting: two cells at opposite corners
of a sheet, five kilobytes on disk, ask it for 512 GiB. Standard input has the
file, standard output gets the cells as JSON; nothing touches a disk.
"""

from __future__ import annotations

import resource
import sys

import orjson

from gateway.domain.errors import GatewayError, TooLarge
from gateway.sheets.cells import read

MEMORY_BYTES = 2 * 1024 * 1024 * 1024
CPU_S = 60
#: Of the answer: 300,000 rows of nine columns take 39 MB.
ANSWER_BYTES = 128 * 1024 * 1024


def main() -> None:
    """Read, and say either what is there or why not."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    # A core file would hold the names of citizens.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        found = read(sys.stdin.buffer.read(), int(sys.argv[1]))
        answer = orjson.dumps(found, default=str)
        if len(answer) > ANSWER_BYTES:
            raise TooLarge(
                code="sheet_too_large",
                remedy="Chữ trong các ô quá nhiều. Bỏ các cột không cần cho đối soát rồi"
                " dùng tệp mới.",
            )
    except GatewayError as wrong:
        refused = {
            "code": wrong.code,
            "remedy": wrong.remedy,
            "too_large": isinstance(wrong, TooLarge),
        }
        answer = orjson.dumps(refused)
    sys.stdout.buffer.write(answer)


if __name__ == "__main__":
    main()
