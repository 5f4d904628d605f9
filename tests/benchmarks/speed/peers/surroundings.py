"""What a peer is told from outside."""

from __future__ import annotations

import os
from pathlib import Path

BASE_URL = os.environ["BENCH_BASE_URL"]
"""The Bot API; the token is appended."""
TOKEN = os.environ["BENCH_TOKEN"]
FOLDER = Path(os.environ["BENCH_FOLDER"])
"""Where it may keep something."""
WEBHOOK = os.environ["BENCH_MODE"] == "webhook"
PORT = int(os.environ["BENCH_PORT"])
"""Where it listens for deliveries."""
SECRET = os.environ["BENCH_SECRET"]
PATH = "hook"
URL = f"http://127.0.0.1:{PORT}/{PATH}"
