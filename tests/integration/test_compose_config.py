"""A Compose file means here what it means to Compose: both read forged files that have every key, and are compared."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from buildpacks.errors import Refused
from buildsvc.compose import Source, parse, spec_keys
from tests import compose_config, compose_corpus, compose_program

CACHE = Path(__file__).parents[2] / ".cache"
HERE_ONLY = {"x-buildsvc"}
ASKS_OTHERWISE = {"volumes_from"}
"""Written out here, and left to the engine by Compose: it has a test of its own."""


@pytest.fixture(scope="session")
def compose() -> Path:
    return compose_program.program(CACHE)


def laid_out(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    return folder


def compared(compose: Path, folder: Path, tmp: Path, *files: str) -> list[str]:
    parsed = parse(Source(folder, files[0], more=files[1:]), tmp=tmp)
    return compose_config.differences(compose_config.config(compose, folder, *files), parsed, folder)


def test_the_corpus_has_every_key_that_is_understood() -> None:
    known = {*spec_keys.SERVICE, *spec_keys.WITHOUT_EFFECT} - HERE_ONLY - ASKS_OTHERWISE
    assert known - set(compose_corpus.SERVICES) == set()
    assert set(spec_keys.SERVICE_REFUSED) == set(compose_corpus.REFUSED)


def test_every_key_is_understood_as_compose_does(compose: Path, tmp_path: Path) -> None:
    text, _ = compose_corpus.whole()
    folder = laid_out(tmp_path / "forged", {**compose_corpus.FILES, "compose.yaml": text})
    assert compared(compose, folder, tmp_path, "compose.yaml") == []


@pytest.mark.parametrize("key", sorted(compose_corpus.REFUSED))
def test_what_compose_takes_and_nobody_here_can_is_told_by_its_name(compose: Path, tmp_path: Path, key: str) -> None:
    more = "models: {llm: {model: ai/m}}\n" if key == "models" else ""
    text = f"services:\n  a:\n    image: i\n    {compose_corpus.REFUSED[key]}\n{more}"
    folder = laid_out(tmp_path / "refused", {"compose.yaml": text})
    assert "a" in compose_config.config(compose, folder, "compose.yaml")["services"]
    with pytest.raises(Refused) as caught:
        parse(Source(folder, "compose.yaml"), tmp=tmp_path)
    assert f"line 4: services.a.{key}" in caught.value.message
    assert caught.value.hint


LAID_OVER = {
    "a.yaml": """
services:
  web:
    image: one
    command: [a, b]
    environment: [A=1, B=2]
    ports: ["80:80", "81:81"]
    volumes: ["./x:/x", "data:/data"]
    labels: {a: "1"}
    depends_on: [db]
    networks: [front]
    dns: 9.9.9.9
  db: {image: db, ports: ["90:90"], environment: {P: q}}
networks: {front: , back: }
volumes: {data: }
""",
    "b.yaml": """
services:
  web:
    image: two
    command: c
    environment: {B: 3, C: 4}
    ports: ["82:82"]
    volumes: ["other:/data", "./y:/y"]
    labels: [b=2]
    depends_on: {cache: {condition: service_healthy}}
    networks: {back: {aliases: [w]}}
    dns: [1.1.1.1]
  db: {ports: !reset [], environment: !override {X: y}}
  cache: {image: redis, healthcheck: {test: [CMD, ping]}}
volumes: {other: }
""",
}


def test_a_second_file_is_laid_over_the_first_as_compose_does(compose: Path, tmp_path: Path) -> None:
    folder = laid_out(tmp_path / "pair", LAID_OVER)
    assert compared(compose, folder, tmp_path, "a.yaml", "b.yaml") == []


RANGES = """
services:
  web:
    image: web
    ports: ["9100-9101:80-81", "127.0.0.1:9200-9201:90-91/udp", "4500-4502", {target: 70, published: "7000"}]
    expose: ["60-62", "59/udp"]
  many: {image: many, ports: ["80", "8080/udp"], deploy: {replicas: 3}}
  scaled: {image: scaled, scale: 2, expose: [1]}
  none: {image: none, scale: 0}
"""


def test_ranges_of_ports_and_replicas_are_what_they_are_to_compose(compose: Path, tmp_path: Path) -> None:
    folder = laid_out(tmp_path / "ranges", {"compose.yaml": RANGES})
    assert compared(compose, folder, tmp_path, "compose.yaml") == []


def test_windows_line_ends_change_nothing(compose: Path, tmp_path: Path) -> None:
    crlf = {name: text.replace("\n", "\r\n") for name, text in LAID_OVER.items()}
    folder = laid_out(tmp_path / "crlf", {**crlf, ".env": "A=b\r\nC=d\r\n"})
    assert compared(compose, folder, tmp_path, "a.yaml", "b.yaml") == []


INCLUDING = {
    "compose.yaml": """
include: [sub/one.yaml, {path: other/two.yaml, project_directory: other, env_file: other/two.env}]
services:
  web: {image: web, depends_on: [one, two], volumes_from: ["one:ro"]}
""",
    "sub/one.yaml": """
services: {one: {image: "one:${TAG}", volumes: ["./d:/d", "vol:/v"], env_file: one.env}}
volumes: {vol: }
""",
    "sub/.env": "TAG=7\n",
    "sub/one.env": "ONE=1\n",
    "other/two.yaml": 'services: {two: {extends: {file: base.yaml, service: b}, image: "two:${TAG}"}}\n',
    "other/base.yaml": "services: {b: {extends: a, environment: [B=1]}, a: {image: a, environment: [A=1]}}\n",
    "other/two.env": "TAG=8\n",
}


def test_included_and_extended_files_are_read_as_compose_does(compose: Path, tmp_path: Path) -> None:
    folder = laid_out(tmp_path / "including", INCLUDING)
    whole = compose_config.config(compose, folder, "compose.yaml")
    parsed = parse(Source(folder, "compose.yaml"), tmp=tmp_path)
    found = compose_config.differences(whole, parsed, folder)
    web = parsed.application.component("web")
    assert web is not None
    assert sorted((mount.target, mount.read_only) for mount in web.mounts) == [("/d", True), ("/v", True)]
    assert [line for line in found if not line.startswith("web.mounts")] == []


@pytest.mark.parametrize(
    "text",
    [
        "services: {a: {image: i, extends: b}, b: {image: i, extends: a}}\n",
        "services: {a: {image: i, depends_on: [b]}, b: {image: i, profiles: [p]}}\n",
        "services: {a: {image: i, links: [b]}}\n",
        "services: {a: {image: i, ports: ['80-82:80-81']}}\n",
        "services: {a: {image: i, networks: [n]}}\n",
    ],
)
def test_what_compose_refuses_is_refused(compose: Path, tmp_path: Path, text: str) -> None:
    folder = laid_out(tmp_path / "wrong", {"compose.yaml": text})
    with pytest.raises(subprocess.CalledProcessError):
        compose_config.config(compose, folder, "compose.yaml")
    with pytest.raises(Exception, match="services") as caught:
        parse(Source(folder, "compose.yaml"), tmp=tmp_path)
    assert type(caught.value).__name__ == "Refused"
