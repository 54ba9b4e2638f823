"""What every measuring needs: a free port of loopback, and to wait for a condition."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable

import requests

PATIENCE = 120.0


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def until(condition: Callable[[], bool], every: float = 0.2, patience: float = PATIENCE) -> None:
    """Wait for a condition, `patience` seconds at most; no answer is none that holds. Raises RuntimeError."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        with contextlib.suppress(requests.RequestException):
            if condition():
                return
        time.sleep(every)
    raise RuntimeError(f"nothing came of it within {patience:.0f} s")
