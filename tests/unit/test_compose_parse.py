"""The whole of a Compose file: what becomes of each key."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path
from typing import Any

import pytest

from buildpacks.errors import Refused
from buildsvc.compose import Parsed, Source, parse
from buildsvc.model.application import (
    CommandCheck,
    Component,
    Dependency,
    HttpCheck,
    JarSettings,
    Limits,
    Logging,
    Mount,
    Network,
    Port,
    Secret,
    Volume,
)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    return folder


def read(folder: Path, text: str, *, project: str | None = None, env: dict[str, str] | None = None) -> Parsed:
    tmp = folder.parent / "tmp"
    tmp.mkdir(exist_ok=True)
    (folder / "compose.yaml").write_text(text, encoding="utf-8")
    return parse(Source(folder, "compose.yaml", env or {}), tmp=tmp, project=project)


def service(folder: Path, body: str, *, more: str = "", image: str = "image: nginx:1") -> Component:
    """The component `web` made of the given lines."""
    lines = "\n".join(f"    {line}" for line in [image, *body.splitlines()])
    found = read(folder, f"services:\n  web:\n{lines}\n{more}").application.component("web")
    assert found is not None
    return found


def jar(folder: Path, body: str, *, more: str = "") -> Component:
    return service(folder, body, more=more, image="x-buildsvc: {}")


def refusal(folder: Path, body: str, *, image: str = "image: nginx:1", more: str = "") -> Refused:
    with pytest.raises(Refused) as caught:
        service(folder, body, image=image, more=more)
    return caught.value


def members(parsed: Parsed, mount: Mount) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    with tarfile.open(parsed.contents[mount.source]) as tar:
        for member in tar:
            file = tar.extractfile(member)
            found[member.name] = b"" if file is None else file.read()
    return found


def test_the_smallest_jar_component_has_all_the_defaults(shop: Path) -> None:
    parsed = read(shop, "services:\n  order:\n    x-buildsvc:\n")
    assert parsed.application.name == "shop"
    assert parsed.application.components == (
        Component("order", jar=JarSettings("order"), networks=(("default", ()),), restart="unless-stopped"),
    )
    assert parsed.application.networks == (Network("default", "shop_default"),)
    assert parsed.application.volumes == ()
    assert (parsed.secrets, parsed.contents, parsed.warnings) == ({}, {}, ())


def test_every_setting_of_x_buildsvc_is_read(shop: Path) -> None:
    text = """
services:
  order:
    x-buildsvc:
      artifact: order-service
      java: 17
      health: {path: /actuator/health, port: 8081}
      ports: [9090, 8080/http, "7070/tcp"]
      drain: 10s
      soak: 1m30s
      deadline: 10m
      strategy: stop-first
      layers: learned
      natives: require
      chown: true
      context: /shop
      timezone: Asia/Shanghai
      locale: zh-cn
      may_end: 1
"""
    assert read(shop, text).application.components[0].jar == JarSettings(
        artifact="order-service",
        java=17,
        health=HttpCheck("/actuator/health", 8081),
        ports=((9090, None), (8080, "http"), (7070, "tcp")),
        drain=10.0,
        soak=90.0,
        deadline=600.0,
        strategy="stop-first",
        layers="learned",
        natives="require",
        chown=True,
        context="/shop",
        timezone="Asia/Shanghai",
        locale="zh_CN",
        may_end=1,
    )


def test_health_may_be_a_path_alone_and_ports_a_mapping(shop: Path) -> None:
    found = service(shop, "x-buildsvc: {health: /up, ports: {8080: http, 9090: }}", image="")
    assert found.jar == JarSettings("web", health=HttpCheck("/up"), ports=((8080, "http"), (9090, None)))


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("{soke: 1s}", "unknown-key"),
        ("{soak: 60}", "wrong-value"),
        ("{java: new}", "wrong-type"),
        ("{layers: finest}", "wrong-value"),
        ("{natives: requre}", "wrong-value"),
        ("{strategy: stopfirst}", "wrong-value"),
        ("{health: up}", "wrong-value"),
        ("{health: {port: 1}}", "missing-key"),
        ("{ports: [8080-8090]}", "port-range"),
        ("{ports: [53/udp]}", "udp-refused"),
        ("{chown: maybe}", "wrong-type"),
        ("{context: shop/}", "wrong-value"),
        ("{timezone: Asia/Shanghi}", "wrong-value"),
        ("{locale: chinese}", "wrong-value"),
        ("{may_end: -1}", "wrong-value"),
        ("{may_end: often}", "wrong-type"),
        ("[order]", "wrong-type"),
    ],
)
def test_a_wrong_setting_of_x_buildsvc_is_refused(shop: Path, written: str, code: str) -> None:
    assert refusal(shop, f"x-buildsvc: {written}", image="").code == code


@pytest.mark.parametrize("key", ["image: a", "entrypoint: java", "privileged: true", "build: ."])
def test_what_has_no_place_in_a_jar_component_is_refused_with_a_hint(shop: Path, key: str) -> None:
    error = refusal(shop, key, image="x-buildsvc: {}")
    assert f"services.web.{key.partition(':')[0]}" in error.message
    assert error.hint


def test_a_service_without_image_and_without_x_buildsvc_is_refused(shop: Path) -> None:
    error = refusal(shop, "command: run", image="")
    assert "services.web has no image" in error.message
    assert "x-buildsvc" in error.hint


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('"8080:80"', Port(80, 8080)),
        ("8080:80", Port(80, 8080)),
        ("22:22", Port(22, 22)),
        ("80", Port(80)),
        ('"127.0.0.1:8080:80"', Port(80, 8080, "127.0.0.1")),
        ('"127.0.0.1::80"', Port(80, None, "127.0.0.1")),
        ('"53:53/udp"', Port(53, 53, "", "udp")),
        (
            "{target: 80, published: 8080, host_ip: 10.0.0.1, protocol: tcp, mode: host, name: web}",
            Port(80, 8080, "10.0.0.1"),
        ),
        ('{target: 80, published: "8080"}', Port(80, 8080)),
        ("{target: 80}", Port(80)),
    ],
)
def test_a_port_is_read_in_every_syntax(shop: Path, written: str, expected: Any) -> None:
    assert service(shop, f"ports:\n- {written}").ports == (expected,)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("3000-3005", "port-range"),
        ('"3000-3005:3000-3005"', "port-range"),
        ("{target: 80, published: 8000-8010}", "port-range"),
        ("99999", "wrong-value"),
        ("http", "wrong-value"),
        ('"1.2.3:80:80"', "wrong-value"),
        ('"80:80/sctp"', "wrong-value"),
        ("{published: 80}", "missing-key"),
        ("{target: 80, publish: 8080}", "unknown-key"),
        ("{target: 80, app_protocol: http}", "unsupported-key"),
        ("[80]", "wrong-type"),
    ],
)
def test_a_port_that_cannot_be_is_refused(shop: Path, written: str, code: str) -> None:
    error = refusal(shop, f"ports:\n- {written}")
    assert error.code == code
    assert "services.web.ports[0]" in error.message


def test_udp_is_refused_before_a_gateway_only(shop: Path) -> None:
    assert refusal(shop, 'ports: ["53:53/udp"]', image="x-buildsvc: {}").code == "udp-refused"
    assert refusal(shop, 'expose: ["53/udp"]', image="x-buildsvc: {}").code == "udp-refused"
    assert service(shop, 'expose: ["53/udp", 80]').expose == (53, 80)


def test_two_components_cannot_publish_the_same_port(shop: Path) -> None:
    text = 'services:\n  a: {image: x, ports: ["80:80"]}\n  b: {image: x, ports: ["127.0.0.1:80:8080"]}\n'
    with pytest.raises(Refused, match=r"services.b publishes port 80, and so does services.a") as caught:
        read(shop, text)
    assert caught.value.code == "port-taken"
    read(shop, text.replace('"80:80"', '"127.0.0.2:80:80"'))


def test_environment_is_a_mapping_or_a_list_and_keeps_texts_as_they_were_written(shop: Path) -> None:
    found = service(shop, "environment: {A: 1.10, B: true, D: yes, E: ''}").environment
    assert found == (("A", "1.10"), ("B", "true"), ("D", "yes"), ("E", ""))
    assert service(shop, "environment: [A=1=2, B=]").environment == (("A", "1=2"), ("B", ""))


@pytest.mark.parametrize("written", ["{WHO: }", "[WHO]"])
def test_a_key_without_value_takes_that_of_the_variable(shop: Path, written: str) -> None:
    text = f"services:\n  web:\n    image: a\n    environment: {written}\n"
    assert read(shop, text, env={"WHO": "me"}).application.components[0].environment == (("WHO", "me"),)
    with pytest.raises(Refused, match="WHO") as caught:
        read(shop, text)
    assert caught.value.code == "unset-variable"


def test_values_that_look_secret_are_kept_apart(shop: Path) -> None:
    text = "services:\n  db:\n    image: a\n    environment: {DB_PASSWORD: hush, API_KEY: k, KEYBOARD: us, U: root}\n"
    parsed = read(shop, text)
    assert parsed.application.components[0].environment == (
        ("API_KEY", Secret("db/API_KEY")),
        ("DB_PASSWORD", Secret("db/DB_PASSWORD")),
        ("KEYBOARD", "us"),
        ("U", "root"),
    )
    assert parsed.secrets == {"db/API_KEY": "k", "db/DB_PASSWORD": "hush"}
    assert "hush" not in repr(parsed.application)


def test_env_files_are_secrets_and_environment_wins_over_them(shop: Path) -> None:
    (shop / "a.env").write_text("A=1\nB=2\n")
    (shop / "b.env").write_text("B=3\n")
    for written in (
        "[a.env, b.env]",
        "[{path: a.env}, {path: b.env, required: true}, {path: no.env, required: false}]",
    ):
        parsed = read(shop, f"services:\n  x:\n    image: i\n    env_file: {written}\n    environment: {{A: plain}}\n")
        assert parsed.application.components[0].environment == (("A", "plain"), ("B", Secret("x/B")))
        assert parsed.secrets == {"x/B": "3"}
    assert service(shop, "env_file: a.env").environment == (("A", Secret("web/A")), ("B", Secret("web/B")))


@pytest.mark.parametrize(
    ("written", "code"), [("no.env", "missing-file"), ("/etc/passwd", "bad-path"), ("../x", "bad-path")]
)
def test_an_env_file_that_is_not_there_or_outside_is_refused(shop: Path, written: str, code: str) -> None:
    assert refusal(shop, f"env_file: {written}").code == code


def test_a_broken_env_file_is_refused_with_its_line(shop: Path) -> None:
    (shop / "a.env").write_text("A=1\n\nnot a value\n")
    error = refusal(shop, "env_file: a.env")
    assert error.code == "bad-env-file"
    assert "a.env, line 3" in error.message


def test_volumes_binds_and_tmpfs_become_mounts(shop: Path) -> None:
    found = service(
        shop,
        """volumes:
- data:/var/lib/data
- data:/ro:ro
- /srv/files:/files
- /anonymous
- {type: volume, source: data, target: /long, read_only: true}
- {type: bind, source: /srv, target: /srv, bind: {create_host_path: true}}
- {type: tmpfs, target: /scratch, tmpfs: {size: 64m}}
tmpfs: [/run, "/tmp:size=1m"]""",
        more="volumes: {data: }",
    )
    assert found.mounts == (
        Mount("volume", "data", "/var/lib/data"),
        Mount("volume", "data", "/ro", read_only=True),
        Mount("bind", "/srv/files", "/files"),
        Mount("volume", "", "/anonymous"),
        Mount("volume", "data", "/long", read_only=True),
        Mount("bind", "/srv", "/srv"),
        Mount("tmpfs", "", "/scratch", tmpfs_size=64 * 1024**2),
        Mount("tmpfs", "", "/run"),
        Mount("tmpfs", "", "/tmp", tmpfs_size=1024**2),
    )


def test_a_relative_bind_becomes_read_only_content(shop: Path) -> None:
    (shop / "conf" / "sub").mkdir(parents=True)
    (shop / "conf" / "a.conf").write_text("one")
    (shop / "conf" / "sub" / "run.sh").write_text("two")
    text = "services:\n  x:\n    image: i\n    volumes: ['./conf:/etc/x:ro', './conf/a.conf:/b.conf:ro,z']\n"
    parsed = read(shop, text)
    folder, file = parsed.application.components[0].mounts
    assert (folder.kind, folder.target, folder.read_only) == ("content", "/etc/x", True)
    assert members(parsed, folder) == {
        ".": b"",
        "a.conf": b"one",
        "sub": b"",
        "sub/run.sh": b"two",
    }
    assert members(parsed, file) == {"b.conf": b"one"}
    os.utime(shop / "conf" / "a.conf", (1, 1))
    assert read(shop, text).application == parsed.application


def test_a_relative_bind_that_is_not_read_only_is_warned_of(shop: Path) -> None:
    (shop / "data").mkdir()
    parsed = read(shop, "services:\n  x:\n    image: i\n    restart: always\n    volumes: ['./data:/data']\n")
    assert parsed.application.components[0].mounts[0].read_only
    assert len(parsed.warnings) == 1
    assert "./data becomes a read-only copy" in parsed.warnings[0]
    assert "named volume" in parsed.warnings[0]


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("data:/x", "unknown-volume"),
        ("conf/a:/x", "unknown-volume"),
        ("./nothing:/x", "missing-file"),
        ("../../outside:/x", "bad-path"),
        ("~/x:/x", "bad-path"),
        ("'C:\\data:/x'", "bad-path"),
        ("C:/data:/x", "bad-path"),
        ("relative", "bad-path"),
        ("/a:relative", "bad-path"),
        ("/a:/b:rx", "wrong-value"),
        ("/a:/b:ro:z", "wrong-value"),
        ("{type: npipe, source: a, target: /b}", "wrong-value"),
        ("{source: a, target: /b}", "missing-key"),
        ("{type: volume, source: /a, target: /b}", "wrong-value"),
        ("{type: bind, source: /a, target: /b, bind: {propagation: shared}}", "unsupported-key"),
        ("{type: bind, source: /a, targt: /b}", "bad-compose"),
    ],
)
def test_a_mount_that_cannot_be_is_refused(shop: Path, written: str, code: str) -> None:
    assert refusal(shop, f"volumes:\n- {written}").code == code


def test_two_mounts_on_one_target_are_refused(shop: Path) -> None:
    assert refusal(shop, "volumes: ['/a:/x', '/b:/x']").code == "double-mount"


def test_a_link_that_leads_outside_of_what_was_sent_is_refused(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("secret of the server")
    (shop / "link").symlink_to(tmp_path / "outside")
    assert refusal(shop, "volumes: ['./link:/x:ro']").code == "bad-path"


def test_a_link_below_a_folder_that_leads_outside_is_refused(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("secret of the server")
    (shop / "conf").mkdir()
    (shop / "conf" / "link").symlink_to(tmp_path / "outside")
    assert refusal(shop, "volumes: ['./conf:/x:ro']").code == "bad-path"


def test_configs_and_secrets_become_content(shop: Path) -> None:
    (shop / "c.txt").write_text("c")
    text = """
services:
  x:
    image: i
    configs: [one, {source: two, target: /etc/two, mode: 0440, uid: "10", gid: 20}]
    secrets: [pass, {source: pass, target: other}]
configs: {one: {file: ./c.txt}, two: {content: "hi ${WHO}"}}
secrets: {pass: {environment: WHO}}
"""
    parsed = read(shop, text, env={"WHO": "me"})
    mounts = parsed.application.components[0].mounts
    assert [m.target for m in mounts] == ["/one", "/etc/two", "/run/secrets/pass", "/run/secrets/other"]
    assert [members(parsed, m) for m in mounts] == [
        {"one": b"c"},
        {"two": b"hi me"},
        {"pass": b"me"},
        {"other": b"me"},
    ]
    with tarfile.open(parsed.contents[mounts[1].source]) as tar:
        (only,) = tar.getmembers()
    assert (only.mode, only.uid, only.gid) == (0o440, 10, 20)


@pytest.mark.parametrize(
    ("body", "more", "code"),
    [
        ("configs: [one]", "configs: {won: {content: a}}", "unknown-file"),
        ("secrets: [one]", "secrets: {one: {external: true}}", "unsupported-key"),
        ("secrets: [one]", "secrets: {one: {file: no.txt}}", "missing-file"),
        ("secrets: [one]", "secrets: {one: {environment: NOT_SET}}", "unset-variable"),
        ("configs: [one]", "configs: {one: }", "missing-key"),
        ("configs: [{source: one, target: ../../x}]", "configs: {one: {content: a}}", "bad-path"),
    ],
)
def test_a_config_or_secret_that_cannot_be_is_refused(shop: Path, body: str, more: str, code: str) -> None:
    assert refusal(shop, body, more=more).code == code


def test_networks_are_joined_and_named_as_compose_does(shop: Path) -> None:
    text = """
services:
  a: {image: i, networks: [back]}
  b: {image: i, networks: {back: {aliases: [db]}, front: , old: }}
  c: {image: i}
networks:
  back: {internal: true, driver: bridge, labels: {x: y}}
  front: {name: dmz}
  old: {external: true}
  idle:
"""
    parsed = read(shop, text)
    assert parsed.application.networks == (
        Network("back", "shop_back", internal=True, labels=(("x", "y"),)),
        Network("default", "shop_default"),
        Network("front", "dmz"),
        Network("old", "old", external=True),
    )
    assert [c.networks for c in parsed.application.components] == [
        (("back", ()),),
        (("back", ("db",)), ("front", ()), ("old", ())),
        (("default", ()),),
    ]
    assert any("networks.idle" in warning for warning in parsed.warnings)


def test_the_default_network_may_be_named(shop: Path) -> None:
    parsed = read(shop, "services: {a: {image: i}}\nnetworks: {default: {name: lan, external: true}}\n")
    assert parsed.application.networks == (Network("default", "lan", external=True),)


def test_an_address_plan_in_the_file_is_refused_with_the_setting_to_use(shop: Path) -> None:
    error = refusal(shop, "networks: [n]", more="networks: {n: {ipam: {config: [{subnet: 10.0.0.0/24}]}}}")
    assert error.code == "unsupported-key"
    assert "BUILDSVC_SUBNETS" in error.hint


@pytest.mark.parametrize(
    ("body", "more", "code"),
    [
        ("networks: [bakc]", "networks: {back: }", "unknown-network"),
        ("networks: [n]", "networks: {n: {driver: overlay}}", "wrong-value"),
        ("networks: {n: {ipv4_address: 10.0.0.1}}", "networks: {n: }", "unsupported-key"),
        ("networks: [n]", "networks: {n: {external: true, internal: true}}", "wrong-value"),
    ],
)
def test_a_network_that_cannot_be_is_refused(shop: Path, body: str, more: str, code: str) -> None:
    assert refusal(shop, body, more=more).code == code


def test_volumes_are_named_as_compose_does(shop: Path) -> None:
    text = """
services: {a: {image: i, volumes: ["v:/v", "w:/w", "x:/x"]}}
volumes:
  v: {driver: local, driver_opts: {type: nfs}, labels: [l=1]}
  w: {name: own}
  x: {external: true, name: theirs}
  idle:
"""
    parsed = read(shop, text)
    assert parsed.application.volumes == (
        Volume("v", "shop_v", driver="local", driver_options=(("type", "nfs"),), labels=(("l", "1"),)),
        Volume("w", "own"),
        Volume("x", "theirs", external=True),
    )
    assert any("volumes.idle" in warning for warning in parsed.warnings)


def test_depends_on_is_a_list_or_a_mapping(shop: Path) -> None:
    others = "  db: {image: i}\n  init: {image: i}\n"
    assert service(shop, "depends_on: [db]", more=others).depends_on == (Dependency("db"),)
    written = """depends_on:
  db: {condition: service_healthy}
  init: {condition: service_completed_successfully, required: false}
  gone: {condition: service_started, required: false}"""
    assert service(shop, written, more=others).depends_on == (
        Dependency("db", "service_healthy"),
        Dependency("init", "service_completed_successfully", required=False),
    )


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("[dbb]", "unknown-service"),
        ("[web]", "circle"),
        ("[db]", "circle"),
        ("{db: {condition: healthy}}", "bad-compose"),
        ("{jar: {condition: service_completed_successfully}}", "wrong-value"),
        ("{jar: {restart: true}}", "unsupported-key"),
        ("db", "wrong-type"),
    ],
)
def test_a_dependency_that_cannot_be_is_refused(shop: Path, written: str, code: str) -> None:
    more = "  db: {image: i, depends_on: [web]}\n  jar: {x-buildsvc: }\n"
    if written in {"[dbb]", "[web]", "db"} or "jar" in written:
        more = more.replace(", depends_on: [web]", "")
    assert refusal(shop, f"depends_on: {written}", more=more).code == code


def test_a_circle_of_dependencies_is_named(shop: Path) -> None:
    text = "\n".join(["services:", *(f"  {a}: {{image: i, depends_on: [{b}]}}" for a, b in ("ab", "bc", "ca"))])
    with pytest.raises(Refused, match="a -> b -> c -> a"):
        read(shop, text)


@pytest.mark.parametrize(
    ("written", "expected", "disabled"),
    [
        ("{test: redis-cli ping}", CommandCheck(("sh", "-c", "redis-cli ping")), False),
        ("{test: [CMD, redis-cli, ping]}", CommandCheck(("redis-cli", "ping")), False),
        ("{test: [CMD-SHELL, a || b]}", CommandCheck(("sh", "-c", "a || b")), False),
        ("{test: [NONE]}", None, True),
        ("{disable: true}", None, True),
        (
            "{test: [CMD, x], interval: 5s, timeout: 500ms, retries: 7, start_period: 1m}",
            CommandCheck(("x",), 5.0, 0.5, 7, 60.0),
            False,
        ),
    ],
)
def test_a_healthcheck_is_read_in_every_form(shop: Path, written: str, expected: Any, disabled: bool) -> None:
    found = service(shop, f"healthcheck: {written}")
    assert (found.healthcheck, found.healthcheck_disabled) == (expected, disabled)


@pytest.mark.parametrize("written", ["{interval: 5s}", "{test: [redis-cli]}", "{test: [CMD, x], interval: 5}"])
def test_a_healthcheck_that_cannot_be_is_refused(shop: Path, written: str) -> None:
    assert "services.web.healthcheck" in refusal(shop, f"healthcheck: {written}").message


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("no", ("no", 0)),
        ('"no"', ("no", 0)),
        ("always", ("always", 0)),
        ("on-failure", ("on-failure", 0)),
        ("on-failure:3", ("on-failure", 3)),
        ("unless-stopped", ("unless-stopped", 0)),
    ],
)
def test_restart_is_read(shop: Path, written: str, expected: Any) -> None:
    found = service(shop, f"restart: {written}")
    assert (found.restart, found.restart_retries) == expected


def test_an_image_component_without_restart_is_as_in_compose_and_warned_of(shop: Path) -> None:
    text = """
services:
  db: {image: i}
  init: {image: i}
  web: {image: i, restart: always, depends_on: {init: {condition: service_completed_successfully}}}
"""
    parsed = read(shop, text)
    assert [c.restart for c in parsed.application.components] == ["no", "no", "always"]
    assert [w.split()[0] for w in parsed.warnings] == ["services.db"]


def test_a_restart_that_is_unknown_is_refused_with_a_suggestion(shop: Path) -> None:
    error = refusal(shop, "restart: unles-stopped")
    assert error.hint == "Did you mean unless-stopped?"


def test_limits_are_read_from_both_places(shop: Path) -> None:
    expected = Limits(memory=512 * 1024**2, memory_reservation=256 * 1024**2, cpus=1.5, pids=100)
    limits = "limits: {memory: 512m, cpus: '1.5', pids: 100}"
    new = f"deploy: {{replicas: 1, resources: {{{limits}, reservations: {{memory: 256M}}}}}}"
    assert service(shop, new).limits == expected
    assert service(shop, "mem_limit: 512mb\nmem_reservation: 268435456\ncpus: 1.5\npids_limit: 100").limits == expected
    assert service(shop, "mem_limit: 1g\ndeploy: {resources: {limits: {memory: 1g}}}").limits == Limits(memory=1024**3)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("mem_limit: 1g\ndeploy: {resources: {limits: {memory: 2g}}}", "wrong-value"),
        ("deploy: {replicas: 2}", "replicas"),
        ("scale: 3", "replicas"),
        ("deploy: {placement: {}}", "unsupported-key"),
        ("deploy: {resources: {limit: {}}}", "unknown-key"),
        ("deploy: {resources: {reservations: {devices: []}}}", "unsupported-key"),
        ("mem_limit: lots", "wrong-value"),
        ("cpus: -1", "wrong-type"),
    ],
)
def test_limits_that_cannot_be_are_refused(shop: Path, written: str, code: str) -> None:
    assert refusal(shop, written).code == code


def test_the_rest_of_a_service_is_read(shop: Path) -> None:
    found = service(
        shop,
        """command: run --name "two words"
entrypoint: [/bin/tini, --]
labels: {team: a, n: 1}
user: "1000:1000"
logging: {driver: json-file, options: {max-size: 10m}}
ulimits: {nproc: 100, nofile: {soft: 10, hard: 20}}
extra_hosts: ["db:10.0.0.1", "me=host-gateway"]
hostname: h
working_dir: /w
stop_signal: SIGINT
stop_grace_period: 1m
init: true
read_only: true
cap_add: [NET_ADMIN]
cap_drop: [ALL]
privileged: true
shm_size: 64m
sysctls: {net.core.somaxconn: 1024}
expose: ["80", 81]""",
    )
    assert found == Component(
        "web",
        image="nginx:1",
        command=("run", "--name", "two words"),
        entrypoint=("/bin/tini", "--"),
        labels=(("n", "1"), ("team", "a")),
        user="1000:1000",
        logging=Logging("json-file", (("max-size", "10m"),)),
        ulimits=(("nofile", 10, 20), ("nproc", 100, 100)),
        extra_hosts=(("db", "10.0.0.1"), ("me", "host-gateway")),
        hostname="h",
        working_dir="/w",
        stop_signal="SIGINT",
        stop_grace_period=60.0,
        init=True,
        read_only=True,
        cap_add=("NET_ADMIN",),
        cap_drop=("ALL",),
        privileged=True,
        shm_size=64 * 1024**2,
        sysctls=(("net.core.somaxconn", "1024"),),
        expose=(80, 81),
        networks=(("default", ()),),
        restart="no",
    )


def test_command_of_a_jar_component_is_kept_as_the_programs_arguments(shop: Path) -> None:
    assert jar(shop, "command: --spring.profiles.active=prod --x").command == ("--spring.profiles.active=prod", "--x")


@pytest.mark.parametrize(
    "key",
    [
        "build: .",
        "container_name: x",
        "profiles: [a]",
        "extends: {service: a}",
        "network_mode: host",
        "links: [a]",
        "devices: [a]",
        "platform: linux/amd64",
        "pull_policy: always",
    ],
)
def test_a_key_of_compose_that_is_not_supported_is_refused_with_a_hint(shop: Path, key: str) -> None:
    error = refusal(shop, key)
    assert error.code == "unsupported-key"
    assert f"services.web.{key.partition(':')[0]} is not supported" in error.message
    assert error.hint


def test_include_is_refused_with_a_hint(shop: Path) -> None:
    with pytest.raises(Refused, match="include is not supported") as caught:
        read(shop, "include: [a.yaml]\nservices: {a: {image: i}}\n")
    assert "services of the included file" in caught.value.hint


def test_labels_with_reserved_prefixes_are_refused(shop: Path) -> None:
    assert refusal(shop, "labels: {com.docker.compose.project: x}").code == "reserved-label"


@pytest.mark.parametrize(
    ("text", "project", "expected"),
    [
        ("name: billing\n", None, "billing"),
        ("name: billing\n", "other", "billing"),
        ("", "other", "other"),
        ("", None, "shop"),
        ("name: ${STAGE:-x}-y\n", None, "x-y"),
    ],
)
def test_the_application_is_named_by_the_file_then_the_caller_then_the_folder(
    shop: Path, text: str, project: str | None, expected: Any
) -> None:
    assert read(shop, text + "services: {a: {image: i}}\n", project=project).application.name == expected


def test_a_folders_name_is_normalised_as_compose_does(tmp_path: Path) -> None:
    folder = tmp_path / "_My Shop 2.0"
    folder.mkdir()
    assert read(folder, "services: {a: {image: i}}\n").application.name == "myshop20"


def test_a_folder_whose_name_gives_none_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "订单"
    folder.mkdir()
    with pytest.raises(Refused, match="订单") as caught:
        read(folder, "services: {a: {image: i}}\n")
    assert "name:" in caught.value.hint


@pytest.mark.parametrize("name", ["Shop", "-a", "a b"])
def test_a_bad_application_name_is_refused(shop: Path, name: str) -> None:
    with pytest.raises(Refused) as caught:
        read(shop, f"name: '{name}'\nservices: {{a: {{image: i}}}}\n")
    assert caught.value.code == "bad-name"


@pytest.mark.parametrize("text", ["name: a\n", "services: {}\n", "services:\n"])
def test_a_file_without_services_is_refused(shop: Path, text: str) -> None:
    with pytest.raises(Refused, match="no services"):
        read(shop, text)


def test_the_file_is_named_when_it_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"no\.yaml") as caught:
        parse(Source(tmp_path, "no.yaml"), tmp=tmp_path)
    assert caught.value.code == "no-compose-file"
