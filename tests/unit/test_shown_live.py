"""What a terminal shows while something goes on, on a terminal of its own."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys

import pytest

SHOW = """
import sys
from buildsvc.doors.cli.remote.shown_live import UploadProgress, screen
from buildsvc.model.events import Failed, LogLine, Received, Warned
with UploadProgress("order [1].jar", quiet=False) as progress:
    progress(50, 100)
    progress(100, 100)
with screen(as_json=False) as show:
    for event in (Received("a", "order [1].jar", 5, "its name"), Warned("w", "Watch [out].", "Look."), LogLine("[x] y"),
                  Failed("f", "It failed.", "", ("last [words]",))):
        show.item(event)
print("rich" in sys.modules)
"""


def shown_on_a_terminal() -> str:
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80"}
    program = subprocess.Popen([sys.executable, "-c", SHOW], stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    text = b""
    while True:
        try:
            chunk = os.read(ours, 4096)
        except OSError:
            # Linux answers EIO once the last writer has gone.
            break
        if not chunk:
            break
        text += chunk
    os.close(ours)
    assert program.wait() == 0, text
    return text.decode()


@pytest.fixture(scope="module")
def terminal() -> str:
    return shown_on_a_terminal()


def test_a_terminal_shows_the_upload_and_what_is_waited_for(terminal: str) -> None:
    assert "Uploading order [1].jar" in terminal
    assert "waiting for a worker … " in re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", terminal)


def test_brackets_of_names_and_logs_are_shown_as_they_are_and_in_colour(terminal: str) -> None:
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", terminal)
    for text in ("order [1].jar", "Watch [out].", "| [x] y", "| last [words]", "It failed."):
        assert text in plain
    assert re.search(r"\x1b\[3[0-9;]*mIt failed\.|\x1b\[[0-9;]*31mIt failed\.", terminal)


def test_a_pipe_gets_plain_lines_and_rich_is_not_loaded() -> None:
    done = subprocess.run([sys.executable, "-c", SHOW], capture_output=True, text=True, check=True)
    assert "\x1b" not in done.stdout
    assert "Watch [out]." in done.stdout
    assert done.stdout.splitlines()[-1] == "False"
    assert done.stderr == ""
