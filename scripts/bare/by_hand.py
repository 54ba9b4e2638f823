"""A server without systemd: the kit puts everything in its place and prints what to do, and that is done here."""

from __future__ import annotations

import re
import shlex

from scripts.bare.application import PATH, PORT
from scripts.bare.figures import Figures
from scripts.bare.server import KITS, BareFailed, BareServer
from scripts.demonstration.show import say, typed

TOP = "/opt/buildsvc"
_LOG = "/var/log/by-hand.log"
_TOKEN = re.compile(r"admin token[^:]*: *(\S+)")
_HOME = "/root"
REFUSED = 2
_NOTHING_RUNS = f"for one in /proc/[0-9]*/exe; do case $(readlink $one) in {TOP}/*) exit 1 ;; esac; done"


def by_hand(server: BareServer, figures: Figures) -> None:
    """Install, start and bring the application as the kit says. Raises BareFailed."""
    typed("sh first.run --yes --tls no")
    with figures.timing("without systemd: installed and started by hand, s"):
        printed = server.must("sh", f"{KITS}/first.run", "--yes", "--tls", "no", hear=lambda line: say("", line))
        engine, service, *rest = _commands(printed)
        _begin(server, engine)
        server.until("the engine answers", "sh", "-c", f"{TOP}/engine/*/docker version", seconds=60)
        _begin(server, service)
        curl = f"{TOP}/current/usr/bin/curl"
        server.until("the service is ready", curl, "-fs", "-o", "/dev/null", "http://127.0.0.1:8420/readyz", seconds=90)
        token = _TOKEN.search(server.must("cat", _LOG))
        if token is None:
            raise BareFailed(f"no token was printed: {server.must('cat', _LOG)}")
        for command in rest:
            words = command.replace("TOKEN", token[1]).split()
            server.must("env", f"HOME={_HOME}", *words, hear=lambda line: say("", line))
    server.until("the application serves", curl, "-fs", "-o", "/dev/null", f"http://127.0.0.1:{PORT}{PATH}", seconds=60)
    _remove(server)


def _remove(server: BareServer) -> None:
    """What runs is not taken away: the kit prints how to end it, that is done, and then it goes. Raises BareFailed."""
    typed("sh first.run --remove --yes")
    said = server.run("sh", f"{KITS}/first.run", "--remove", "--yes", hear=lambda line: say("", line))
    if said.status != REFUSED or server.run("test", "-x", f"{TOP}/current/bin/buildsvc").status:
        raise BareFailed(f"it was taken away under what runs out of it ({said.status})")
    for command in re.findall(r"^  (.*)$", said.text, re.MULTILINE):
        server.must("sh", "-c", command)
    server.until("what ran out of it has ended", "sh", "-c", _NOTHING_RUNS, seconds=120)
    server.must("sh", f"{KITS}/first.run", "--remove", "--yes", hear=lambda line: say("", line))
    if not server.run("test", "-e", TOP).status:
        raise BareFailed(f"it left {TOP}")


def _commands(printed: str) -> list[str]:
    """The lines that are commands: two that stay, then those that bring the application."""
    found = re.findall(r"^  ((?:PATH=)?/\S.*)$", printed, re.MULTILINE)
    commands = [line.partition("      prints")[0].strip() for line in found]
    if len(commands) != 5:  # noqa: PLR2004 - engine, service, login, import, install
        raise BareFailed(f"it printed other commands than it should: {commands}")
    return commands


def _begin(server: BareServer, command: str) -> None:
    """Start what stays, with what it says in a log."""
    server.must("sh", "-c", f"nohup sh -c {shlex.quote(command.removesuffix('&').strip())} >>{_LOG} 2>&1 &")
