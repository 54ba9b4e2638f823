"""From a bare server without a network to a serving application by one file; then rebooted, upgraded, taken away."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from buildsvc.doors import words
from buildsvc.image.kit.kit_file import Kit
from buildsvc.model.clock import SystemClock
from buildsvc.usecases.equip.make_kit import make_kit
from scripts.bare import own_engine
from scripts.bare.application import NAME, PATH, PORT, VERSION, made_bundle
from scripts.bare.by_hand import by_hand
from scripts.bare.debian import BOOKWORM, engine_release, server_root
from scripts.bare.figures import Figures
from scripts.bare.kit_elves import strangers
from scripts.bare.server import KITS, BareFailed, BareServer, bare_server
from scripts.bare.wheel_folders import as_version
from scripts.demonstration.engine import engine
from scripts.demonstration.place import ROOT, Place
from scripts.demonstration.show import say, timed, title, typed
from scripts.made import CACHE, MadeBases, made_bases

NEWER, BROKEN = "99.0", "99.1"
TOP = "/opt/buildsvc"
DATA = "/var/lib/buildsvc"
STOP = "/run/load-ends"
LOAD_AT_MOST = 240
ALONE = (
    ("current/usr/bin/python3", "-c", "import docker, ssl, sqlite3, cryptography"),
    ("current/usr/bin/curl", "--version"),
    ("current/usr/bin/redis-server", "--version"),
    ("current/usr/sbin/haproxy", "-v"),
    ("current/usr/sbin/xtables-nft-multi", "iptables", "--version"),
    ("current/usr/sbin/xtables-legacy-multi", "iptables", "--version"),
    ("engine/*/dockerd", "--version"),
    ("engine/*/containerd", "--version"),
    ("engine/*/runc", "--version"),
    ("engine/*/docker", "--version"),
)
"""Programs of the kit, below its folder, with what makes them end at once."""
LACKED = ("python3", "curl", "iptables", "dockerd", "apt-get")


def tell(place: Place, suite: str = BOOKWORM) -> Figures:
    """The whole story, on a server and an engine of that Debian. Raises BareFailed where a promise does not hold."""
    figures = Figures()
    bases = made_bases()
    with engine() as client, tempfile.TemporaryDirectory(dir=CACHE, prefix="kits-") as folder:
        kits = Path(folder)
        engine_file = engine_release(CACHE, bases.platform, suite)
        first = _kits(place, bases, kits, engine_file, figures)
        root = server_root(CACHE, bases.platform, suite)
        title(f"A bare server: Debian {suite} with systemd, no network, no engine, no Python, no curl")
        with bare_server(client, root, kits, f"bare-{int(time.time())}") as server:
            _lacks(server)
            _install(server, first, figures)
            _alone(server)
            _reboot(server, figures)
            with _load(server, first) as counts:
                _upgrade(server, figures)
                _go_back(server, figures)
            _judge(counts, figures)
            _remove(server, figures)
        title("The same server without systemd: what is printed is done by hand")
        with bare_server(client, root, kits, f"bare-{int(time.time())}", systemd=False) as server:
            by_hand(server, figures)
        title("A server that has an engine of its own")
        own_engine.carry(kits, engine_file, bases.platform)
        with bare_server(client, root, kits, f"bare-{int(time.time())}") as server:
            own_engine.own_engine(server, figures)
    title("It holds")
    for name, value in figures.values.items():
        say("", f"{name}: {value:g}")
    return figures


def _kits(place: Place, bases: MadeBases, kits: Path, engine_file: Path, figures: Figures) -> Kit:
    title("Three kits, made where there are packages")
    wheels = CACHE / "wheels"
    for kind, java in (("kit", None), ("gateway", None), ("jre", 17)):
        bases.get(kind, java)
    with timed("bundle") as lines:
        bundle = made_bundle(place, bases, kits / "application.bundle")
        lines.append(f"{NAME}@{VERSION}, {words.size(bundle.stat().st_size)}")
    gateway = bases.get("gateway").name

    def kit(name: str, source: Path, chosen: tuple[str, ...], **more: Any) -> Kit:
        with timed(name) as lines:
            made = make_kit(
                kits / f"{name}.run", bases.platform, source, layout=bases.layout, cache=bases.cache,
                clock=SystemClock(), bases=chosen, **more,
            )  # fmt: skip
            lines.append(f"buildsvc {made.version}, {words.size(made.size)}")
        return made

    first = kit("first", wheels, (gateway, bases.get("jre", 17).name), engine=engine_file, bundles=(bundle,))
    kit("newer", as_version(wheels, kits / "w1", NEWER), (gateway,))
    kit("broken", as_version(wheels, kits / "w2", BROKEN, broken=True), (gateway,))
    for name in ("first", "newer"):
        if found := list(strangers(kits / f"{name}.run", bases.platform.architecture)):
            raise BareFailed(f"{name}.run is not on its own: {found}")
    say("kits", "every program in them is loaded by the kit's own loader")
    figures.values["kit, MB"] = round(first.size / 1e6)
    figures.values["kit without engine and applications, MB"] = round((kits / "newer.run").stat().st_size / 1e6)
    return first


def _lacks(server: BareServer) -> None:
    for name in LACKED:
        if not server.run("sh", "-c", f"command -v {name}").status:
            raise BareFailed(f"the bare server has {name}")
    say("server", server.must("uname", "-srm").strip() + ", without " + ", ".join(LACKED))


def _install(server: BareServer, first: Kit, figures: Figures) -> None:
    typed("sh first.run --check")
    server.must("sh", f"{KITS}/first.run", "--check")
    if not server.run("test", "-e", TOP).status:
        raise BareFailed("--check left something behind")
    typed("sh first.run --yes")
    with figures.timing("installed with its application, s"):
        server.must("sh", f"{KITS}/first.run", "--yes", hear=lambda line: say("", line))
    _serves(server)
    found = server.must("buildsvc", "--version")
    if first.version not in found:
        raise BareFailed(f"{found.strip()} runs, not {first.version}")


def _alone(server: BareServer) -> None:
    """Start every kind of program where there is no other file than the kit's: no C library of the server, no shell."""
    cage = "/run/cage"
    server.must("mkdir", "-p", f"{cage}{TOP}", f"{cage}/proc")
    server.must("mount", "--bind", TOP, f"{cage}{TOP}")
    for program, *arguments in ALONE:
        found = server.must("sh", "-c", f"echo {TOP}/{program}").strip()
        server.must("chroot", cage, found, *arguments)
    server.must("umount", f"{cage}{TOP}")
    say("server", f"{len(ALONE)} of its programs start in a folder that holds nothing but {TOP}")


def _serves(server: BareServer, seconds: float = 90.0) -> None:
    curl = f"{TOP}/current/usr/bin/curl"
    server.until(
        "the application serves", curl, "-fs", "-o", "/dev/null", f"http://127.0.0.1:{PORT}{PATH}", seconds=seconds
    )
    server.until(
        "the service is ready", curl, "-fsk", "-o", "/dev/null", "https://127.0.0.1:8420/readyz", seconds=seconds
    )


def _reboot(server: BareServer, figures: Figures) -> None:
    title("Power goes, and comes back")
    with figures.timing("reboot until the application serves, s"):
        server.reboot()
        _serves(server)
    say("server", "restarted; the application serves and the service is ready")


@contextmanager
def _load(server: BareServer, first: Kit) -> Iterator[dict[str, int]]:
    counts: dict[str, int] = {}
    program = (ROOT / "scripts" / "bare" / "load.py").read_text()
    command = [f"{TOP}/{first.version}/usr/bin/python3", "-c", program, str(PORT), PATH, STOP, str(LOAD_AT_MOST)]
    with ThreadPoolExecutor(1) as aside:
        running = aside.submit(server.must, *command)
        try:
            yield counts
        finally:
            server.run("touch", STOP)
            counts.update(json.loads(running.result()))


def _upgrade(server: BareServer, figures: Figures) -> None:
    title("A newer kit, while a load runs against the application")
    before = _containers(server)
    typed("sh newer.run --yes")
    with figures.timing("upgraded, s"):
        server.must("sh", f"{KITS}/newer.run", "--yes", hear=lambda line: say("", line))
    if NEWER not in server.must("buildsvc", "--version"):
        raise BareFailed("the newer version does not run")
    if _containers(server) != before:
        raise BareFailed("a container is another one than before the upgrade")


def _go_back(server: BareServer, figures: Figures) -> None:
    title("A kit whose version changes the ledger and never becomes ready")
    before = _containers(server), _revision(server)
    typed("sh broken.run --yes --wait 25")
    with figures.timing("a failed upgrade taken back, s"):
        said = server.run("sh", f"{KITS}/broken.run", "--yes", "--wait", "25", hear=lambda line: say("", line[:150]))
    if said.status != 1 or NEWER not in server.must("buildsvc", "--version"):
        raise BareFailed(f"the broken version was not taken back (it ended with {said.status})")
    _serves(server)
    if (_containers(server), _revision(server)) != before:
        raise BareFailed("the ledger or a container is not what it was")
    found = server.must(f"{TOP}/current/usr/bin/python3", "-c", _APPLICATIONS)
    if NAME not in found:
        raise BareFailed(f"the former ledger has no {NAME}: {found}")


def _containers(server: BareServer) -> str:
    script = f"{TOP}/engine/*/docker ps --no-trunc --format '{{{{.ID}}}} {{{{.Names}}}}'"
    return server.must("sh", "-c", script)


_LEDGER = f"import sqlite3; found = sqlite3.connect('file:{DATA}/ledger.db?mode=ro', uri=True).execute"
_APPLICATIONS = f"{_LEDGER}; print(found('SELECT name FROM applications').fetchall())"


def _revision(server: BareServer) -> str:
    code = f"{_LEDGER}; print(found('SELECT version_num FROM alembic_version').fetchone()[0])"
    return server.must(f"{TOP}/current/usr/bin/python3", "-c", code)


def _judge(counts: dict[str, int], figures: Figures) -> None:
    served = counts.pop("served", 0)
    say("load", f"{served} requests served, {sum(counts.values())} failed")
    figures.values["requests served meanwhile"] = served
    if counts or not served:
        raise BareFailed(f"requests failed: {counts}, served: {served}")


def _remove(server: BareServer, figures: Figures) -> None:
    title("And away again")
    typed("sh newer.run --remove --yes")
    with figures.timing("removed, s"):
        server.must("sh", f"{KITS}/newer.run", "--remove", "--yes", hear=lambda line: say("", line))
    left = [
        path
        for path in (
            TOP,
            "/usr/local/bin/buildsvc",
            "/etc/systemd/system/buildsvc.service",
            "/etc/systemd/system/buildsvc-engine.service",
        )
        if not server.run("test", "-e", path).status
    ]
    if left:
        raise BareFailed(f"it left {left}")
    if server.run("test", "-s", f"{DATA}/ledger.db").status:
        raise BareFailed("the data were to stay, and are gone")
