"""How buildsvc speaks with the client inside a gateway: requests and answers as data. Pure.

Version 1 is one program run for each request: `gateway-client VERB WORD...`. Version 2 adds sessions: `gateway-client
session` reads requests from its standard input, one a line, words with tabs between, and ends each answer with a line
of its own. Version 3 fetches what a page says. A client of a later version answers the requests of the earlier ones, so
that either side may be the newer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from buildsvc.engines.gateway.runtime import STATES
from buildsvc.engines.registry import Ask, RegistryReply

CLIENT = "gateway-client"
VERSION = 3
"""Of the client in this tree; the image that it lies in says so by `LABEL`."""
SESSIONS = 2
"""The first version that has them."""
FETCHES = 3
"""The first version that fetches."""
LABEL = "io.buildsvc.gateway.protocol"
SESSION = (CLIENT, "session")
INSTALL = (CLIENT, "install")
"""Has a new configuration, which lies beside the one that is read, checked and renames it."""
END = "== end of answer =="
"""What a shell writes behind the answer of a program that was run for one request."""
_ENDED = re.compile(rb"== end of answer (\d+): (\d+) ==\n")
NOTHING = "-"
ASKED = "ASKED"
"""The variable that holds a request to somebody else: it may hold a password, which no list of processes may show."""
_CURL = 'curl -q -g -s --noproxy "*" --connect-timeout 2 --max-time 10'
ASK_OTHERS = ("sh", "-c", f'printf %s "${ASKED}" | {_CURL} -w "\\n%{{http_code}}" -K -', CLIENT)
"""A program that every gateway can run, whatever its version. Its last word says that it changes nothing there."""


@dataclass(frozen=True)
class Request:
    """One line of a session, and the lines that follow it."""

    words: tuple[str, ...]
    body: str = ""

    def written(self) -> bytes:
        """As it travels. Raises ValueError where a word would break the line."""
        if any(not word or set(word) & set("\t\n") for word in self.words):
            raise ValueError(f"not to be said in one line: {self.words!r}")
        return ("\t".join(self.words) + "\n" + self.body).encode()


@dataclass(frozen=True)
class GatewayAnswer:
    """What was said, and the exit status of what was done."""

    text: str
    code: int


def version_of(labels: Mapping[str, str] | None) -> int:
    """Read the protocol's version of a gateway's image or container, by its labels; those before 2 had none."""
    told = (labels or {}).get(LABEL, "")
    return int(told) if told.isdigit() else 1


def program() -> bytes:
    """Return the client itself, which belongs into a gateway's image as `CLIENT`."""
    return Path(__file__).with_name(CLIENT).read_bytes()


def given() -> Mapping[str, bytes]:
    """Return what the recipe of the gateway's image wants from here, by file name."""
    return {CLIENT: program()}


def runtime(*commands: str) -> Request:
    """HAProxy takes these commands in one line, and answers."""
    return Request(("runtime", *commands))


def memory() -> Request:
    """`MemTotal:` and `MemAvailable:` of the host, in kB."""
    return Request(("memory",))


def configure(text: str) -> Request:
    """Has a configuration written beside the one that is read, checked and renamed; the answer is ok."""
    lines = text if text.endswith("\n") else text + "\n"
    return Request(("configure", str(lines.count("\n"))), lines)


def probe(urls: Sequence[str], last: str, *, seconds: int, pace: int) -> Request:
    """Ask to GET all URLs `pace` times a second; the answer is one line `CODE:EXIT ...` as soon as it differs from
    `last`, or when the seconds are over.
    """
    return Request(("probe", str(pace), str(seconds), last or NOTHING, *urls))


def fetch(url: str) -> Request:
    """Ask to GET it; the answer is the first 64 KB of the body, and a line's end."""
    return Request(("fetch", url))


def hold(seconds: int, address: str, port: int) -> Request:
    """`held` when a TCP connection stays open so long, else `refused`."""
    return Request(("hold", str(seconds), address, str(port)))


def alone(argv: Sequence[str]) -> tuple[str, ...]:
    """Return a program for one request, with `END` behind its answer: a busy engine may lose the last of it."""
    return ("sh", "-c", f'"$@" && echo {END}', "ask", *argv)


def asked(ask: Ask) -> str:
    """Return a request as curl's configuration, for `ASK_OTHERS` to read from `ASKED`."""
    lines = [("request", ask.method), ("url", ask.url), *(("header", f"{k}: {v}") for k, v in ask.headers.items())]
    lines += [("data-raw", ask.body)] if ask.body else []
    return "".join(f'{key} = "{_quoted(value)}"\n' for key, value in lines)


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return "".join(" " if sign in "\r\n\t" else sign for sign in escaped)


def told(output: str) -> RegistryReply:
    """Read what `ASK_OTHERS` wrote; status 0 where it came to no answer."""
    body, _, status = output.rpartition("\n")
    return RegistryReply(int(status), body) if status.isdigit() else RegistryReply(0)


def look_alone() -> tuple[str, ...]:
    """Return the program that asks for the host's memory and `show servers state` at once."""
    return ("sh", "-c", f"{CLIENT} memory; exec {CLIENT} runtime '{STATES}'")


def answered(heard: bytes, number: int) -> GatewayAnswer | None:
    """Return the answer to the request of this number (counted from 1), once all of it was heard."""
    found = _ENDED.search(heard)
    if found is None or int(found[1]) != number:
        return None
    return GatewayAnswer(heard[: found.start()].decode(errors="replace"), int(found[2]))


def may_write(command: str) -> bool:
    """Whether a program that was run in a gateway, as an engine writes it, may change its configuration: one that is
    not ours may.
    """
    return CLIENT not in command or any(" ".join(argv) in command for argv in (INSTALL, SESSION))
