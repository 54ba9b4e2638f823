"""What docs/recipes.md says of Redis and Nginx, line by line, in containers."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from buildsvc.doors.cli.main import cli
from buildsvc.image.image_cache import ImageCache
from buildsvc.image.layout import Layout
from tests.recipe_containers import RecipeContainers, answers, ended, process_one, said, stopped
from tests.two_platforms import ARM64

pytestmark = [pytest.mark.engine, pytest.mark.long]
AARCH64 = 183
"""The machine of an ELF file for arm64."""


def test_redis_reads_the_file_that_the_command_names_and_is_not_root(containers: RecipeContainers) -> None:
    conf = {"/etc/x.conf": ("port 6380\nappendonly yes\n", 0o644)}
    redis = containers.start("redis", "redis-server", "/etc/x.conf", files=conf)
    assert answers(redis, "redis-cli", "-p", "6380", "ping") == "PONG\n"
    assert process_one(redis) == ("999", "redis-server")
    assert said(redis, "sh", "-c", "redis-cli -p 6380 -h $(hostname -i) ping")[1] == "PONG\n"
    assert said(redis, "stat", "-c", "%u", "/data/appendonlydir")[1] == "999\n"
    assert stopped(redis) == 0


def test_redis_keeps_the_protection_that_a_file_asks_for_and_takes_arguments(containers: RecipeContainers) -> None:
    conf = {"/etc/x.conf": ("protected-mode yes\n", 0o644)}
    guarded = containers.start("redis", "/etc/x.conf", files=conf)
    answers(guarded, "redis-cli", "ping")
    assert "DENIED" in said(guarded, "sh", "-c", "redis-cli -h $(hostname -i) ping")[1]
    with_password = containers.start("redis", "--requirepass", "secret", user="1234")
    assert answers(with_password, "redis-cli", "-a", "secret", "--no-auth-warning", "ping") == "PONG\n"
    assert process_one(with_password) == ("1234", "redis-server")
    assert ended(containers.start("redis", "sh", "-c", "echo other; exit 7")) == (7, "other\n")


def test_redis_takes_over_data_of_another_user_number(containers: RecipeContainers) -> None:
    volume = f"{containers.volume()}:/data"
    assert (
        ended(containers.start("redis", "sh", "-c", "echo a > /data/a; chown 10003 /data /data/a", volume=volume))[0]
        == 0
    )
    redis = containers.start("redis", volume=volume)
    answers(redis, "redis-cli", "set", "key", "value")
    assert said(redis, "stat", "-c", "%u", "/data", "/data/a")[1] == "999\n999\n"
    assert stopped(redis) == 0
    again = containers.start("redis", volume=volume)
    assert answers(again, "redis-cli", "get", "key") == "value\n"


def test_nginx_serves_its_folder_on_80_and_ends_by_its_own_signal(containers: RecipeContainers) -> None:
    page = {"/usr/share/nginx/html/page.html": ("my page", 0o644)}
    nginx = containers.start("nginx", files=page)
    assert answers(nginx, "curl", "-sf", "http://localhost/page.html") == "my page"
    assert process_one(nginx) == ("0", "nginx")
    workers = said(nginx, "sh", "-c", "ps -o user,args | grep '[w]orker process' | cut -d' ' -f1 | sort -u")[1]
    assert workers == "nginx\n"
    assert stopped(nginx) == 0
    assert '"GET /page.html HTTP/1.1" 200' in nginx.logs().decode()


@pytest.mark.parametrize("user", ["user www-data;", "user root;", "user nobody;", ""])
def test_an_nginx_conf_with_its_own_pid_and_user_is_taken_as_it_is(containers: RecipeContainers, user: str) -> None:
    conf = (
        f"{user}\npid /var/run/my.pid;\nload_module modules/ngx_stream_module.so;\nworker_processes 1;\n"
        "events { worker_connections 64; }\nhttp { include mime.types; server { listen 8081; return 200 own; } }\n"
        "stream { server { listen 8082; proxy_pass 127.0.0.1:8081; } }\n"
    )
    nginx = containers.start("nginx", files={"/etc/nginx/nginx.conf": (conf, 0o644)})
    assert answers(nginx, "curl", "-sf", "http://localhost:8082/") == "own"
    assert said(nginx, "cat", "/var/run/my.pid")[1] == "1\n"


def test_nginx_fills_templates_and_runs_what_lies_before_its_start(containers: RecipeContainers) -> None:
    files: dict[str, tuple[str | bytes, int]] = {
        "/etc/nginx/templates/default.conf.template": ("server { listen ${PORT}; return 200 $host-$GREETING; }", 0o644),
        "/docker-entrypoint.d/10-first.envsh": ("export GREETING=hello\n", 0o755),
        "/docker-entrypoint.d/30-last.sh": ("#!/bin/sh\ntouch /run/last\n", 0o755),
    }
    nginx = containers.start("nginx", files=files, environment={"PORT": "8083"})
    assert answers(nginx, "curl", "-sf", "http://localhost:8083/") == "localhost-hello"
    assert said(nginx, "test", "-e", "/run/last")[0] == 0


def test_an_image_is_made_for_arm_and_named_as_compose_files_name_it(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    (data / "tmp").mkdir(parents=True)
    (data / "tmp" / "packages").symlink_to(cache / "packages")
    monkeypatch.setenv("BUILDSVC_DATA", str(data))
    names = ["--name", "redis:6.2-alpine", "--name", "library/redis"]
    made = CliRunner().invoke(cli, ["image", "make", "redis", "--platform", "linux/arm64", *names])
    assert made.exit_code == 0, made.output
    store = Layout(data, data / "tmp")
    images = ImageCache(data / "images", store)
    found = images.find("redis:6.2-alpine", ARM64)
    assert found is not None
    latest = images.find("redis", ARM64)
    assert latest is not None
    assert latest.manifest == found.manifest
    server = b"".join(_content(store, layer.descriptor.digest, "usr/bin/redis-check-rdb") for layer in found.layers)
    assert server[:4] == b"\x7fELF"
    assert int.from_bytes(server[18:20], "little") == AARCH64


def _content(store: Layout, digest: str, path: str) -> bytes:
    with store.open(digest) as file, tarfile.open(fileobj=file) as archive:
        try:
            found = archive.extractfile(path)
        except KeyError:
            return b""
        return found.read() if found else b""
