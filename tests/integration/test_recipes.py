"""What docs/recipes.md says of MariaDB, PostgreSQL, Redis and Nginx, line by line, in containers."""

from __future__ import annotations

import dataclasses
import io
import tarfile
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import docker
import pytest
from docker.models.containers import Container

from buildsvc.image import tarball
from scripts.made import MadeBases
from tests.waiting import until

pytestmark = [pytest.mark.engine, pytest.mark.long]
PATIENCE = 90.0
DROPPED = ["NET_RAW", "MKNOD"]
"""What image components have not, of Docker's usual capabilities."""


class Workshop:
    """Starts containers of recipes as buildsvc starts image components; takes all of it away at the end."""

    def __init__(self, engine: docker.DockerClient, bases: MadeBases) -> None:
        self._engine, self._bases = engine, bases
        self._containers: list[Container] = []
        self._tags: dict[str, str] = {}
        self._volumes: list[str] = []

    def tag(self, recipe: str) -> str:
        if recipe not in self._tags:
            tag = f"recipes-{recipe}:{uuid.uuid4().hex}"
            image = dataclasses.replace(self._bases.get(recipe).image, reference=tag)
            # The client hands on what it gets, so that pieces are fine too.
            pieces: Any = tarball.write(self._bases.layout, image)
            self._engine.images.load(pieces)
            self._tags[recipe] = tag
        return self._tags[recipe]

    def volume(self) -> str:
        made = self._engine.volumes.create(f"recipes-{uuid.uuid4().hex}")
        self._volumes.append(str(made.name))
        return str(made.name)

    def start(
        self,
        recipe: str,
        *command: str,
        files: Mapping[str, tuple[str | bytes, int]] | None = None,
        volume: str = "",
        **how: Any,
    ) -> Container:
        """`files` by path: content and mode; `volume` is a volume's name, a colon and a folder."""
        name, _, folder = volume.partition(":")
        mounts = {name: {"bind": folder, "mode": "rw"}} if name else {}
        container = self._engine.containers.create(
            self.tag(recipe),
            list(command) or None,
            cap_drop=DROPPED,
            security_opt=["no-new-privileges"],
            volumes=mounts,
            **how,
        )
        self._containers.append(container)
        container.put_archive("/", _archive(files or {}))
        container.start()
        return container

    def close(self) -> None:
        for container in self._containers:
            container.remove(force=True, v=True)
        for volume in self._volumes:
            self._engine.volumes.get(volume).remove()
        for tag in self._tags.values():
            self._engine.images.remove(tag)


def _archive(files: Mapping[str, tuple[str | bytes, int]]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path, (content, mode) in files.items():
            data = content.encode() if isinstance(content, str) else content
            info = tarfile.TarInfo(path.lstrip("/"))
            info.size, info.mode = len(data), mode
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


@pytest.fixture(scope="module")
def workshop(engine_client: docker.DockerClient, bases: MadeBases) -> Iterator[Workshop]:
    made = Workshop(engine_client, bases)
    yield made
    made.close()


def said(container: Container, *command: str) -> tuple[int, str]:
    done: Any = container.exec_run(list(command))
    return done.exit_code, done.output.decode()


def answers(container: Container, *command: str) -> str:
    """What a command in it prints, as soon as it succeeds."""

    def look() -> tuple[int, str] | None:
        container.reload()
        assert container.status == "running", container.logs().decode()[-2000:]
        done = said(container, *command)
        return done if done[0] == 0 else None

    found = until(look, PATIENCE)
    assert found
    return found[1]


def ended(container: Container) -> tuple[int, str]:
    """Exit status and log of one that ends by itself."""
    status = container.wait(timeout=PATIENCE)["StatusCode"]
    return int(status), container.logs().decode()


def stopped(container: Container) -> int:
    """The exit status after the engine's stop, which must be heard: a kill would be 137."""
    container.stop(timeout=60)
    return int(container.wait()["StatusCode"])


def process_one(container: Container) -> tuple[str, str]:
    """The user and the name of process 1."""
    _, line = said(container, "sh", "-c", "cut -d: -f2 /proc/1/status | sed -n '1p;9p' | tr '\\n' ' '")
    name, user = line.split()[:2]
    return user, name


def test_redis_reads_the_file_that_the_command_names_and_is_not_root(workshop: Workshop) -> None:
    conf = {"/etc/x.conf": ("port 6380\nappendonly yes\n", 0o644)}
    redis = workshop.start("redis", "redis-server", "/etc/x.conf", files=conf)
    assert answers(redis, "redis-cli", "-p", "6380", "ping") == "PONG\n"
    assert process_one(redis) == ("999", "redis-server")
    assert said(redis, "sh", "-c", "redis-cli -p 6380 -h $(hostname -i) ping")[1] == "PONG\n"
    assert said(redis, "stat", "-c", "%u", "/data/appendonlydir")[1] == "999\n"
    assert stopped(redis) == 0


def test_redis_keeps_the_protection_that_a_file_asks_for_and_takes_arguments(workshop: Workshop) -> None:
    conf = {"/etc/x.conf": ("protected-mode yes\n", 0o644)}
    guarded = workshop.start("redis", "/etc/x.conf", files=conf)
    answers(guarded, "redis-cli", "ping")
    assert "DENIED" in said(guarded, "sh", "-c", "redis-cli -h $(hostname -i) ping")[1]
    with_password = workshop.start("redis", "--requirepass", "secret", user="1234")
    assert answers(with_password, "redis-cli", "-a", "secret", "--no-auth-warning", "ping") == "PONG\n"
    assert process_one(with_password) == ("1234", "redis-server")
    assert ended(workshop.start("redis", "sh", "-c", "echo other; exit 7")) == (7, "other\n")


def test_redis_takes_over_data_of_another_user_number(workshop: Workshop) -> None:
    volume = f"{workshop.volume()}:/data"
    assert (
        ended(workshop.start("redis", "sh", "-c", "echo a > /data/a; chown 10003 /data /data/a", volume=volume))[0] == 0
    )
    redis = workshop.start("redis", volume=volume)
    answers(redis, "redis-cli", "set", "key", "value")
    assert said(redis, "stat", "-c", "%u", "/data", "/data/a")[1] == "999\n999\n"
    assert stopped(redis) == 0
    again = workshop.start("redis", volume=volume)
    assert answers(again, "redis-cli", "get", "key") == "value\n"


def test_nginx_serves_its_folder_on_80_and_ends_by_its_own_signal(workshop: Workshop) -> None:
    page = {"/usr/share/nginx/html/page.html": ("my page", 0o644)}
    nginx = workshop.start("nginx", files=page)
    assert answers(nginx, "curl", "-sf", "http://localhost/page.html") == "my page"
    assert process_one(nginx) == ("0", "nginx")
    workers = said(nginx, "sh", "-c", "ps -o user,args | grep '[w]orker process' | cut -d' ' -f1 | sort -u")[1]
    assert workers == "nginx\n"
    assert stopped(nginx) == 0
    assert '"GET /page.html HTTP/1.1" 200' in nginx.logs().decode()


@pytest.mark.parametrize("user", ["user www-data;", "user root;", "user nobody;", ""])
def test_an_nginx_conf_with_its_own_pid_and_user_is_taken_as_it_is(workshop: Workshop, user: str) -> None:
    conf = (
        f"{user}\npid /var/run/my.pid;\nload_module modules/ngx_stream_module.so;\nworker_processes 1;\n"
        "events { worker_connections 64; }\nhttp { include mime.types; server { listen 8081; return 200 own; } }\n"
        "stream { server { listen 8082; proxy_pass 127.0.0.1:8081; } }\n"
    )
    nginx = workshop.start("nginx", files={"/etc/nginx/nginx.conf": (conf, 0o644)})
    assert answers(nginx, "curl", "-sf", "http://localhost:8082/") == "own"
    assert said(nginx, "cat", "/var/run/my.pid")[1] == "1\n"


def test_nginx_fills_templates_and_runs_what_lies_before_its_start(workshop: Workshop) -> None:
    files: dict[str, tuple[str | bytes, int]] = {
        "/etc/nginx/templates/default.conf.template": ("server { listen ${PORT}; return 200 $host-$GREETING; }", 0o644),
        "/docker-entrypoint.d/10-first.envsh": ("export GREETING=hello\n", 0o755),
        "/docker-entrypoint.d/30-last.sh": ("#!/bin/sh\ntouch /run/last\n", 0o755),
    }
    nginx = workshop.start("nginx", files=files, environment={"PORT": "8083"})
    assert answers(nginx, "curl", "-sf", "http://localhost:8083/") == "localhost-hello"
    assert said(nginx, "test", "-e", "/run/last")[0] == 0
