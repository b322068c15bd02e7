"""The shipped gateway under cProfile: ``python -m benchmarks.profiled OUT serve …``.

Writes the seconds of CPU of the event loop's thread to ``OUT``.
"""

from __future__ import annotations

import cProfile
import sys
import time
from pathlib import Path

from gateway.wiring.process import run


def main() -> None:
    """Profile until the gateway is told to stop."""
    out, settings = sys.argv[1], Path(sys.argv[3])
    profile = cProfile.Profile(time.thread_time)
    profile.runcall(run, settings)
    profile.dump_stats(out)


if __name__ == "__main__":
    main()
