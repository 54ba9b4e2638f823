"""Keys that real systems' files have: names, links, builds, the host's network, replicas, lines that start java."""

from __future__ import annotations

from pathlib import Path

import pytest

from buildpacks.errors import Refused
from buildsvc.compose import Parsed, Source, gather, parse, unpack
from buildsvc.engines.docker.containers import image_container
from buildsvc.model.application import Component, Dependency, Port
from tests.compose_files import warnings_of


def read(folder: Path, text: str, *more: str) -> Parsed:
    (folder / "compose.yaml").write_text(text, encoding="utf-8")
    return parse(Source(folder, "compose.yaml", more=more), tmp=folder, project="shop")


def named(parsed: Parsed, name: str) -> Component:
    found = parsed.application.component(name)
    assert found is not None
    return found


def test_container_name_and_image_and_build_may_stand_beside_x_buildsvc_and_are_said_once(tmp_path: Path) -> None:
    text = "services: {order: {x-buildsvc: {}, build: ., image: a, container_name: shop-order}}\n"
    parsed = read(tmp_path, text)
    order = named(parsed, "order")
    assert (order.is_jar, order.image, order.naming.container) == (True, None, "shop-order")
    said = "\n".join(warnings_of(parsed))
    assert said.count("image has no effect here: the component is made of the jar that is pushed to it (order).") == 1
    assert said.count("build has no effect here") == 1
    assert "the gateway of order answers to shop-order too" in said


def test_two_services_cannot_have_one_container_name(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"container_name is x1, and so is that of services\.a") as caught:
        read(tmp_path, "services: {a: {image: i, container_name: x1}, b: {image: i, container_name: x1}}\n")
    assert caught.value.code == "container-name-taken"


def test_links_are_for_the_linking_component_and_imply_depends_on(tmp_path: Path) -> None:
    text = "services: {a: {image: i, links: ['b:database', b], external_links: [c]}, b: {image: j}}\n"
    a = named(read(tmp_path, text), "a")
    assert a.naming.links == (("b", "database"), ("b", "b"))
    assert a.naming.external_links == (("c", "c"),)
    assert a.depends_on == (Dependency("b"),)


BUILT = "services: {gate: {build: {context: ./gate, dockerfile: dockerfile}}, db: {build: ./db}}\n"


def built(folder: Path) -> None:
    (folder / "gate").mkdir()
    (folder / "gate" / "dockerfile").write_text(
        "FROM openjdk\nARG X=1\nCOPY ./jar/shop-gate-1.2-SNAPSHOT.jar /app.jar\n"
    )
    (folder / "db").mkdir()
    (folder / "db" / "Dockerfile").write_text("FROM mysql:5.7\nADD *.sql /docker-entrypoint-initdb.d/\n")


def test_a_build_whose_folder_names_a_jar_is_a_jar_component_and_any_other_is_an_image(tmp_path: Path) -> None:
    built(tmp_path)
    parsed = read(tmp_path, BUILT)
    gate, db = named(parsed, "gate"), named(parsed, "db")
    assert gate.jar is not None
    assert gate.jar.artifact == "shop-gate"
    assert (db.is_jar, db.image) == (False, "shop-db")
    assert any("docker build -t shop-db ./db" in warning for warning in warnings_of(parsed))


def test_a_jar_that_lies_in_a_build_folder_is_known_to_the_server_and_stays_at_home(tmp_path: Path) -> None:
    built(tmp_path)
    (tmp_path / "db" / "target").mkdir()
    (tmp_path / "db" / "target" / "db-2.0.jar").write_bytes(b"x" * 1000)
    (tmp_path / "compose.yaml").write_text(BUILT)
    there = tmp_path / "there"
    there.mkdir()
    with gather(tmp_path / "compose.yaml") as stream:
        source = unpack(stream, there)
    assert list(there.rglob("*.jar")) == []
    db = named(parse(source, tmp=tmp_path), "db")
    assert db.jar is not None
    assert db.jar.artifact == "db"


def test_a_build_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"names '\./gate', which is not there") as caught:
        read(tmp_path, "services: {gate: {build: ./gate}}\n")
    assert caught.value.code == "missing-file"


def test_a_jar_component_on_the_hosts_network_is_published_by_its_gateway(tmp_path: Path) -> None:
    text = """
services:
  order:
    x-buildsvc: {}
    network_mode: host
    environment: {SERVER_PORT: 9201, DB_URL: "jdbc:mysql://127.0.0.1:3306/x"}
  db: {image: mysql, network_mode: host, restart: always}
"""
    parsed = read(tmp_path, text)
    order, db = named(parsed, "order"), named(parsed, "db")
    assert (order.host.network, order.ports, order.networks) == (None, (Port(9201, 9201),), (("default", ()),))
    assert (db.host.network, db.networks) == ("host", ())
    (said,) = warnings_of(parsed)
    assert "publishes 9201" in said
    assert "DB_URL name this host by localhost" in said


@pytest.mark.parametrize(
    ("body", "arguments", "options"),
    [
        ("entrypoint: [java, -Xmx1g, -jar, /app.jar, --a]", ("--a",), "-Xmx1g"),
        ("entrypoint: java -jar app.jar\ncommand: [--b]", ("--b",), None),
        ("command: sh -c 'sleep 5 && java $JAVA_OPTS -Dx=y -jar app.jar --c; exit'", ("--c",), "-Dx=y"),
        ("entrypoint: [/wait-for-it.sh, 'db:3306']", None, None),
        ("command: --d", ("--d",), None),
    ],
)
def test_a_line_that_starts_java_gives_arguments_and_options(
    tmp_path: Path, body: str, arguments: tuple[str, ...] | None, options: str | None
) -> None:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    order = named(read(tmp_path, f"services:\n  order:\n    x-buildsvc: {{}}\n{lines}"), "order")
    assert order.command == arguments
    assert dict(order.environment).get("JAVA_OPTS") == options


def test_each_replica_publishes_the_next_port_of_a_range(tmp_path: Path) -> None:
    text = "services: {a: {image: i, ports: ['9100-9105:80', '81', '127.0.0.1:9200-9201:90-91'], scale: 1}}\n"
    ports = [(one.published, one.target) for one in named(read(tmp_path, text), "a").ports]
    assert ports == [(9100, 80), (None, 81), (9200, 90), (9201, 91)]
    three = "services: {a: {image: i, ports: ['9100-9105:80', '81'], scale: 3}}\n"
    parsed = read(tmp_path, three)
    made = [image_container(parsed.application, named(parsed, "a"), {}, number) for number in (1, 2, 3)]
    bound = [one.body["HostConfig"]["PortBindings"] for one in made]
    assert [one["80/tcp"] for one in bound] == [
        [{"HostIp": "", "HostPort": "9100"}],
        [{"HostIp": "", "HostPort": "9101"}],
        [{"HostIp": "", "HostPort": "9102"}],
    ]
    assert {len(one["81/tcp"]) for one in bound} == {1}
    with pytest.raises(Refused, match="is 3, and one port of the host is for one of them"):
        read(tmp_path, three.replace("9100-9105", "9100-9101"))


def test_replicas_are_kept_for_images_and_told_for_jars(tmp_path: Path) -> None:
    text = "services: {a: {image: i, scale: 3, restart: always}, b: {x-buildsvc: {}, deploy: {replicas: 2}}}\n"
    parsed = read(tmp_path, text)
    assert (named(parsed, "a").replicas, named(parsed, "b").replicas) == (3, 1)
    assert warnings_of(parsed) == ("services.b.deploy.replicas is 2: on one host b runs once.",)


def test_a_variable_that_is_not_set_is_empty_and_told_once_with_every_place(tmp_path: Path) -> None:
    text = "services: {a: {image: i, restart: always, environment: {A: '${NO}', B: 'x${NO}'}}}\n"
    parsed = read(tmp_path, text)
    assert named(parsed, "a").environment == (("A", ""), ("B", "x"))
    (said,) = warnings_of(parsed)
    assert said.startswith("The variable NO is not set, and is empty in services.a.environment.A, services.a.environ")


def test_a_file_laid_over_that_was_not_sent_is_never_read(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "outside.yaml").write_text("services: {b: {image: stolen}}\n")
    with pytest.raises(Refused) as caught:
        read(inside, "services: {a: {image: i}}\n", "../outside.yaml")
    assert caught.value.code == "bad-path"
    with pytest.raises(Refused, match="outside of what was sent"):
        read(inside, "include: [../outside.yaml]\nservices: {a: {image: i}}\n")
    with pytest.raises(Refused, match="outside of what was sent"):
        read(inside, "services: {a: {extends: {file: ../outside.yaml, service: b}}}\n")


def test_included_extended_and_laid_over_files_are_sent_along(tmp_path: Path) -> None:
    home = tmp_path / "home" / "docker"
    home.mkdir(parents=True)
    (tmp_path / "home" / "common").mkdir()
    (tmp_path / "home" / "common" / "base.yaml").write_text("services: {b: {image: based, env_file: b.env}}\n")
    (tmp_path / "home" / "common" / "b.env").write_text("B=1\n")
    (home / "more.yaml").write_text("services: {c: {image: c}}\n")
    (home / "over.yaml").write_text("services: {a: {environment: [A=1]}}\n")
    text = "include: [more.yaml]\nservices: {a: {extends: {file: ../common/base.yaml, service: b}}}\n"
    (home / "compose.yaml").write_text(text)
    there = tmp_path / "there"
    there.mkdir()
    with gather(home / "compose.yaml", more=[home / "over.yaml"]) as stream:
        source = unpack(stream, there)
    parsed = parse(source, tmp=tmp_path)
    assert (parsed.application.name, [one.image for one in parsed.application.components]) == ("docker", ["based", "c"])
    assert parsed.secrets == {"a/B": "1"}
    assert named(parsed, "a").environment[0] == ("A", "1")
    sent = sorted(path.relative_to(there).as_posix() for path in there.rglob("*") if path.is_file())
    assert len(sent) == 5


def test_a_folder_whose_name_has_an_ending_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "default.conf").write_text("x")
    mounts = "['./conf.d:/etc/nginx/conf.d', './absent.d:/etc/absent.d', './app.cfg/:/app.cfg']"
    found = named(read(tmp_path, f"services: {{a: {{image: i, volumes: {mounts}}}}}\n"), "a").mounts
    assert [(one.kind, one.source, bool(one.seed)) for one in found] == [
        ("volume", "./conf.d", True),
        ("volume", "./absent.d", False),
        ("volume", "./app.cfg", False),
    ]
