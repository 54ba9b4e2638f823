"""Mounts, configs, secrets, networks and volumes of a Compose file."""

from __future__ import annotations

import os
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from buildsvc.model.application import (
    Mount,
    Network,
    Volume,
)
from tests.compose_files import members, read, refusal, service, warnings_of


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    return folder


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


def test_a_relative_folder_that_is_written_is_kept_on_the_site_whether_it_is_there_or_not(shop: Path) -> None:
    (shop / "data").mkdir()
    (shop / "data" / "first").write_text("one")
    mounts = "['./data:/data', './logs/x/:/logs', '~/m:/m']"
    text = f"services:\n  x:\n    image: i\n    restart: always\n    volumes: {mounts}\n"
    parsed = read(shop, text)
    data, logs, home = parsed.application.components[0].mounts
    assert (data.kind, data.source, data.read_only) == ("volume", "./data", False)
    assert members(parsed, replace(data, source=data.seed)) == {".": b"", "first": b"one"}
    assert logs == Mount("volume", "./logs/x", "/logs")
    assert home == Mount("volume", "~/m", "/m")
    assert [volume.key for volume in parsed.application.volumes] == ["./data", "./logs/x", "~/m"]
    assert len({volume.name for volume in parsed.application.volumes}) == 3
    assert warnings_of(parsed) == ("Kept as writable folders of the site, made when absent: ./data, ./logs/x, ~/m.",)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("data:/x", "unknown-volume"),
        ("conf/a:/x", "unknown-volume"),
        ("./nothing.conf:/x.conf", "missing-file"),
        ("~/nothing.conf:/x.conf", "missing-file"),
        ("../../outside:/x", "bad-path"),
        ("'C:\\data:/x'", "bad-path"),
        ("C:/data:/x", "bad-path"),
        ("relative", "bad-path"),
        ("/a:relative", "bad-path"),
        ("/a:/b:rx", "wrong-value"),
        ("/a:/b:ro:z", "wrong-value"),
        ("{type: npipe, source: a, target: /b}", "wrong-value"),
        ("{source: a, target: /b}", "missing-key"),
        ("{type: volume, source: /a, target: /b}", "wrong-value"),
        ("{type: bind, source: /a, target: /b, bind: {propagate: shared}}", "unknown-key"),
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
    assert any("networks.idle" in warning for warning in warnings_of(parsed))


def test_the_default_network_may_be_named(shop: Path) -> None:
    parsed = read(shop, "services: {a: {image: i}}\nnetworks: {default: {name: lan, external: true}}\n")
    assert parsed.application.networks == (Network("default", "lan", external=True),)


def test_an_address_plan_in_the_file_is_kept(shop: Path) -> None:
    plan = "networks: {n: {ipam: {config: [{subnet: 10.5.0.0/16, gateway: 10.5.0.1}]}}}"
    parsed = read(shop, f"services: {{a: {{image: i, networks: {{n: {{ipv4_address: 10.5.0.9}}}}}}}}\n{plan}\n")
    assert parsed.application.networks == (Network("n", "shop_n", subnet="10.5.0.0/16"),)
    assert parsed.application.components[0].naming.addresses == (("n", "10.5.0.9"),)
    assert "ipam.gateway has no effect here: only the subnet is taken over (n)." in warnings_of(parsed)


@pytest.mark.parametrize(
    ("body", "more", "code"),
    [
        ("networks: [bakc]", "networks: {back: }", "unknown-network"),
        ("networks: [n]", "networks: {n: {driver: macvlan}}", "wrong-value"),
        ("networks: {n: {ipv4_address: 10.0.0}}", "networks: {n: }", "wrong-value"),
        ("networks: [n]", "networks: {n: {ipam: {config: [{subnet: 10.0.0.1/99}]}}}", "wrong-value"),
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
    assert any("volumes.idle" in warning for warning in warnings_of(parsed))
