"""Processes that these scripts start: recorded with their start time, so that only they are ever ended.

    owned.py start FOLDER NAME COMMAND…    in a session of its own; FOLDER/NAME.log, FOLDER/NAME.pid
    owned.py alive FOLDER NAME             exit status 0 while it runs
    owned.py stop FOLDER NAME              SIGTERM, and SIGKILL to its group when it is not gone in time
    owned.py answers | why                 whether a Docker Engine answers; why not, as the end of a sentence

Standard library only: it runs before anything is installed.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

DEFAULT_SOCKET = "/var/run/docker.sock"
GRACE = 90.0  # an engine stops its containers one after the other, each in up to 10 s


def start(folder: Path, name: str, command: list[str], environment: dict[str, str] | None = None) -> int:
    """Start `command` in its own session; its output goes to the log, which begins anew. Returns the pid."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=environment,
        )
    record = {"pid": process.pid, "began": _began(process.pid), "command": command}
    (folder / f"{name}.pid").write_text(json.dumps(record) + "\n")
    return process.pid


def alive(folder: Path, name: str) -> int | None:
    """The pid while the recorded process runs: the same pid with another start time is somebody else's."""
    try:
        record = json.loads((folder / f"{name}.pid").read_text())
    except FileNotFoundError:
        return None
    began = _began(record["pid"])
    return int(record["pid"]) if began is not None and began == record["began"] else None


def stop(folder: Path, name: str, grace: float = GRACE) -> bool:
    """End the recorded process; False when it was not there any more."""
    pid = alive(folder, name)
    if pid is not None:
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + grace
        while alive(folder, name) is not None:
            if time.monotonic() > deadline:
                os.killpg(pid, signal.SIGKILL)
                break
            time.sleep(0.05)
    (folder / f"{name}.pid").unlink(missing_ok=True)
    return pid is not None


def _began(pid: int) -> str | None:
    """The start time in clock ticks since boot (proc(5), stat, field 22); None for one that is gone or a zombie."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if after_name[0] in {"Z", "X"} else after_name[19]


class _SocketConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=5)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def engine_fault() -> str | None:
    """Why no Docker Engine answers, None when one does."""
    address = urlsplit(os.environ.get("DOCKER_HOST") or f"unix://{DEFAULT_SOCKET}")
    connection: http.client.HTTPConnection
    if address.scheme == "unix":
        connection = _SocketConnection(address.path)
    elif address.scheme in {"tcp", "http"}:
        connection = http.client.HTTPConnection(address.netloc, timeout=5)
    else:
        return f"DOCKER_HOST is {address.geturl()}, and only unix:// and tcp:// are understood here"
    try:
        connection.request("GET", "/_ping")
        status = connection.getresponse().status
    except PermissionError:
        return f"{address.path} may not be opened by this user"
    except OSError as error:
        return f"{address.geturl()}: {error.strerror or error}"
    finally:
        connection.close()
    return None if status == http.HTTPStatus.OK else f"{address.geturl()} answers {status}"


def main(arguments: list[str]) -> int:
    match arguments:
        case ["start", folder, name, *command] if command:
            start(Path(folder), name, command)
        case ["alive", folder, name]:
            return 0 if alive(Path(folder), name) else 1
        case ["stop", folder, name]:
            stop(Path(folder), name)
        case ["answers"]:
            return 0 if engine_fault() is None else 1
        case ["why"]:
            fault = engine_fault()
            print(f" ({fault})" if fault else "")
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
