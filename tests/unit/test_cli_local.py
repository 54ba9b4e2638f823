"""The server's commands that need neither service nor engine."""

from __future__ import annotations

import contextlib
import io
import json
import tarfile
from dataclasses import replace
from ipaddress import IPv4Network
from pathlib import Path

import pytest
from click.testing import CliRunner

from buildpacks.archives import tar_headers
from buildpacks.sentences.wording import Wording
from buildsvc.doors.checkup.examining import bases, described, gateway, inbox, own_buildpacks, reading, subnets
from buildsvc.doors.cli.main import cli
from buildsvc.engines.gateway import protocol
from buildsvc.image.bases import BaseCache
from buildsvc.image.digest import Descriptor
from buildsvc.image.layout import Layout
from buildsvc.image.types import BaseImage
from buildsvc.settings.reading import read
from tests import elves, forge
from tests.engine_site import fake_base
from tests.two_platforms import AMD64


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BUILDSVC_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def test_inspect_says_what_a_jar_is_and_what_it_needs(tmp_path: Path) -> None:
    jar = forge.write(tmp_path / "order-1.2.jar", forge.boot_jar(java=17))
    done = CliRunner().invoke(cli, ["inspect", str(jar)])
    assert done.exit_code == 0, done.output
    assert "spring-boot" in done.stdout
    assert "Java        17" in done.stdout
    told = json.loads(CliRunner().invoke(cli, ["inspect", str(jar), "--json"]).stdout)
    assert told["java"] == 17
    assert [layer["role"] for layer in told["layers"]][-1] == "application"


def test_inspect_shows_native_libraries_in_a_table_and_all_of_them_as_json(tmp_path: Path) -> None:
    one = elves.shared(versions={"libc.so.6": ("GLIBC_2.17",)})
    extra = {f"a/long/way/to/where/it/lies/number/{number}/libfoo.so": one for number in range(50)}
    jar = forge.write(
        tmp_path / "a.jar", forge.jar(extra={**extra, "libmusl.so": elves.shared(183, needed=("libc.musl-x.so",))})
    )
    done = CliRunner().invoke(cli, ["inspect", str(jar)])
    assert done.exit_code == 0, done.output
    rows = [line.split() for line in done.stdout.splitlines() if "libfoo.so" in line]
    assert rows[0][1:] == ["amd64", "glibc", "2.17", "4", "KB"]
    assert rows[0][0].endswith("/number/0/libfoo.so")
    assert len(rows[0][0]) <= 64
    assert "more (--json has all)" in done.stdout
    told = json.loads(CliRunner().invoke(cli, ["inspect", str(jar), "--json"]).stdout)
    assert len(told["native_libraries"]) == 51
    assert told["native_libraries"][-1]["libc"] == "musl"
    assert (
        "LIBRARY" not in CliRunner().invoke(cli, ["inspect", str(forge.write(tmp_path / "b.jar", forge.jar()))]).stdout
    )


def test_inspect_of_what_cannot_run_says_why_not(tmp_path: Path) -> None:
    jar = forge.write(tmp_path / "lib.jar", forge.library("demo.A"))
    done = CliRunner().invoke(cli, ["inspect", str(jar)])
    assert done.exit_code == 2
    assert "is not      spring-boot" in done.stdout
    assert "error: " in done.stderr


def test_build_without_a_base_says_how_to_get_one_and_leaves_no_file(tmp_path: Path) -> None:
    jar = forge.write(tmp_path / "order.jar", forge.jar())
    done = CliRunner().invoke(cli, ["build", str(jar), "-o", str(tmp_path / "out.tar"), "--platform", "linux/amd64"])
    assert done.exit_code == 2
    assert "buildsvc base make --java 17 --platform linux/amd64" in done.stderr
    assert not (tmp_path / "out.tar").exists()


def test_a_war_says_what_it_runs_on_and_how_to_get_that(tmp_path: Path) -> None:
    war = forge.write(tmp_path / "shop.war", forge.war("jakarta", version="6.1"))
    done = CliRunner().invoke(cli, ["inspect", str(war)])
    assert "runs on     Tomcat 11.0: 1 of its own classes and pages use jakarta.servlet" in done.stdout
    built = CliRunner().invoke(cli, ["build", str(war), "-o", str(tmp_path / "out.tar")])
    assert built.exit_code == 2
    assert "buildsvc base make --kind tomcat --release 11.0" in built.stderr


@pytest.mark.parametrize("options", [["--kind", "tomcat"], ["--release", "9.0"], ["--kind", "jre", "--release", "9.0"]])
def test_a_tomcat_is_made_by_its_release_and_nothing_else_is(options: list[str]) -> None:
    done = CliRunner().invoke(cli, ["base", "make", *options])
    assert done.exit_code == 2
    assert "--kind tomcat --release 10.1" in done.stderr


def test_base_add_of_nothing_is_refused() -> None:
    done = CliRunner().invoke(cli, ["base", "add", "absent.tar"])
    assert done.exit_code == 2
    assert "absent.tar" in done.stderr


def test_backup_without_a_site_says_so(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["backup", str(tmp_path / "b.tar")])
    assert done.exit_code == 2
    assert not (tmp_path / "b.tar").exists()


def test_a_pool_that_the_host_routes_elsewhere_is_bad() -> None:
    pool = (IPv4Network("10.213.0.0/16"),)
    assert subnets(pool, (IPv4Network("10.0.0.0/8"),)).verdict == "bad"
    assert subnets(pool, (IPv4Network("10.213.4.0/22"), IPv4Network("192.168.0.0/24"))).verdict == "ok"


def test_missing_bases_are_bad_and_say_how_to_make_them(data: Path) -> None:
    found = list(bases(BaseCache(data / "bases", Layout(data, data / "tmp")), AMD64))
    assert [finding.verdict for finding in found] == ["bad", "bad"]
    assert found[0].remedy == "buildsvc base make --java 17 --platform linux/amd64"


def test_a_reader_that_takes_a_tar_that_was_made_to_be_slow_is_bad(monkeypatch: pytest.MonkeyPatch) -> None:
    assert reading().verdict == "ok"
    careless = io.BytesIO()
    with tarfile.open(fileobj=careless, mode="w") as empty:
        monkeypatch.setattr(tar_headers, "opened", lambda *_: contextlib.nullcontext(empty))
        monkeypatch.setattr(empty, "getmembers", list)
        assert reading().verdict == "bad"


def gateway_image(layout: Layout, labels: dict[str, str] | None) -> BaseImage:
    layout.prepare()
    told = json.dumps({"config": {"Labels": labels}}).encode()
    base = fake_base("buildsvc/base:gateway")
    return replace(base, image=replace(base.image, config=Descriptor("", layout.add_bytes(told), len(told))))


@pytest.mark.parametrize(
    ("labels", "verdict"),
    [({protocol.LABEL: str(protocol.VERSION)}, "ok"), ({protocol.LABEL: "1"}, "warn"), (None, "warn")],
)
def test_a_gateway_image_that_is_older_than_buildsvc_is_a_warning_with_the_way_out(
    data: Path, labels: dict[str, str] | None, verdict: str
) -> None:
    layout = Layout(data, data / "tmp")
    found = gateway([gateway_image(layout, labels)], BaseCache(data / "bases", layout), AMD64)
    assert found.verdict == verdict
    assert ("base make --kind gateway" in found.remedy) is (verdict == "warn")


def test_a_gateway_image_whose_configuration_is_lost_is_bad(data: Path) -> None:
    layout = Layout(data, data / "tmp")
    assert gateway([fake_base("buildsvc/base:gateway")], BaseCache(data / "bases", layout), AMD64).verdict == "bad"


def test_what_the_engine_warns_of_is_a_warning() -> None:
    assert described("seccomp", Wording("engine-warning.clone3")).verdict == "warn"
    assert described("engine", "docker 28.5").verdict == "ok"


def test_an_inbox_that_is_not_there_is_a_warning(tmp_path: Path) -> None:
    assert inbox(tmp_path / "nowhere").verdict == "warn"
    assert inbox(tmp_path).verdict == "ok"


ACME = b"""
name = "acme"
description = "what Acme packs"
before = "war"
[match]
entries = ["acme.txt"]
[[layer]]
role = "application"
whole = "/app/acme.jar"
[launch]
jar = "/app/acme.jar"
"""


def test_buildpacks_are_listed_in_order_with_what_they_stand_in_front_of(data: Path) -> None:
    forge.write(data / "buildpacks" / "acme.toml", ACME)
    done = CliRunner().invoke(cli, ["buildpacks"])
    assert done.exit_code == 0, done.output
    rows = [line.split() for line in done.stdout.splitlines()]
    assert [row[0] for row in rows] == ["NAME", "spring-boot", "acme", "war", "quarkus", "thin-app", "distribution",
                                        "executable-jar"]  # fmt: skip
    assert rows[2] == ["acme", f"{data}/buildpacks/acme.toml", "war,", "quarkus,", "thin-app,", "distribution,",
                       "executable-jar", "what", "Acme", "packs"]  # fmt: skip
    assert rows[3][:4] == ["war", "built", "in", "-"]


def test_a_broken_buildpack_is_listed_with_its_fault_and_the_exit_status_says_so(tmp_path: Path) -> None:
    forge.write(tmp_path / "own" / "acme.toml", ACME.replace(b"[match]", b"[mach]"))
    done = CliRunner().invoke(cli, ["buildpacks", "--buildpacks", str(tmp_path / "own")])
    assert done.exit_code == 1
    assert "acme.toml: mach is not a known key. Did you mean match?" in done.stderr
    told = json.loads(CliRunner().invoke(cli, ["buildpacks", "--buildpacks", str(tmp_path / "own"), "--json"]).stdout)
    assert told[0]["name"] == "spring-boot"
    assert (told[-1]["file"], told[-1]["fault"]["code"]) == (f"{tmp_path}/own/acme.toml", "bad-buildpack")


def test_inspect_says_which_one_takes_it_which_could_and_what_failed(tmp_path: Path, data: Path) -> None:
    forge.write(data / "buildpacks" / "acme.toml", ACME)
    forge.write(data / "buildpacks" / "bad.py", b"NAME = 'bad'\ndef recognise(a): 1/0\ndef plan(a): ...\n")
    jar = forge.write(tmp_path / "order.jar", forge.jar(extra={"acme.txt": b""}))
    done = CliRunner().invoke(cli, ["inspect", str(jar)])
    assert done.exit_code == 0, done.output
    assert "is          acme: it has acme.txt" in done.stdout
    assert "could be    executable-jar: " in done.stdout
    assert "is not      war: " in done.stdout
    assert f"failed      bad: {data}/buildpacks/bad.py, line 2: recognise raised ZeroDivisionError" in done.stdout
    assert "warning: The buildpack acme" in done.stderr
    assert "takes it away from the built-in executable-jar" in done.stderr
    elsewhere = CliRunner().invoke(cli, ["inspect", str(jar), "--buildpacks", str(tmp_path)])
    assert "is          executable-jar: " in elsewhere.stdout


def test_doctor_names_buildpacks_that_are_broken_or_whose_folder_is_not_there(data: Path, tmp_path: Path) -> None:
    given = {"BUILDSVC_DATA": str(data)}
    assert list(own_buildpacks(read(given))) == []
    forge.write(data / "buildpacks" / "acme.toml", ACME)
    forge.write(data / "buildpacks" / "bad.py", b"")
    fine, bad = own_buildpacks(read(given))
    assert (fine.verdict, fine.text) == ("ok", f"the site's own in {data}/buildpacks: acme")
    assert (bad.verdict, bad.text) == ("bad", f"{data}/buildpacks/bad.py has no NAME.")
    (absent,) = own_buildpacks(read({**given, "BUILDSVC_BUILDPACKS": str(tmp_path / "absent")}))
    assert absent.verdict == "bad"


def test_inspect_prints_the_bill_of_materials_of_a_file(tmp_path: Path) -> None:
    library = forge.library("a.A", maven=("org.a", "a", "1"), attributes={"Bundle-License": "MIT"})
    jar = forge.write(tmp_path / "order-1.2.jar", forge.boot_jar(libraries={"a-1.jar": library}, web=False))
    told = json.loads(CliRunner().invoke(cli, ["inspect", "--sbom", str(jar)]).stdout)
    assert [one["name"] for one in told["components"]] == ["a", "spring-boot"]
    assert told["metadata"]["timestamp"] == "2024-05-17T10:20:30+00:00"
    listed = CliRunner().invoke(cli, ["inspect", "--licences", str(jar)]).stdout
    assert [" ".join(line.split()) for line in listed.splitlines()][1:] == [
        "MIT 1 a 1",
        "(not stated) 1 spring-boot 3.2.5",
    ]


def test_the_settings_in_force_are_shown_with_where_they_come_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUILDSVC_WORKERS", "3")
    done = CliRunner().invoke(cli, ["settings"])
    assert done.exit_code == 0, done.output
    assert ["BUILDSVC_WORKERS", "3", "the", "environment"] in [row.split() for row in done.stdout.splitlines()]
    told = json.loads(CliRunner().invoke(cli, ["settings", "--json"]).stdout)
    assert {"name": "BUILDSVC_STREAMS", "value": "500", "place": "default"} in told


@pytest.mark.parametrize(("name", "value"), [("BUILDSVC_WORKERS", "many"), ("BUILDSVC_WORKER", "3")])
def test_a_bad_or_unknown_setting_is_told_after_the_list(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    done = CliRunner().invoke(cli, ["settings"])
    assert done.exit_code == 2
    assert "BUILDSVC_STREAMS" in done.stdout
    assert f"error: The setting {name} of the environment" in done.stderr
    assert "hint: " in done.stderr
