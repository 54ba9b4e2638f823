"""The keys of the Compose Specification: which are understood here, and which are refused with what to do instead."""

from __future__ import annotations

TOP = ("name", "version", "services", "networks", "volumes", "configs", "secrets")
TOP_REFUSED = {
    "include": "Write the services of the included file into this one.",
    "models": "Remove it; models are not supported.",
}

SERVICE = (
    "x-buildsvc", "image", "environment", "env_file", "ports", "expose", "volumes", "networks", "depends_on",
    "healthcheck", "restart", "deploy", "scale", "mem_limit", "mem_reservation", "cpus", "pids_limit", "command",
    "entrypoint", "labels", "user", "logging", "configs", "secrets", "tmpfs", "ulimits", "extra_hosts", "hostname",
    "working_dir", "stop_signal", "stop_grace_period", "init", "read_only", "cap_add", "cap_drop", "privileged",
    "shm_size", "sysctls",
)  # fmt: skip

_NAMES = "Components of one network reach each other by their names."
_REMOVE = "Remove it."
SERVICE_REFUSED = {
    "build": "Nothing is built from source here: give a component made of a jar x-buildsvc: {} and push the jar, "
    "and any other an image: that is in the engine.",
    "container_name": "Remove it: containers are named by application and component, and come in pairs during a swap.",
    "extends": "Write the keys out, or share them with a YAML anchor (&name, *name, <<).",
    "profiles": "Remove it: every component of the file runs. Keep optional ones in a file of their own.",
    "network_mode": "Name networks with networks: instead; host and none are not supported.",
    "links": f"Remove it. {_NAMES}",
    "external_links": f"Remove it; join the other application's network with external: true. {_NAMES}",
    "volumes_from": "Name the volumes of each service with volumes:.",
    "pull_policy": "Remove it: images are never pulled, they are in the engine or in the local cache.",
    "platform": "Remove it: the platform is that of the engine.",
    "security_opt": "Remove it: jar components run with no-new-privileges already.",
    "label_file": "Write the labels under labels:.",
    "dns": "Remove it; names of other hosts can be given with extra_hosts:.",
    "dns_search": _REMOVE,
    "dns_opt": _REMOVE,
    "domainname": "Write the whole name under hostname:.",
    "memswap_limit": "Set mem_limit: only.",
    "mem_swappiness": "Set mem_limit: only.",
    "cpu_shares": "Set cpus: instead.",
    "cpu_quota": "Set cpus: instead.",
    "cpu_period": "Set cpus: instead.",
    "cpu_count": "Set cpus: instead.",
    "cpu_percent": "Set cpus: instead.",
    **dict.fromkeys(
        (
            "annotations", "attach", "blkio_config", "cgroup", "cgroup_parent", "cpu_rt_period", "cpu_rt_runtime",
            "cpuset", "credential_spec", "develop", "device_cgroup_rules", "devices", "gpus", "group_add", "ipc",
            "isolation", "mac_address", "models", "oom_kill_disable", "oom_score_adj", "pid", "post_start", "pre_stop",
            "provider", "runtime", "stdin_open", "storage_opt", "tty", "use_api_socket", "userns_mode", "uts",
        ),
        _REMOVE,
    ),
}  # fmt: skip

JAR_REFUSED = {
    "image": "A component with x-buildsvc runs the jar that is pushed to it: remove image:, or remove x-buildsvc:.",
    "build": "A component with x-buildsvc is built from the jar that is pushed to it: remove build:.",
    "entrypoint": "java is the entrypoint of a jar component: remove it; command: holds the program's arguments, "
    "JAVA_OPTS in environment: those of java.",
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
    "natives",
)

DEPLOY = ("resources", "replicas")
_SWARM = "Remove it: it is meant for clusters."
DEPLOY_REFUSED = {
    "restart_policy": "Use restart: instead.",
    "labels": "Use labels: instead.",
    **dict.fromkeys(("mode", "placement", "endpoint_mode", "update_config", "rollback_config"), _SWARM),
}
LIMITS = ("cpus", "memory", "pids")
LIMITS_REFUSED: dict[str, str] = {}
RESERVATIONS = ("memory",)
RESERVATIONS_REFUSED = {
    "cpus": "One host reserves no processors: set limits.cpus instead.",
    "devices": "Devices are not supported.",
    "generic_resources": "Remove it: it is meant for clusters.",
}

HEALTHCHECK = ("test", "interval", "timeout", "retries", "start_period", "disable")
HEALTHCHECK_REFUSED = {"start_interval": "Remove it: interval: holds from the start."}
LOGGING = ("driver", "options")
DEPENDENCY = ("condition", "required", "restart")
SERVICE_NETWORK = ("aliases",)
_ADDRESS = "Remove it: addresses are fixed by this site, see BUILDSVC_SUBNETS."
SERVICE_NETWORK_REFUSED = {
    "ipv4_address": _ADDRESS,
    "ipv6_address": _ADDRESS,
    "mac_address": _REMOVE,
    **dict.fromkeys(("link_local_ips", "priority", "gw_priority", "driver_opts", "interface_name"), _REMOVE),
}

PORT = ("target", "published", "host_ip", "protocol", "name", "mode")
PORT_REFUSED = {"app_protocol": "Say it under x-buildsvc.ports, like 8080/http."}
MOUNT = ("type", "source", "target", "read_only", "bind", "tmpfs", "volume", "consistency")
ENV_FILE = ("path", "required")
ENV_FILE_REFUSED = {"format": "Remove it: env files are read in the usual format."}
FILE_REFERENCE = ("source", "target", "uid", "gid", "mode")

NETWORK = ("name", "external", "internal", "labels", "driver")
NETWORK_REFUSED = {
    "ipam": "Remove it: subnets come out of BUILDSVC_SUBNETS, the setting of this site, and stay fixed.",
    "driver_opts": _REMOVE,
    "attachable": _REMOVE,
    "enable_ipv4": _REMOVE,
    "enable_ipv6": "Remove it: application networks are IPv4.",
}
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
