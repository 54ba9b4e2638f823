"""Forged services that together have every key of the Compose Specification, in each way of writing it."""

from __future__ import annotations

SERVICES: dict[str, tuple[str, ...]] = {
    "annotations": ("annotations: {a: b}",),
    "attach": ("attach: false",),
    "blkio_config": ("blkio_config: {weight: 300}",),
    "build": ("build: ./built", "build: {context: ./built, args: {A: b}}\nimage: mine:1"),
    "cap_add": ("cap_add: [NET_ADMIN, SYS_TIME]",),
    "cap_drop": ("cap_drop: [ALL]",),
    "cgroup": ("cgroup: host",),
    "cgroup_parent": ("cgroup_parent: m-executor",),
    "command": ("command: run --a 'b c'", "command: [run, --a]", "command: 'echo $$HOME'"),
    "configs": (
        "configs: [one, two]",
        "configs: [{source: one, target: /etc/one, mode: 0440, uid: '103', gid: '103'}]",
    ),
    "container_name": ("container_name: own-name",),
    "cpu_count": ("cpu_count: 2",),
    "cpu_percent": ("cpu_percent: 50",),
    "cpu_period": ("cpu_period: 100000",),
    "cpu_quota": ("cpu_quota: 50000",),
    "cpu_rt_period": ("cpu_rt_period: 950000",),
    "cpu_rt_runtime": ("cpu_rt_runtime: 900000",),
    "cpu_shares": ("cpu_shares: 73",),
    "cpus": ("cpus: 1.5", "cpus: '0.5'"),
    "cpuset": ("cpuset: 0,1",),
    "credential_spec": ("credential_spec: {file: a.json}",),
    "depends_on": (
        "depends_on: [db]",
        "depends_on: {db: {condition: service_healthy, required: false}}",
        "depends_on: {db: {condition: service_completed_successfully, restart: true}}",
    ),
    "deploy": (
        "deploy: {resources: {limits: {cpus: '0.25', memory: 64M, pids: 9}, reservations: {cpus: '0.1', memory: 32M}}}",
        "deploy: {replicas: 2, labels: {a: b}, update_config: {parallelism: 1}, endpoint_mode: vip}",
        "deploy: {restart_policy: {condition: on-failure, delay: 5s, max_attempts: 3, window: 120s}}",
        "deploy: {mode: replicated, placement: {constraints: [a==b]}, rollback_config: {order: stop-first}}",
    ),
    "develop": ("develop: {watch: [{action: rebuild, path: .}]}",),
    "device_cgroup_rules": ("device_cgroup_rules: ['c 1:3 mr']",),
    "devices": ("devices: ['/dev/null:/dev/nothing:r']", "devices: [/dev/zero]"),
    "dns": ("dns: 9.9.9.9", "dns: [9.9.9.9, 1.1.1.1]"),
    "dns_opt": ("dns_opt: [use-vc]",),
    "dns_search": ("dns_search: example.org", "dns_search: [a.example.org]"),
    "domainname": ("domainname: example.org",),
    "entrypoint": ("entrypoint: /run --b", "entrypoint: [/run, --b]"),
    "env_file": (
        "env_file: a.env",
        "env_file: [a.env, b.env]",
        "env_file: [{path: a.env}, {path: none.env, required: false}]",
        "env_file: a.env\nenvironment: {B: over}",
        "env_file: [{path: raw.env, format: raw}]",
    ),
    "environment": (
        "environment: {A: 1, B: 'two', C: '', D: true, E: 1.5}",
        "environment: [A=1, B=x=y, UNKNOWN_TO_ALL]",
        "environment: {A: '${KNOWN}', B: '${KNOWN:-x}', C: '${NOT:-x}', D: '${NOT-${KNOWN}}'}",
        "environment: {E: '${KNOWN:+y}', F: '$KNOWN$$'}",
        "environment: {A: '${NOT_SET_ANYWHERE}'}",
        "environment: {KNOWN: }",
    ),
    "expose": ("expose: ['80', 81]", "expose: ['90-92']"),
    "extends": ("extends: base", "extends: {file: sub/other.yaml, service: theirs}\nenvironment: [B=over]"),
    "external_links": ("external_links: [redis, 'other:database']",),
    "extra_hosts": (
        "extra_hosts: ['a:10.0.0.1', 'b=10.0.0.2']",
        "extra_hosts: {a: 10.0.0.1}",
        "extra_hosts: ['h:host-gateway']",
    ),
    "group_add": ("group_add: [mail, '1000']",),
    "healthcheck": (
        "healthcheck: {test: [CMD, a, b], interval: 1m30s, timeout: 10s, retries: 5, start_period: 40s}",
        "healthcheck: {test: curl -f localhost}",
        "healthcheck: {test: [CMD-SHELL, 'a || b'], start_interval: 5s, start_period: 1s}",
        "healthcheck: {disable: true}",
        "healthcheck: {test: [NONE]}",
    ),
    "hostname": ("hostname: h1",),
    "image": ("image: registry.example.org:5000/a/b:1.0",),
    "init": ("init: true",),
    "ipc": ("ipc: shareable",),
    "isolation": ("isolation: default",),
    "label_file": ("label_file: labels.env",),
    "labels": ("labels: {a: b, c: 1}", "labels: [a=b, c]"),
    "links": ("links: [db]", "links: ['db:database', db]"),
    "logging": ("logging: {driver: syslog, options: {syslog-address: 'tcp://10.0.0.1:1'}}", "logging: {driver: none}"),
    "mac_address": ("mac_address: 92:d0:c6:0a:29:33",),
    "mem_limit": ("mem_limit: 512m", "mem_limit: 1gb", "mem_limit: 1048576000"),
    "mem_reservation": ("mem_reservation: 64m",),
    "mem_swappiness": ("mem_swappiness: 10",),
    "memswap_limit": ("memswap_limit: 1g\nmem_limit: 512m",),
    "network_mode": ("network_mode: host", "network_mode: none", "network_mode: service:db", "network_mode: bridge"),
    "networks": (
        "networks: [front, back]",
        "networks: {front: {aliases: [f1, f2]}, back: }",
        "networks: {fixed: {ipv4_address: 10.77.0.9, priority: 10}}",
        "networks: {front: {mac_address: '92:d0:c6:0a:29:34', link_local_ips: [169.254.8.8], gw_priority: 1}}",
    ),
    "oom_kill_disable": ("oom_kill_disable: true\nmem_limit: 64m",),
    "oom_score_adj": ("oom_score_adj: -500",),
    "pid": ("pid: host",),
    "pids_limit": ("pids_limit: 10", "pids_limit: -1"),
    "platform": ("platform: linux/amd64",),
    "ports": (
        "ports: [3000]",
        "ports: ['9001:80', '127.0.0.1:9002:81', '9003:82/udp', '0.0.0.0:9004:83']",
        "ports: ['9100-9102:9100-9102']",
        "ports: ['9200-9201']",
        "ports: [{target: 84, published: 9005, host_ip: 127.0.0.1, protocol: tcp, mode: host, app_protocol: http}]",
    ),
    "privileged": ("privileged: true",),
    "profiles": ("profiles: [never]", "profiles: [wanted, other]"),
    "pull_policy": ("pull_policy: always", "pull_policy: never"),
    "pull_refresh_after": ("pull_policy: daily\npull_refresh_after: 24h",),
    "read_only": ("read_only: true",),
    "restart": ("restart: always", "restart: 'no'", "restart: on-failure:3", "restart: unless-stopped"),
    "runtime": ("runtime: runc",),
    "scale": ("scale: 2",),
    "secrets": ("secrets: [word, told]", "secrets: [{source: word, target: other}]"),
    "security_opt": ("security_opt: ['seccomp:unconfined', no-new-privileges]",),
    "shm_size": ("shm_size: 64m", "shm_size: 1048576"),
    "stdin_open": ("stdin_open: true",),
    "stop_grace_period": ("stop_grace_period: 1m30s",),
    "stop_signal": ("stop_signal: SIGINT",),
    "sysctls": ("sysctls: {net.core.somaxconn: 1024}", "sysctls: [net.ipv4.tcp_syncookies=0]"),
    "tmpfs": ("tmpfs: /run", "tmpfs: ['/run', '/tmp:size=1m,mode=1777']"),
    "tty": ("tty: true",),
    "ulimits": ("ulimits: {nproc: 65535, nofile: {soft: 20000, hard: 40000}}",),
    "user": ("user: '1000:1000'", "user: root"),
    "userns_mode": ("userns_mode: host",),
    "uts": ("uts: host",),
    "volumes": (
        "volumes: ['named:/data', './there:/conf:ro', './absent/deep:/data2', '/var/log:/host-log:ro']",
        "volumes: [/anonymous, '~/m2:/m2', './there/file.conf:/etc/file.conf', '${PWD}/absent:/pwd']",
        "volumes: [{type: volume, source: named, target: /d, read_only: true, volume: {nocopy: true}}]",
        "volumes: [{type: bind, source: ./absent, target: /e, bind: {create_host_path: true, propagation: rprivate}}]",
        "volumes: [{type: tmpfs, target: /f, tmpfs: {size: 1m, mode: 0o1777}}]",
        "volumes: ['./there:/g:z', 'named:/h:rw', '/var/log/:/i/j/:ro']",
        "volumes: [{type: bind, source: ./there, target: /k, bind: {selinux: z}, consistency: cached}]",
        "volumes: [outside:/l, disk:/m]",
    ),
    "working_dir": ("working_dir: /code",),
}

REFUSED: dict[str, str] = {
    "gpus": "gpus: all",
    "models": "models: [llm]",
    "provider": "provider: {type: awesome, options: {a: b}}",
    "use_api_socket": "use_api_socket: true",
    "storage_opt": "storage_opt: {size: 1G}",
    "post_start": "post_start: [{command: ./a.sh, user: root}]",
    "pre_stop": "pre_stop: [{command: ./a.sh}]",
}
"""What Compose takes and this site does not: each is told by name, with what to do instead."""

TOP = """
networks:
  front: {driver: bridge, attachable: true, labels: {a: b}}
  back: {internal: true}
  fixed: {ipam: {driver: default, config: [{subnet: 10.77.0.0/24, gateway: 10.77.0.1}]}}
volumes:
  named:
  outside: {external: true, name: of-others}
  disk: {driver: local, driver_opts: {type: tmpfs, device: tmpfs}, labels: [a=b], name: my-disk}
configs:
  one: {content: "one ${KNOWN}"}
  two: {environment: KNOWN}
secrets:
  word: {file: ./there/file.conf}
  told: {environment: KNOWN}
"""

FILES = {
    ".env": "KNOWN=known\nCOMPOSE_PROFILES=wanted\nCOMPOSE_PROJECT_NAME=forged\n",
    "a.env": "A=1\nB='two words'\n# comment\nC=\"x\\ny\"\n",
    "b.env": "B=3\nD=$KNOWN\n",
    "raw.env": "# comment\nB='b c'\n  D=$KNOWN ${NOT}# e \nE=\n",
    "labels.env": "l1=a\nl2=b\n",
    "there/file.conf": "x",
    "built/Dockerfile": "FROM scratch\n",
    "sub/other.yaml": "services:\n  theirs: {image: o, environment: {A: 1, B: 2}, volumes: ['./own:/own'], "
    "env_file: o.env}\n",
    "sub/o.env": "O=o\n",
}


def whole() -> tuple[str, dict[str, str]]:
    """One file with all of them, and which service stands for which key."""
    lines = [
        "services:",
        "  db: {image: postgres, restart: always}",
        "  base: {image: based, environment: {A: 1}, labels: [x=y]}",
    ]
    keys: dict[str, str] = {}
    for key, bodies in SERVICES.items():
        for number, body in enumerate(bodies):
            name = f"{key.replace('_', '-')}-{number}"
            keys[name] = key
            lines.append(f"  {name}:")
            needs_image = key not in {"image", "extends", "build"}
            lines += [f"    {line}" for line in ([f"image: i-{number}"] if needs_image else []) + body.splitlines()]
    return "\n".join(lines) + TOP, keys
