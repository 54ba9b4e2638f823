"""A server that has an engine already: the kit says so, uses that one, and leaves it and what runs on it alone."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from buildpacks.platforms import Platform
from buildsvc.image.kit.engine_folder import engine_file, unpack_engine
from scripts.bare.application import PATH, PORT
from scripts.bare.by_hand import REFUSED
from scripts.bare.figures import Figures
from scripts.bare.server import ENGINE_DATA, KITS, BareFailed, BareServer
from scripts.demonstration.show import say, typed

FOLDER = "own-engine"
"""What `carry` fills, below the folder of the kits."""
HOME = PurePosixPath("/srv/engine")
TOP = "/opt/buildsvc"
OLD = "19.03.8"
_UNIT = f"""[Unit]
Description=The engine of this server

[Service]
Type=notify
Environment=PATH={HOME}:/usr/sbin:/usr/bin
ExecStart={HOME}/dockerd --data-root {ENGINE_DATA} --iptables=false
Delegate=yes
KillMode=process

[Install]
WantedBy=multi-user.target
"""
_ASK = (
    f"exec 3<>/dev/tcp/127.0.0.1/{PORT}; printf 'GET {PATH} HTTP/1.0\\r\\n\\r\\n' >&3; "
    "read -r said <&3; [[ $said == *200* ]]"
)
"""A program for bash: of the kit nothing is left when it is asked last."""


def carry(kits: Path, engine: Path, platform: Platform) -> None:
    """Unpack an engine beside the kits, for a place outside of what a kit installs."""
    folder = kits / FOLDER
    folder.mkdir()
    unpack_engine(engine_file(engine), folder, HOME, platform.architecture)


def own_engine(server: BareServer, figures: Figures) -> None:
    """Install beside the server's own engine, and remove. Raises BareFailed where that one or what runs is touched."""
    server.must("cp", "-a", f"{KITS}/{FOLDER}", str(HOME))
    server.must(
        "sh", "-c", f'printf %s "$1" >/etc/systemd/system/docker.service; ln -s {HOME}/dockerd /usr/bin', "sh", _UNIT
    )
    _stops(server, "is installed and does not run")
    server.must("systemctl", "enable", "--now", "docker.service")
    server.must("sh", "-c", f"printf '#!/bin/sh\\necho {OLD}\\n' >/usr/bin/docker; chmod 755 /usr/bin/docker")
    _stops(server, f"Docker Engine {OLD} is too old")
    server.must("ln", "-sf", f"{HOME}/docker", "/usr/bin/docker")
    typed("sh first.run --check")
    if "runs here and is used" not in server.must(
        "sh", f"{KITS}/first.run", "--check", hear=lambda line: say("", line)
    ):
        raise BareFailed("it does not say that the server's own engine is used")
    process = server.must("systemctl", "show", "-p", "MainPID", "docker.service")
    typed("sh first.run --yes")
    with figures.timing("installed with its application, on the server's own engine, s"):
        server.must("sh", f"{KITS}/first.run", "--yes", hear=lambda line: say("", line))
    _serves(server)
    for path in (f"{TOP}/engine/*/dockerd", "/etc/systemd/system/buildsvc-engine.service"):
        if not server.run("sh", "-c", f"ls {path}").status:
            raise BareFailed(f"it brought an engine too: {path}")
    typed("sh first.run --remove --yes")
    server.must("sh", f"{KITS}/first.run", "--remove", "--yes", hear=lambda line: say("", line))
    _serves(server)
    if not server.run("test", "-e", TOP).status:
        raise BareFailed(f"it left {TOP}")
    if server.must("systemctl", "show", "-p", "MainPID", "docker.service") != process:
        raise BareFailed("the server's own engine was started anew")
    say("server", "the service is gone; its own engine and the application were not touched")


def _stops(server: BareServer, words: str) -> None:
    said = server.run("sh", f"{KITS}/first.run", "--yes")
    if said.status != REFUSED or words not in said.text or not server.run("test", "-e", TOP).status:
        raise BareFailed(f"it does not stop with '{words}': {said.status}, {said.text}")
    say("stops", words)


def _serves(server: BareServer) -> None:
    server.until("the application serves", "bash", "-c", _ASK, seconds=120)
