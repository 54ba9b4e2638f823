"""What containers are made from, compared whole, with no engine."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from buildsvc.engines.base import RollOut
from buildsvc.engines.docker import containers, labels, old_seccomp
from buildsvc.engines.docker.attaching import Attachment
from buildsvc.engines.docker.components import in_order
from buildsvc.engines.docker.inspected import moment
from buildsvc.engines.docker.instances import lines
from buildsvc.engines.docker.load import complaint, is_containerd, shared
from buildsvc.image.digest import Descriptor
from buildsvc.image.types import Image, Layer
from buildsvc.model.application import (
    Application,
    Component,
    Dependency,
    JarSettings,
    Limits,
    Mount,
    Network,
    Placement,
    Port,
    SlotAddresses,
    Volume,
)
from buildsvc.model.site_parts import HostUse
from tests.two_platforms import AMD64

PLACED = Placement({"default": ("10.1.0.0/22", "10.1.0.0/23")}, {"order": {"default": SlotAddresses("g", "b", "n")}})
ORDER = Component(
    "order",
    jar=JarSettings("order"),
    ports=(Port(8080, 80, "0.0.0.0"),),
    networks=(("default", ("orders",)), ("office", ())),
    mounts=(Mount("volume", "data", "/data"), Mount("content", "ab" * 32, "/conf")),
    limits=Limits(memory=2**29, cpus=1.5, pids=100),
)
SPEC = RollOut(
    deployment="0190a1b2-0000-7000-8000-0123456789ab",
    application="shop",
    component=ORDER,
    placement=PLACED,
    release=7,
    image_reference="buildsvc/shop-order:7",
    command=("java", "-cp", "x", "Main"),
    environment={"B": "2", "A": "1"},
    user="10001:10001",
    contents={},
    networks=(Network("office", "office-lan", external=True),),
    volumes=(Volume("data", "shop_data"),),
)


def test_an_instance_whole() -> None:
    made = containers.instance(SPEC, "green")
    assert made.name == "buildsvc-shop-order-23456789ab"
    assert made.attachments == (
        Attachment("shop_default", "n", ()),
        Attachment("office-lan", None, ("buildsvc-shop-order-green",)),
    )
    assert made.body == {
        "Image": "buildsvc/shop-order:7",
        "Entrypoint": ["java", "-cp", "x", "Main"],
        "Cmd": [],
        "Env": ["A=1", "B=2"],
        "User": "10001:10001",
        "OpenStdin": False,
        "Healthcheck": {"Test": ["NONE"]},
        "HostConfig": {
            "LogConfig": {"Type": "json-file", "Config": {"max-size": "20m", "max-file": "3"}},
            "Mounts": [
                {"Target": "/data", "ReadOnly": False, "Type": "volume", "Source": "shop_data"},
                {"Target": "/conf", "ReadOnly": True, "Type": "volume", "Source": "buildsvc-content-abababababab"},
            ],
            "ExtraHosts": [
                "order:n",
                "order.shop_default:n",
                "orders:n",
                "orders.shop_default:n",
                "order.office-lan:n",
            ],
            "Ulimits": [],
            "Sysctls": {},
            "CapAdd": [],
            "CapDrop": ["ALL"],
            "Privileged": False,
            "ReadonlyRootfs": False,
            "Init": False,
            "Memory": 2**29,
            "NanoCpus": 1_500_000_000,
            "PidsLimit": 100,
            "RestartPolicy": {"Name": "no", "MaximumRetryCount": 0},
            "SecurityOpt": ["no-new-privileges:true"],
        },
        "Labels": {
            "io.buildsvc.application": "shop",
            "io.buildsvc.component": "order",
            "io.buildsvc.role": "instance",
            "io.buildsvc.slot": "green",
            "io.buildsvc.release": "7",
            "io.buildsvc.deployment": SPEC.deployment,
            "io.buildsvc.spec": made.spec,
        },
    }


def test_what_an_instance_is_made_of_tells_values_apart_and_not_deployments() -> None:
    made = containers.instance(SPEC, "green").spec
    again = replace(SPEC, deployment="0199c2f4-7c0e-7d11-9a55-ffffffffffff")
    assert containers.instance(again, "green").spec == made
    assert containers.instance(replace(SPEC, environment={"A": "other", "B": "2"}), "green").spec != made
    assert containers.instance(replace(SPEC, command=("java", "Other")), "green").spec != made


def application(component: Component = ORDER) -> Application:
    return Application("shop", (component,), (Network("default", "shop_default"),))


def test_a_gateway_owns_the_name_the_address_and_the_published_ports() -> None:
    made = containers.gateway_container(application(), ORDER, PLACED, "gw:1", "10002:10002")
    assert made.attachments[0] == Attachment("shop_default", "g", ("order", "orders"))
    assert made.body["HostConfig"]["PortBindings"] == {"8080/tcp": [{"HostIp": "0.0.0.0", "HostPort": "80"}]}
    assert made.body["StopSignal"] == "SIGUSR1"
    assert made.body["HostConfig"]["Sysctls"] == {"net.ipv4.ip_unprivileged_port_start": "0"}


def test_a_gateway_s_spec_changes_with_its_ports_and_not_with_its_image() -> None:
    first = containers.gateway_container(application(), ORDER, PLACED, "gw:1", "1:1").spec
    more = replace(ORDER, expose=(9999,))
    assert containers.gateway_container(application(), ORDER, PLACED, "gw:2", "1:1").spec == first
    assert containers.gateway_container(application(more), more, PLACED, "gw:1", "1:1").spec != first


def test_an_image_component_has_compose_s_whole_label_set_and_name() -> None:
    database = Component("db", image="mysql:8", networks=(("default", ()),))
    made = containers.image_container(application(database), database, {"A": "1"})
    assert made.name == "shop-db-1"
    assert made.attachments == (Attachment("shop_default", None, ("db",)),)
    assert made.body["Labels"] == {
        "com.docker.compose.project": "shop",
        "com.docker.compose.service": "db",
        "com.docker.compose.container-number": "1",
        "com.docker.compose.oneoff": "False",
        "com.docker.compose.config-hash": made.spec,
        "com.docker.compose.project.working_dir": "/",
        "com.docker.compose.project.config_files": "compose.yaml",
        "com.docker.compose.version": labels.COMPOSE_VERSION,
        "io.buildsvc.application": "shop",
        "io.buildsvc.component": "db",
        "io.buildsvc.role": "image",
        "io.buildsvc.spec": made.spec,
    }
    assert containers.image_container(application(database), database, {"A": "2"}).spec != made.spec


def test_components_come_after_what_they_depend_on() -> None:
    web = Component("web", image="w", depends_on=(Dependency("db"), Dependency("gone", required=False)))
    database = Component("db", image="d")
    assert [c.name for c in in_order(Application("shop", (web, database)))] == ["db", "web"]


def _image(*diffs: str) -> Image:
    layers = tuple(Layer(Descriptor("", d, 1), d, "base") for d in diffs)
    return Image("r", Descriptor("", "m", 1), Descriptor("", "c", 1), layers, AMD64)


def test_only_the_unbroken_chain_from_the_bottom_counts_as_present() -> None:
    image = _image("a", "b", "c")
    assert shared(image, [["a", "x", "c"], ["a", "b", "y"], []]) == {"a", "b"}
    assert shared(image, [["b", "c"]]) == frozenset()


def test_an_error_that_is_only_words_in_the_stream_is_found() -> None:
    assert complaint([{"stream": "Loading"}, {"stream": "Error unpacking image x"}]) == "Error unpacking image x"
    assert complaint([{"error": "open layer: no such file"}]) == "open layer: no such file"
    assert complaint([{"stream": "Loaded image: x"}, {"status": "Loading layer"}]) is None


def test_the_containerd_store_is_told_by_its_driver_status() -> None:
    assert is_containerd({"DriverStatus": [["driver-type", "io.containerd.snapshotter.v1"]]})
    assert not is_containerd({"DriverStatus": [["Backing Filesystem", "extfs"]]})


def test_engines_whose_profile_denies_clone3_are_known() -> None:
    assert old_seccomp("19.03.15")
    assert old_seccomp("20.10.9")
    assert not old_seccomp("20.10.24+dfsg1")
    assert not old_seccomp("unknown")


def test_log_pieces_become_lines_and_times_are_utc() -> None:
    assert list(lines(iter([b"a\nb", b"c\r\nd"]))) == ["a", "bc", "d"]
    assert moment("0001-01-01T00:00:00Z") is None
    found = moment("2026-11-23T15:50:30.880755123Z")
    assert found is not None
    assert found.isoformat() == "2026-11-23T15:50:30.880755+00:00"


def image_host(**more: Any) -> dict[str, Any]:
    component = Component("cache", image="redis:7", **more)
    made = containers.image_container(Application("shop", (component,)), component, {})
    return dict(made.body["HostConfig"])


def test_an_image_component_is_hardened_unless_its_file_says_otherwise() -> None:
    plain = image_host()
    assert (plain["CapDrop"], plain["SecurityOpt"]) == (["MKNOD", "NET_RAW"], ["no-new-privileges:true"])
    assert plain["PidsLimit"] == 4096
    assert image_host(cap_add=("net_raw",))["CapDrop"] == ["MKNOD"]
    assert image_host(cap_add=("ALL",))["CapDrop"] == []
    assert image_host(cap_drop=("ALL",))["CapDrop"] == ["ALL"]
    out = HostUse(security=("no-new-privileges:false",))
    assert image_host(host=out)["SecurityOpt"] == ["no-new-privileges:false"]
    assert image_host(limits=Limits(pids=7))["PidsLimit"] == 7
    assert "SecurityOpt" not in image_host(privileged=True)
