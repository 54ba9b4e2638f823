"""What a container of somebody else has of its host is told; what the engine gives every container is not."""

from __future__ import annotations

from typing import Any, cast

from buildsvc.engines.docker import labels
from buildsvc.engines.docker.engine_client import EngineClient
from buildsvc.engines.docker.held_of_host import HostOfContainers
from buildsvc.model.application import Component, Limits, Logging, Mount, Network, Port, Volume
from buildsvc.model.composed import HeldOfHost
from buildsvc.model.site_parts import HostUse

ANONYMOUS = "f" * 64
ASKING_NOTHING = {
    "NetworkMode": "shop_default", "PidMode": "", "IpcMode": "private", "UTSMode": "", "UsernsMode": "",
    "Privileged": False,
    "CgroupnsMode": "host", "Runtime": "runc", "LogConfig": {"Type": "json-file"}, "PortBindings": {}, "CapAdd": None,
    "Devices": [], "DeviceRequests": None, "SecurityOpt": None, "GroupAdd": None, "OomScoreAdj": 0, "CgroupParent": "",
}  # fmt: skip


class Engine:
    def info(self) -> dict[str, Any]:
        return {"DefaultRuntime": "runc", "LoggingDriver": "json-file", "SecurityOptions": ["name=seccomp"]}

    def volume(self, name: str) -> dict[str, Any]:
        options = {"o": "bind", "device": "/root", "type": "none"} if name == "shop_data" else None
        return {"Name": name, "Driver": "local", "Options": options}


def held(asked: dict[str, Any], mounts: tuple[dict[str, Any], ...] = (), networks: tuple[str, ...] = ()) -> HeldOfHost:
    one: dict[str, Any] = {
        "Id": "1" * 64,
        "Name": "/shop-db-1",
        "Config": {"Image": "redis:7", "Labels": {labels.SERVICE: "db"}},
        "HostConfig": {**ASKING_NOTHING, **asked},
        "Mounts": list(mounts),
        "NetworkSettings": {"Networks": dict.fromkeys(networks)},
    }
    reader = HostOfContainers(
        cast("EngineClient", Engine()), [one], networks=[("default", "shop_default")], volumes=[("data", "shop_data")]
    )
    return reader.held(one)


def test_a_container_that_asks_for_nothing_has_nothing() -> None:
    found = held({}, networks=("shop_default",))
    assert found.spec == Component("shop-db-1", image="redis:7", host=HostUse(ipc="private"))
    assert found.networks == (Network("default", "shop_default", external=True),)


def test_every_right_and_part_of_the_host_is_told() -> None:
    found = held(
        {
            "NetworkMode": "host", "PidMode": "host", "UTSMode": "host", "UsernsMode": "host", "Runtime": "kata",
            "Privileged": True, "CapAdd": ["SYS_ADMIN"], "LogConfig": {"Type": "syslog"}, "CgroupParent": "/own",
            "Devices": [{"PathOnHost": "/dev/sda", "PathInContainer": "/dev/x", "CgroupPermissions": "rwm"}],
            "DeviceRequests": [{"Driver": "nvidia", "Capabilities": [["gpu"]]}], "DeviceCgroupRules": ["a *:* rwm"],
            "SecurityOpt": ["seccomp=unconfined"], "GroupAdd": ["0"], "OomScoreAdj": -900,
            "PortBindings": {"80/tcp": [{"HostIp": "10.0.0.1", "HostPort": "80"}],
                "53/udp": [{"HostIp": "", "HostPort": ""}]},
        }
    )  # fmt: skip
    assert found.spec == Component(
        "shop-db-1",
        image="redis:7",
        ports=(Port(80, 80, "10.0.0.1"), Port(53, None, "", "udp")),
        privileged=True,
        cap_add=("SYS_ADMIN",),
        limits=Limits(oom_score=-900),
        logging=Logging("syslog"),
        host=HostUse(
            network="host",
            pid="host",
            ipc="private",
            uts="host",
            userns="host",
            runtime="kata",
            cgroup_parent="/own",
            devices=("/dev/sda:/dev/x",),
            device_rules=("a *:* rwm", "nvidia [['gpu']]"),
            security=("seccomp=unconfined",),
            groups=("0",),
        ),
    )


def test_mounts_volumes_and_networks_are_told_by_what_they_are() -> None:
    volumes = tuple(
        {"Type": "volume", "Name": name, "Source": "/v", "Destination": f"/{name}", "RW": True}
        for name in ("shop_data", "bank_data", ANONYMOUS)
    )
    bind = {"Type": "bind", "Source": "/srv", "Destination": "/s", "RW": False}
    found = held({}, (*volumes, bind), ("bank_default", "bridge"))
    assert found.spec.mounts == (Mount("bind", "/srv", "/s", read_only=True),)
    options = (("device", "/root"), ("o", "bind"), ("type", "none"))
    assert found.volumes == (
        Volume("bank_data", "bank_data", external=True, driver="local"),
        Volume("data", "shop_data", external=True, driver="local", driver_options=options),
    )
    assert found.networks == (Network("bank_default", "bank_default", external=True),)


def test_the_network_of_another_service_of_the_project_is_its_own() -> None:
    assert held({"NetworkMode": f"container:{'1' * 64}"}).spec.host.network == "service:db"
    assert held({"NetworkMode": f"container:{'2' * 64}"}).spec.host.network == f"container:{'2' * 64}"
