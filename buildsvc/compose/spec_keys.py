"""The keys of the Compose Specification: which are understood here, and which are refused with what to do instead."""

from __future__ import annotations

TOP = ("name", "version", "services", "networks", "volumes", "configs", "secrets", "include")
TOP_REFUSED = {"models": "Remove it; models are not supported."}

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
    "credential_spec", "oom_kill_disable", "blkio_config",
)  # fmt: skip
"""Understood and left out, which is said: they concern building, watching, other systems, or the engine's tuning."""

_REMOVE = "Remove it."
SERVICE_REFUSED = {
    "gpus": "Name the device of the card under devices:.",
    "models": "Remove it; models are not supported.",
    "provider": "Name a program that runs in a container, with image:.",
    "use_api_socket": "Mount the engine's socket with volumes:, if this site admits it.",
    "storage_opt": _REMOVE,
    "post_start": "Let the image's own entrypoint do it.",
    "pre_stop": "Let the program do it when it is told to stop.",
}

JAR_LEFT_OUT = ("image", "build", "tty", "stdin_open", "platform", "replicas")
"""Keys that may stand beside x-buildsvc, so that one file serves Compose too; that they have no effect is said."""
JAR_REFUSED = {
    "privileged": "Jar components never run privileged: remove it, and name what is needed with cap_add:.",
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
    "secrets",
    "natives",
)

DEPLOY = ("resources", "replicas", "restart_policy")
DEPLOY_WITHOUT_EFFECT = ("labels", "mode", "placement", "endpoint_mode", "update_config", "rollback_config")
"""Meant for clusters; Compose leaves them out as well."""
RESTART_POLICY = ("condition", "delay", "max_attempts", "window")
LIMITS = ("cpus", "memory", "pids")
RESERVATIONS = ("memory", "cpus")
RESERVATIONS_REFUSED = {
    "devices": "Devices are not supported.",
    "generic_resources": "Remove it: it is meant for clusters.",
}

HEALTHCHECK = ("test", "interval", "timeout", "retries", "start_period", "start_interval", "disable")
LOGGING = ("driver", "options")
DEPENDENCY = ("condition", "required", "restart")
SERVICE_NETWORK = ("aliases", "ipv4_address", "priority", "gw_priority", "mac_address", "link_local_ips")
SERVICE_NETWORK_REFUSED = {
    "ipv6_address": "Remove it: application networks are IPv4.",
    **dict.fromkeys(("driver_opts", "interface_name"), _REMOVE),
}

PORT = ("target", "published", "host_ip", "protocol", "name", "mode", "app_protocol")
MOUNT = ("type", "source", "target", "read_only", "bind", "tmpfs", "volume", "consistency")
ENV_FILE = ("path", "required", "format")
FILE_REFERENCE = ("source", "target", "uid", "gid", "mode")

NETWORK = ("name", "external", "internal", "labels", "driver", "ipam", "driver_opts", "attachable", "enable_ipv4")
NETWORK_REFUSED = {"enable_ipv6": "Remove it: application networks are IPv4."}
IPAM = ("driver", "config", "options")
POOL = ("subnet", "gateway", "ip_range", "aux_addresses")
VOLUME = ("name", "external", "labels", "driver", "driver_opts")
CONFIG = ("file", "content", "environment", "name")
SECRET = ("file", "environment", "name")
EXTERNAL_FILE = {
    "external": "Give it with file: beside the Compose file.",
    "labels": _REMOVE,
    "template_driver": _REMOVE,
    "driver": _REMOVE,
    "driver_opts": _REMOVE,
}
