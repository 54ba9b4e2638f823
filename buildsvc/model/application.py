"""An application as written in its Compose file: components, their links, networks, volumes and configuration.

Values are normalised: sizes in bytes, durations in seconds, paths absolute or named. Names follow the Compose
Specification. `buildsvc.compose` makes these from a file; nothing else parses one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Literal

from buildsvc.model.data_commands import DataCommands
from buildsvc.model.registration import RegistryWish
from buildsvc.model.site_parts import HostUse, Naming, SiteValue, ValueUse

Protocol = Literal["tcp", "udp"]
Traffic = Literal["http", "tcp"]
Layers = Literal["artifact", "shared", "learned"]
Natives = Literal["auto", "warn", "require"]
DEFAULT_GRACE = 30.0
"""Seconds from SIGTERM to SIGKILL where a component says nothing: Spring's own shutdown phase lasts 30."""


@dataclass(frozen=True)
class Secret:
    """A reference to a value in the secret store; output shows `•••`. `name` is unique within its application."""

    name: str


Value = str | Secret


@dataclass(frozen=True)
class Port:
    """A published port: `host_ip:published -> target`. `published` None lets the engine choose."""

    target: int
    published: int | None = None
    host_ip: str = ""
    protocol: Protocol = "tcp"


@dataclass(frozen=True)
class Mount:
    """`kind` volume: `source` is a volume's key or "" for an anonymous one; bind: an absolute path on the server;
    content: read-only content kept by us, `source` is the SHA-256 of its tar (`is_file`: of a single file, which is put
    into the container, because a mount of a folder cannot stand for it); tmpfs: no source.
    """

    kind: Literal["volume", "bind", "content", "tmpfs"]
    source: str
    target: str
    read_only: bool = False
    tmpfs_size: int | None = None
    is_file: bool = False
    seed: str = ""
    """Of a volume that stands for a folder beside the file: the SHA-256 of the tar of what lay in it, or ""."""


@dataclass(frozen=True)
class CommandCheck:
    """A Compose `healthcheck`; `test` is argv (`CMD-SHELL` becomes `sh -c`). Times in seconds."""

    test: tuple[str, ...]
    interval: float = 30.0
    timeout: float = 30.0
    retries: int = 3
    start_period: float = 0.0


@dataclass(frozen=True)
class HttpCheck:
    """`x-buildsvc.health`: GET `path` on `port` answers 2xx."""

    path: str
    port: int | None = None


@dataclass(frozen=True)
class Dependency:
    """`depends_on`: wait until `component` fulfils `condition` before starting."""

    component: str
    condition: Literal["service_started", "service_healthy", "service_completed_successfully"] = "service_started"
    required: bool = True


@dataclass(frozen=True)
class Limits:
    """Resource limits; None where nothing is set. Memory in bytes, `cpus` in cores, `pids` a count."""

    memory: int | None = None
    memory_reservation: int | None = None
    cpus: float | None = None
    pids: int | None = None
    swap: int | None = None
    """Memory and swap together, in bytes; -1 is unlimited."""
    swappiness: int | None = None
    shares: int | None = None
    quota: int | None = None
    """Microseconds of processor time in each `period`."""
    period: int | None = None
    cpuset: str | None = None
    oom_score: int | None = None


@dataclass(frozen=True)
class Logging:
    driver: str
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class KeptPaused:
    """A former instance that is kept is frozen, behind its soak, until `paused` seconds from the switch."""

    paused: float


@dataclass(frozen=True)
class JarSettings:
    """`x-buildsvc` of a jar component. Durations in seconds. `artifact` is how an unnamed jar is matched."""

    artifact: str
    java: int | None = None
    health: HttpCheck | None = None
    ports: tuple[tuple[int, Traffic | None], ...] = ()
    drain: float = 30.0
    soak: float = 60.0
    keep: float | KeptPaused = 0.0
    """How long the former instance runs on after the switch, or stands frozen, for an undo in a second: where that is
    longer than the soak, and the host has the memory.
    """
    deadline: float = 300.0
    strategy: Literal["start-first", "stop-first"] = "start-first"
    chown: bool = False
    context: str = "/"
    """The context path of a war that runs on Tomcat."""
    layers: Layers = "artifact"
    """`shared`: each large library gets a layer, the same in all components that have it. `learned`: libraries that
    were seen to change between uploads get one.
    """
    cds: bool = True
    """Whether a CDS archive of its libraries is made and used."""
    timezone: str | None = None
    """A name of the IANA database; None leaves the engine's, which is UTC."""
    locale: str | None = None
    """Language, and perhaps script and country, as in `zh_CN`: how the program writes dates, numbers and messages."""
    may_end: int = 0
    """How many times an instance may end before it is healthy: it is started again, and only then has it failed."""
    watch_errors: bool = True
    """Whether a rise of its answers of 5xx in the soak switches back."""
    warm: tuple[str, ...] = ()
    """Paths that a new instance is asked for before it gets requests."""
    registry: RegistryWish = field(default_factory=RegistryWish)
    secrets: tuple[str, ...] = ()
    """Variables of its environment that are secrets although neither name nor value looks so."""
    natives: Natives = "auto"
    """What follows where a native library cannot be loaded. `auto`: a warning, and a refusal where the program surely
    loads it; `warn`: never a refusal; `require`: always one.
    """

    @property
    def kept_for(self) -> float:
        """Seconds from the switch that the former instance is there, running or frozen."""
        return self.keep.paused if isinstance(self.keep, KeptPaused) else self.keep


@dataclass(frozen=True)
class Component:
    """One runnable. A jar component has `jar` set and no `image`; an image component the other way round."""

    name: str
    image: str | None = None
    jar: JarSettings | None = None
    environment: tuple[tuple[str, Value], ...] = ()
    command: tuple[str, ...] | None = None
    entrypoint: tuple[str, ...] | None = None
    ports: tuple[Port, ...] = ()
    expose: tuple[int, ...] = ()
    mounts: tuple[Mount, ...] = ()
    networks: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Pairs (network key, aliases)."""
    depends_on: tuple[Dependency, ...] = ()
    healthcheck: CommandCheck | None = None
    healthcheck_disabled: bool = False
    restart: Literal["no", "always", "on-failure", "unless-stopped"] = "unless-stopped"
    restart_retries: int = 0
    limits: Limits = Limits()
    logging: Logging | None = None
    labels: tuple[tuple[str, str], ...] = ()
    user: str | None = None
    working_dir: str | None = None
    hostname: str | None = None
    extra_hosts: tuple[tuple[str, str], ...] = ()
    ulimits: tuple[tuple[str, int, int], ...] = ()
    sysctls: tuple[tuple[str, str], ...] = ()
    cap_add: tuple[str, ...] = ()
    cap_drop: tuple[str, ...] = ()
    privileged: bool = False
    read_only: bool = False
    init: bool = False
    shm_size: int | None = None
    stop_signal: str | None = None
    stop_grace_period: float | None = None
    naming: Naming = field(default_factory=Naming)
    host: HostUse = field(default_factory=HostUse)
    replicas: int = 1
    tty: bool = False
    stdin_open: bool = False
    data: DataCommands = field(default_factory=DataCommands)

    @property
    def is_jar(self) -> bool:
        return self.jar is not None

    @property
    def grace(self) -> float:
        """Seconds from SIGTERM to SIGKILL."""
        return DEFAULT_GRACE if self.stop_grace_period is None else self.stop_grace_period

    @property
    def holds_data(self) -> bool:
        """Whether it may write where a new container of it finds that again."""
        return any(one.kind in {"volume", "bind"} and not one.read_only for one in self.mounts)


@dataclass(frozen=True)
class Network:
    """`external` names a network that somebody else made; otherwise `apply` makes it with an explicit subnet."""

    key: str
    name: str
    external: bool = False
    internal: bool = False
    labels: tuple[tuple[str, str], ...] = ()
    subnet: str | None = None
    """In CIDR, where the file fixes it; otherwise the site chooses one."""


@dataclass(frozen=True)
class Volume:
    key: str
    name: str
    external: bool = False
    driver: str | None = None
    driver_options: tuple[tuple[str, str], ...] = ()
    labels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Application:
    """A business system. `name` is its Compose project name: lower case letters, digits, `-` and `_`. `answers` are
    this site's to `values`, which stand at `uses`.
    """

    name: str
    components: tuple[Component, ...]
    networks: tuple[Network, ...] = ()
    volumes: tuple[Volume, ...] = ()
    values: tuple[SiteValue, ...] = ()
    uses: tuple[ValueUse, ...] = ()
    answers: tuple[tuple[str, str], ...] = ()

    def component(self, name: str) -> Component | None:
        return next((c for c in self.components if c.name == name), None)

    @property
    def jar_components(self) -> tuple[Component, ...]:
        return tuple(c for c in self.components if c.is_jar)


@dataclass(frozen=True)
class SlotAddresses:
    """The three fixed IPv4 addresses of a jar component on one network."""

    gateway: str
    blue: str
    green: str


@dataclass(frozen=True)
class Placement:
    """Where an application lives on a site: what the ledger fixed once and keeps.

    `subnets` maps a network key to its (subnet, ip_range) in CIDR; `addresses` maps (component, network key).
    External networks have neither.
    """

    subnets: dict[str, tuple[str, str]] = field(default_factory=dict)
    addresses: dict[str, dict[str, SlotAddresses]] = field(default_factory=dict)
    """component -> network key -> addresses"""

    @property
    def networks(self) -> frozenset[IPv4Network]:
        """The subnets that are taken by it."""
        return frozenset(IPv4Network(subnet) for subnet, _ in self.subnets.values())
