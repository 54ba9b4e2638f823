"""The keys of the Compose Specification: which are understood here, and which are refused with what to do instead."""

from __future__ import annotations

TOP = ("name", "version", "services", "networks", "volumes", "configs", "secrets", "include")
TOP_REFUSED = {"models": "unsupported-key.models"}

SERVICE = (
    "x-buildsvc", "image", "environment", "env_file", "ports", "expose", "volumes", "networks", "depends_on",
    "healthcheck", "restart", "deploy", "scale", "mem_limit", "mem_reservation", "cpus", "pids_limit", "command",
    "entrypoint", "labels", "user", "logging", "configs", "secrets", "tmpfs", "ulimits", "extra_hosts", "hostname",
    "working_dir", "stop_signal", "stop_grace_period", "init", "read_only", "cap_add", "cap_drop", "privileged",
    "shm_size", "sysctls", "build", "container_name", "links", "external_links", "network_mode", "extends", "profiles",
    "volumes_from", "platform", "tty", "stdin_open", "security_opt", "mac_address", "group_add", "dns", "dns_search",
    "dns_opt", "domainname", "pid", "ipc", "uts", "userns_mode", "cgroup", "cgroup_parent", "runtime", "devices",
    "device_cgroup_rules", "memswap_limit", "mem_swappiness", "cpu_shares", "cpu_quota", "cpu_period", "cpuset",
    "oom_score_adj", "label_file", "pull_policy",
)  # fmt: skip
WITHOUT_EFFECT = (
    "attach", "annotations", "develop", "isolation", "cpu_count", "cpu_percent", "cpu_rt_period", "cpu_rt_runtime",
    "credential_spec", "oom_kill_disable", "blkio_config", "pull_refresh_after",
)  # fmt: skip
"""Understood and left out, which is said: they concern building, watching, other systems, or the engine's tuning."""

_REMOVE = "unsupported-key.remove"
SERVICE_REFUSED = {
    "gpus": "unsupported-key.gpus",
    "models": "unsupported-key.models",
    "provider": "unsupported-key.provider",
    "use_api_socket": "unsupported-key.use-api-socket",
    "storage_opt": _REMOVE,
    "post_start": "unsupported-key.post-start",
    "pre_stop": "unsupported-key.pre-stop",
}

JAR_LEFT_OUT = ("image", "build", "tty", "stdin_open", "platform", "replicas")
"""Keys that may stand beside x-buildsvc, so that one file serves Compose too; that they have no effect is said."""
JAR_REFUSED = {
    "privileged": "not-for-jars.privileged",
}

X_BUILDSVC = (
    "artifact",
    "java",
    "health",
    "ports",
    "drain",
    "soak",
    "keep",
    "deadline",
    "strategy",
    "chown",
    "context",
    "layers",
    "cds",
    "timezone",
    "locale",
    "may_end",
    "watch_errors",
    "warm",
    "registry",
    "secrets",
    "natives",
)
X_BUILDSVC_DATA = ("backup", "restore", "migrate")
"""Of any component; where they alone stand beside an image, it stays an image component."""

DEPLOY = ("resources", "replicas", "restart_policy")
DEPLOY_WITHOUT_EFFECT = ("labels", "mode", "placement", "endpoint_mode", "update_config", "rollback_config")
"""Meant for clusters; Compose leaves them out as well."""
RESTART_POLICY = ("condition", "delay", "max_attempts", "window")
LIMITS = ("cpus", "memory", "pids")
RESERVATIONS = ("memory", "cpus")
RESERVATIONS_REFUSED = {
    "devices": "unsupported-key.devices",
    "generic_resources": "unsupported-key.clusters",
}

HEALTHCHECK = ("test", "interval", "timeout", "retries", "start_period", "start_interval", "disable")
LOGGING = ("driver", "options")
DEPENDENCY = ("condition", "required", "restart")
SERVICE_NETWORK = ("aliases", "ipv4_address", "priority", "gw_priority", "mac_address", "link_local_ips")
SERVICE_NETWORK_REFUSED = {
    "ipv6_address": "unsupported-key.ipv6",
    **dict.fromkeys(("driver_opts", "interface_name"), _REMOVE),
}

PORT = ("target", "published", "host_ip", "protocol", "name", "mode", "app_protocol")
MOUNT = ("type", "source", "target", "read_only", "bind", "tmpfs", "volume", "consistency")
ENV_FILE = ("path", "required", "format")
FILE_REFERENCE = ("source", "target", "uid", "gid", "mode")

NETWORK = ("name", "external", "internal", "labels", "driver", "ipam", "driver_opts", "attachable", "enable_ipv4")
NETWORK_REFUSED = {"enable_ipv6": "unsupported-key.ipv6"}
IPAM = ("driver", "config", "options")
POOL = ("subnet", "gateway", "ip_range", "aux_addresses")
VOLUME = ("name", "external", "labels", "driver", "driver_opts")
CONFIG = ("file", "content", "environment", "name")
SECRET = ("file", "environment", "name")
EXTERNAL_FILE = {
    "external": "unsupported-key.external",
    "labels": _REMOVE,
    "template_driver": _REMOVE,
    "driver": _REMOVE,
    "driver_opts": _REMOVE,
}
