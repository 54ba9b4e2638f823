"""What a component asks of the host needs a rule of the site policy; what keeps to itself needs none."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from buildpacks.errors import Denied
from buildsvc.model.application import Component, Limits, Network
from buildsvc.model.site_parts import HostUse
from buildsvc.usecases.admit.host_uses import needed, subnet_needed
from tests.workshops import Bench

DB = Component("db", image="mysql:8")


@pytest.mark.parametrize(
    ("use", "rule"),
    [
        (HostUse(network="host"), ("namespaces", "network")),
        (HostUse(network="container:other"), ("security", "network=container:other")),
        (HostUse(pid="host"), ("namespaces", "pid")),
        (HostUse(pid="container:other"), ("security", "pid=container:other")),
        (HostUse(ipc="host"), ("namespaces", "ipc")),
        (HostUse(ipc="container:other"), ("security", "ipc=container:other")),
        (HostUse(uts="host"), ("namespaces", "uts")),
        (HostUse(userns="host"), ("namespaces", "userns")),
        (HostUse(cgroup="host"), ("namespaces", "cgroup")),
        (HostUse(cgroup_parent="/a"), ("security", "cgroup_parent=/a")),
        (HostUse(runtime="kata"), ("security", "runtime=kata")),
        (HostUse(devices=("/dev/sda:/dev/x:r",)), ("devices", "/dev/sda")),
        (HostUse(device_rules=("c 1:3 mr",)), ("security", "device_cgroup_rules=c 1:3 mr")),
        (HostUse(security=("seccomp:unconfined",)), ("security", "security_opt=seccomp:unconfined")),
        (HostUse(groups=("docker",)), ("security", "group_add=docker")),
    ],
)
def test_every_use_of_the_host_needs_its_rule(use: HostUse, rule: tuple[str, str]) -> None:
    assert list(needed(replace(DB, host=use))) == [rule]


def test_a_negative_oom_score_needs_a_rule_too() -> None:
    assert list(needed(replace(DB, limits=Limits(oom_score=-5)))) == [("security", "oom_score_adj=-5")]
    assert list(needed(replace(DB, limits=Limits(oom_score=5)))) == []


def test_what_keeps_to_itself_needs_none() -> None:
    use = HostUse(network="service:web", ipc="shareable", cgroup="private", security=("no-new-privileges:true",))
    assert list(needed(replace(DB, host=use))) == []
    assert list(needed(DB)) == []


def test_a_subnet_outside_of_the_sites_pools_needs_a_rule() -> None:
    pools = (IPv4Network("10.210.0.0/16"),)
    assert subnet_needed(Network("n", "a_n"), pools) is None
    assert subnet_needed(Network("n", "a_n", subnet="10.210.4.0/24"), pools) is None
    assert subnet_needed(Network("n", "a_n", subnet="10.0.0.0/24"), pools) == "subnet=10.0.0.0/24"


def test_an_apply_is_judged_by_it_and_a_kept_folder_needs_nothing(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "data")
    head = "name: shop\nservices: {db: {image: 'redis:7', restart: always, "
    with pytest.raises(Denied) as caught:
        bench.apply(f"{head}network_mode: host}}}}\n")
    assert caught.value.code == "policy-denied"
    bench.apply(f"{head}volumes: ['./data:/data']}}}}\n")
    assert [one.key for one in bench.ledger.application("shop").application.volumes] == ["./data"]
