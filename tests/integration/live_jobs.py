"""Jobs for the tests of the queue: each notes in a file that it ran."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from tests.waiting import until


def note(text: str) -> None:
    with Path(os.environ["LIVE_NOTES"]).open("a") as file:
        file.write(text + "\n")


def run_deployment(deployment_id: str) -> None:
    note(f"{deployment_id} {os.getpid()} {threading.current_thread().name}")
    if deployment_id.startswith("broken"):
        raise ValueError(deployment_id)
    if deployment_id.startswith("slow"):
        until(lambda: Path(os.environ["LIVE_NOTES"] + ".go").exists(), 60)
        note(f"{deployment_id} over")


def follow_logs(application: str, component: str, channel: str, tail: int, follow: bool) -> None:
    note(f"{application} {component} {channel} {tail} {follow}")
