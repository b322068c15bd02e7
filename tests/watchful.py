"""A gateway process that looks for alerts several times a second.

``python -m tests.watchful SETTINGS``: the shipped gateway, its patience shortened so
that a test need not wait for minutes.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

from gateway.watch import alerts, notices
from gateway.wiring.process import run

if __name__ == "__main__":
    alerts.LOOK_EVERY_S = 0.2
    notices.LOOK_EVERY_S = 0.1
    notices.AGAIN = timedelta(seconds=2)
    run(Path(sys.argv[1]))
