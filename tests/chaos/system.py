"""The system that is struck: a site whose processes obey a planted order, and one component that carries everything."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from pathlib import Path

from buildsvc.model.deployment import Deployment, Phase
from tests import forge
from tests.e2e.site import FRUGAL, ROOT, Application, LiveSite, free_port
from tests.programs import SOURCE, Manner, compiled
from tests.waiting import until

HERE = Path(__file__).parent
SOAK, DRAIN, DEADLINE = 3, 5, 6
"""Seconds. The drain is longer than any visit, the soak longer than it takes to have an instance crash in it."""
REACHED = 60.0
COMPOSE = """\
name: {name}
services:
  order:
    x-buildsvc:
      {{soak: {soak}s, deadline: {deadline}s, drain: {drain}s, health: /health, watch_errors: false,
        ports: [8081/http, 9090/http, 9191]}}
    environment: {{JAVA_OPTS: "{java_opts}"}}
    ports: ["127.0.0.1:{main}:8080", "127.0.0.1:{large}:8081", "127.0.0.1:{web_socket}:9090", "127.0.0.1:{tcp}:9191"]
    stop_grace_period: 2s
  cache:
    image: {image}
    entrypoint: ["sleep", "infinity"]
    stop_signal: SIGKILL
"""


@dataclass(frozen=True)
class Ports:
    """Where the gateway answers: requests, what is large or long, WebSockets, plain TCP."""

    main: int
    large: int
    web_socket: int
    tcp: int


@dataclass
class StruckSite(LiveSite):
    """`buildsvc up` whose journals stop, or kill, at the step that was ordered."""

    @property
    def orders(self) -> Path:
        return self.folder / "orders"

    @property
    def environment(self) -> dict[str, str]:
        planted = f"{HERE / 'planted'}:{ROOT}"
        return {**super().environment, "PYTHONPATH": planted, "CHAOS_FOLDER": str(self.orders)}

    def order(self, step: str, moment: str, deed: str) -> None:
        """The next journal that comes to this step obeys, once."""
        self.orders.mkdir(exist_ok=True)
        for left in self.orders.iterdir():
            left.unlink()
        (self.orders / "new").write_text(f"{step} {moment} {deed}")
        (self.orders / "new").rename(self.orders / "order")

    def wait_until_reached(self) -> None:
        until((self.orders / "reached").exists, REACHED, every=0.01)

    def let_go(self) -> None:
        """Who was held goes on."""
        (self.orders / "go").touch()


@dataclass(frozen=True)
class Struck:
    """The application upon the site, and the jars for it."""

    site: StruckSite
    app: Application
    ports: Ports
    classes: dict[str, bytes]

    def jar(self, version: str, manner: Manner = "healthy") -> Path:
        entries = {
            "META-INF/MANIFEST.MF": forge.manifest({"Main-Class": "Traffic"}),
            "program.properties": f"version={version}\nmanner={manner}\n".encode(),
            **self.classes,
        }
        return forge.write(self.site.folder / "jars" / f"order-{version}.jar", forge.archive(entries))

    def next_version(self) -> str:
        """One that was never pushed: what answers now may be any of the former ones."""
        return f"{len(list((self.site.folder / 'jars').glob('*.jar'))) + 1}.0"

    def push(self, manner: Manner = "healthy") -> tuple[str, str]:
        """Push a new version without waiting; the version, and the deployment's id."""
        version = self.next_version()
        return version, self.app.push(self.jar(version, manner))

    def tells_the_truth(self, deployment: Deployment, before: str, pushed: str) -> None:
        """What the ledger says is what the engine has and what a visitor sees; nothing is left over."""
        assert deployment.phase in {Phase.SETTLED, Phase.SWITCHED_BACK, Phase.FAILED}, deployment
        version = pushed if deployment.phase is Phase.SETTLED else before
        assert deployment.phase is not Phase.FAILED or deployment.error_code, deployment
        assert self.app.answer() == version
        live = [one for one in self.site.client.releases(self.app.name, "order") if one.live]
        assert [one.filename for one in live] == [f"order-{version}.jar"]
        (standing,) = self.app.containers("instance", "order")
        assert standing.labels["io.buildsvc.release"] == str(live[0].number)
        assert standing.attrs["HostConfig"]["RestartPolicy"]["Name"] == "unless-stopped"

    def next_push_works(self) -> None:
        version, deployment = self.push()
        assert self.site.answered(deployment).phase.serving
        assert self.app.answer() == version


def applied(site: StruckSite, cache: Path) -> Struck:
    """Apply the application and bring its first version live."""
    ports = Ports(*(free_port() for _ in range(4)))
    app = Application(site, f"chaos{uuid.uuid4().hex[:8]}", ports.main)
    site.applications.append(app)
    text = COMPOSE.format(
        name=app.name, soak=SOAK, deadline=DEADLINE, drain=DRAIN, image=site.image, java_opts=FRUGAL, **vars(ports)
    )
    assert site.applied(text).phase is Phase.SETTLED
    made = Struck(site, app, ports, compiled_with_traffic(cache))
    _, deployment = made.push()
    assert site.ended(deployment).phase is Phase.SETTLED
    return made


def compiled_with_traffic(cache: Path) -> dict[str, bytes]:
    return compiled(cache, SOURCE, HERE / "Traffic.java")
