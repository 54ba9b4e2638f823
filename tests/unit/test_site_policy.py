"""The site policy: what a Compose file asks of the host is denied unless a rule names it, whatever it calls itself."""

from __future__ import annotations

import io
from dataclasses import fields
from pathlib import Path

import pytest

from buildpacks.errors import Denied, Refused
from buildsvc.model import application as nouns
from buildsvc.model.deployment import Phase
from buildsvc.model.policy import SitePolicy, document, read
from buildsvc.usecases.admit import policing
from buildsvc.usecases.apply import submit
from buildsvc.usecases.deploy import rollback
from buildsvc.usecases.perform import perform
from tests.workshops import COMPOSE, Bench

JUDGED = {
    "Component": {"image", "mounts", "ports", "limits", "logging", "cap_add", "privileged", "host"},
    "Network": {"name", "external", "subnet"},
    "Volume": {"name", "external", "driver", "driver_options"},
    "Mount": {"kind", "source", "read_only"},
    "Port": {"published", "host_ip"},
    "Logging": {"driver"},
    "Limits": {"memory", "oom_score"},
}
HARMLESS = {
    "Component": {
        "name", "jar", "environment", "command", "entrypoint", "expose", "networks", "depends_on", "healthcheck",
        "healthcheck_disabled", "restart", "restart_retries", "labels", "user", "working_dir", "hostname",
        "extra_hosts", "ulimits", "sysctls", "cap_drop", "read_only", "init", "shm_size", "stop_signal",
        "stop_grace_period", "naming", "replicas", "tty", "stdin_open", "data",
    },
    "Network": {"key", "internal", "labels"},
    "Volume": {"key", "labels"},
    "Mount": {"target", "tmpfs_size", "is_file", "seed"},
    "Port": {"target", "protocol"},
    "Logging": {"options"},
    "Limits": {
        "memory_reservation", "cpus", "pids", "swap", "swappiness", "shares", "quota", "period", "cpuset",
    },
}  # fmt: skip
"""What reaches nothing outside of the container: the engine itself takes only sysctls of the container's namespaces."""


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "data")


def compose(service: str, rest: str = "", name: str = "shop") -> str:
    return f"name: {name}\nservices:\n  cache:\n    image: redis:7\n    {service}\n{rest}"


def asked(bench: Bench, text: str) -> list[tuple[str, str]]:
    """Key and value of what is denied; nothing may have been written."""
    waiting = bench.jobs.queued()
    try:
        bench.apply(text)
    except Denied as denied:
        found = denied
    else:
        return []
    assert (found.code, bench.jobs.queued()) == ("policy-denied", waiting)
    told = [] if found.values is None else [one["values"]["denied"] for one in found.values["denied"]]
    return [(one["code"].removeprefix("policy-asks."), one["values"]["value"]) for one in told]


def allow(bench: Bench, key: str, value: str, application: str | None = None) -> None:
    policing.keep_policy(bench.site, policing.policy_of(bench.site).with_rule(key, value, application))


@pytest.mark.parametrize("noun", sorted(JUDGED))
def test_whatever_a_file_can_say_was_thought_of(noun: str) -> None:
    assert {one.name for one in fields(getattr(nouns, noun))} == JUDGED[noun] | HARMLESS[noun]


@pytest.mark.parametrize(
    ("service", "rest", "denied"),
    [
        ("volumes: [/srv/other:/x]", "", [("binds", "/srv/other")]),
        ("volumes: [/srv/other/../else:/x:ro]", "", [("binds", "/srv/else:ro")]),
        ("privileged: true", "", [("privileged", "cache")]),
        ("cap_add: [cap_net_admin, CHOWN]", "", [("capabilities", "NET_ADMIN")]),
        ("cap_add: [ALL]", "", [("capabilities", "ALL")]),
        ("cap_add: [NET_RAW]", "", [("capabilities", "NET_RAW")]),
        ('ports: ["80:8080"]', "", [("ports", "80")]),
        ('ports: ["127.0.0.1:443:8080"]', "", [("ports", "127.0.0.1:443")]),
        ("logging: {driver: syslog}", "", [("log-drivers", "syslog")]),
        ("networks: [n]", "networks: {n: {external: true}}", [("networks", "n")]),
        ("networks: [n]", "networks: {n: {name: pay_default}}", [("networks", "pay_default")]),
        ("networks: [n]", "networks: {n: {name: host, external: true}}", [("namespaces", "network")]),
        ("volumes: [v:/x]", "volumes: {v: {external: true, name: pay_db}}", [("volumes", "pay_db")]),
        ("volumes: [v:/x]", "volumes: {v: {name: pay_db}}", [("volumes", "pay_db")]),
        ("volumes: [v:/x]", "volumes: {v: {driver: rclone}}", [("volume-options", "driver=rclone")]),
        (
            "volumes: [v:/x]",
            "volumes: {v: {driver_opts: {type: none, o: bind, device: /srv/other}}}",
            [("binds", "/srv/other")],
        ),
        (
            "volumes: [v:/x]",
            "volumes: {v: {driver_opts: {type: ext4, device: /dev/sda1}}}",
            [("volume-options", "device=/dev/sda1,driver=local,type=ext4")],
        ),
        (
            "volumes: [v:/x]",
            "volumes: {v: {driver_opts: {type: overlay, device: overlay, o: 'lowerdir=/'}}}",
            [("never", "/")],
        ),
        ("volumes: [v:/x]", "volumes: {v: {driver_opts: {type: tmpfs, device: tmpfs, o: size=10m}}}", []),
        ("volumes: [v:/x]", "volumes: {v: {}}", []),
        ("security_opt: ['no-new-privileges:false']", "", []),
        ("security_opt: ['seccomp:unconfined']", "", [("security", "security_opt=seccomp:unconfined")]),
        ("network_mode: host", "", [("namespaces", "network")]),
        ('ports: ["8080:80", "127.0.0.1::80"]', "", []),
    ],
)
def test_what_no_rule_names_is_denied(bench: Bench, service: str, rest: str, denied: list[tuple[str, str]]) -> None:
    assert asked(bench, compose(service, rest)) == denied


@pytest.mark.parametrize(
    "source",
    [
        "/", "/run", "/var/run", "/var/run/docker.sock", "/run/docker.sock", "/var/lib",
        "/var/lib/docker/volumes/pay_db", "/proc/1/root", "/proc/1/root/srv", "/proc/self/cwd", "/dev/fd/3",
        "/srv/../run/docker.sock", "{data}", "{data}/ledger.db",
        "{data}/..", "{link}", "{link}/secret.key",
    ],
)  # fmt: skip
def test_the_engine_and_the_data_directory_are_given_to_nobody(bench: Bench, tmp_path: Path, source: str) -> None:
    link = tmp_path / "outside" / "link"
    link.parent.mkdir()
    link.symlink_to(bench.settings.data)
    allow(bench, "binds", "/")
    path = source.format(data=bench.settings.data, link=link)
    assert [key for key, _ in asked(bench, compose(f"volumes: ['{path}:/x:ro']"))] == ["never"]


def test_a_folder_is_judged_by_where_its_links_lead(bench: Bench, tmp_path: Path) -> None:
    mine, theirs = tmp_path / "host" / "mine", tmp_path / "host" / "theirs"
    for folder in (mine, theirs):
        folder.mkdir(parents=True)
    (mine / "way").symlink_to(theirs)
    allow(bench, "binds", str(mine))
    assert asked(bench, compose(f"volumes: ['{mine}/deeper:/x']")) == []
    assert asked(bench, compose(f"volumes: ['{mine}/way:/x']")) == [("binds", str(theirs))]
    assert asked(bench, compose(f"volumes: ['{mine}-not:/x']")) == [("binds", f"{mine}-not")]
    # The kernel follows the link before it goes up, the engine goes up first: both must be allowed.
    assert asked(bench, compose(f"volumes: ['{mine}/way/../theirs:/x']")) == [("binds", str(theirs))]


def test_a_rule_for_reading_allows_no_writing(bench: Bench, tmp_path: Path) -> None:
    folder = tmp_path / "host"
    allow(bench, "binds", f"{folder}:ro")
    assert asked(bench, compose(f"volumes: ['{folder}:/x:ro']")) == []
    assert asked(bench, compose(f"volumes: ['{folder}:/x']")) == [("binds", str(folder))]


def test_a_rule_for_one_address_publishes_on_no_other(bench: Bench) -> None:
    allow(bench, "ports", "127.0.0.1:80-90")
    assert asked(bench, compose('ports: ["127.0.0.1:80:1", "81:2"]')) == [("ports", "81")]


def test_a_rule_for_one_application_admits_no_other(bench: Bench) -> None:
    allow(bench, "privileged", "cache", "shop")
    assert asked(bench, compose("privileged: true")) == []
    assert asked(bench, compose("privileged: true", name="pay")) == [("privileged", "cache")]


def test_every_refusal_tells_the_command_that_admits_it(bench: Bench) -> None:
    with pytest.raises(Denied) as denied:
        bench.apply(compose("privileged: true\n    volumes: ['/srv/a b:/x']"))
    assert "buildsvc policy allow privileged cache --app shop" in denied.value.hint
    assert "buildsvc policy allow binds '/srv/a b' --app shop" in denied.value.hint
    assert "/srv/a b" in denied.value.message


def test_the_image_of_another_application_is_its_own(bench: Bench) -> None:
    bench.apply()
    bench.live("1.0")
    image = bench.ledger.release("shop", "order", 1).image.reference
    bench.engine.images.update({image, "0123456789ab"})
    for name in (image, f"docker.io/{image}", "sha256:" + "ab" * 32, "0123456789ab"):
        text = compose("restart: always", name="pay").replace("redis:7", name)
        assert asked(bench, text) == [("images", name)], name
    assert asked(bench, COMPOSE.replace("redis:7", image)) == []


def test_a_name_made_of_two_names_is_not_taken_from_another_application(bench: Bench) -> None:
    bench.apply(compose("volumes: [c:/x]", "volumes: {c: {}}", name="a_b"))
    assert asked(bench, compose("volumes: [b_c:/x]", "volumes: {b_c: {}}", name="a")) == [("volumes", "a_b_c")]


def test_the_worker_looks_again_before_anything_changes(bench: Bench, tmp_path: Path) -> None:
    folder = tmp_path / "host"
    folder.mkdir()
    allow(bench, "binds", str(tmp_path / "host"))
    text = compose(f"volumes: ['{folder}:/x']")
    accepted = submit.submit(
        bench.site, io.BytesIO(text.encode()), file=None, content_type="application/yaml", actor="ann", door="api"
    )
    folder.rmdir()
    folder.symlink_to("/etc")
    ended = bench.run(accepted)
    assert (ended.phase, ended.error_code) == (Phase.FAILED, "policy-denied")
    assert bench.ledger.application_names() == ()


def test_a_rollback_is_judged_by_the_policy_of_today(bench: Bench) -> None:
    bench.apply()
    low = COMPOSE.replace("8080:8080", "80:8080")
    allow(bench, "ports", "80")
    bench.apply(low)
    bench.live("1.0")
    bench.apply(COMPOSE)
    for queued in bench.jobs.take():
        perform(bench.workshop, queued)
    bench.live("2.0")
    serving = bench.serving()
    policing.keep_policy(bench.site, policing.policy_of(bench.site).without_rule("ports", "80"))
    ended = bench.run(rollback.submit(bench.site, "shop", "order", to=1, actor="ann", door="api"))
    assert (ended.phase, ended.error_code) == (Phase.FAILED, "policy-denied")
    assert bench.serving() == serving


def test_what_runs_when_the_policy_comes_goes_on(bench: Bench) -> None:
    policing.keep_policy(bench.site, SitePolicy().with_rule("privileged", "cache").with_rule("binds", "/srv/shop"))
    text = compose("privileged: true\n    volumes: ['/srv/shop:/x']")
    bench.apply(text)
    bench.ledger.remember(policing.FACT, None)
    found = policing.policy_of(bench.site)
    assert document(found)["applications"] == {"shop": {"binds": ["/srv/shop"], "privileged": ["cache"]}}
    assert asked(bench, text) == []


def test_a_site_may_require_memory_limits(bench: Bench) -> None:
    allow(bench, "required", "memory")
    assert asked(bench, compose("restart: always")) == [("required", "memory")]
    assert asked(bench, compose("mem_limit: 100m")) == []


def test_a_policy_reads_what_it_writes() -> None:
    made = SitePolicy().with_rule("binds", "/srv").with_rule("ports", "80", "shop").without_rule("ports", "1024-65535")
    assert read(document(made)) == made


@pytest.mark.parametrize(
    "told",
    [
        {"sight": {}},
        {"site": {"bind": ["/x"]}},
        {"site": {"binds": "/x"}},
        {"site": {"binds": ["x"]}},
        {"site": {"binds": ["/x/../y"]}},
        {"site": {"ports": ["0"]}},
        {"site": {"ports": ["90-80"]}},
        {"site": {"ports": ["80-70000"]}},
        {"site": {"namespaces": ["net"]}},
        {"site": []},
        {"applications": {"shop": {"required": ["cpu"]}}},
    ],
)
def test_a_policy_that_is_not_understood_is_refused(told: dict[str, object]) -> None:
    with pytest.raises(Refused) as refused:
        read(told)
    assert refused.value.code == "bad-policy"
