"""Run in the bare server by the kit's own Python: keep-alive requests until a file appears; what came of them, as JSON.

python3 - PORT PATH UNTIL SECONDS
"""

import http.client
import json
import pathlib
import sys
import threading
import time
from collections import Counter

THREADS = 4
PAUSE = 0.02


def ask(port: int, path: str, until: pathlib.Path, deadline: float, counts: "Counter[str]") -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    while time.monotonic() < deadline and not until.exists():
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            counts["served" if answer.status == http.client.OK else f"answered {answer.status}"] += 1
        except (OSError, http.client.HTTPException) as error:
            counts[type(error).__name__] += 1
            connection.close()
        time.sleep(PAUSE)


def main(port: str, path: str, until: str, seconds: str) -> None:
    counts: Counter[str] = Counter()
    deadline = time.monotonic() + float(seconds)
    given = (int(port), path, pathlib.Path(until), deadline, counts)
    threads = [threading.Thread(target=ask, args=given) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps(counts))


if __name__ == "__main__":
    main(*sys.argv[1:])
