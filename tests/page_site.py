"""A site full of life for the page's tests and pictures: what runs, what failed, what goes on. Nothing really runs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from werkzeug.serving import make_server

from buildpacks.errors import Failure
from buildsvc.model.access import Role
from buildsvc.model.application import Application, Component, Dependency, JarSettings, Placement, Port
from buildsvc.model.deployment import Deployment, Phase
from buildsvc.model.events import (
    Analysed,
    BaseChosen,
    Event,
    Failed,
    ImageBuilt,
    ImageLoaded,
    InstanceStarted,
    Received,
    Started,
)
from buildsvc.model.instance import Instance, Snapshot
from buildsvc.model.site_parts import SiteValue
from tests import bundles, forge
from tests.doors_site import SHOP, Door, record_release

JARS = ("member", "stock", "order", "billing", "portal", "notice")


def needs(*names: str) -> tuple[Dependency, ...]:
    return tuple(Dependency(name) for name in names)


CITY = Application(
    "city-portal",
    (
        *(
            Component(
                name,
                jar=JarSettings(f"{name}-service"),
                ports=(Port(8081 + i, 8080),) if name == "portal" else (),
                depends_on=needs("member", "order", "stock", "notice") if name == "portal" else needs("mysql", "redis"),
            )
            for i, name in enumerate(JARS)
        ),
        Component("mysql", image="mysql:8.0"),
        Component("redis", image="redis:7"),
        Component("nginx", image="nginx:1.26", ports=(Port(80, 80),), depends_on=needs("portal")),
    ),
)
STORY: tuple[Event, ...] = (
    Received("ab" * 32, "order-1.4.2.jar", 48_211_302, "its artifactId"),
    Started("worker-1"),
    Analysed("spring-boot", "order", "1.4.2", 17, "its classes", 112, 0.4),
    BaseChosen("jre-17", "17.0.12", "linux/amd64", "the smallest that runs it"),
    ImageBuilt("buildsvc/shop-order:8", "sha256:c", 5, 1, 2_100_000, 0.6),
    ImageLoaded("sparse", 1, 2_100_000, 0.3),
    InstanceStarted("order-green", "green"),
)


def instance(application: str, part: Component, now: object, *, state: str = "running") -> Instance:
    role = "instance" if part.is_jar else "image"
    return Instance(
        f"{application}-{part.name}", f"{application}-{part.name}-blue", application, part.name, role, state,  # type: ignore[arg-type]
        part.image or "buildsvc", now, slot="blue" if part.is_jar else None, release=1, active=part.is_jar, restarts=0,  # type: ignore[arg-type]
    )  # fmt: skip


def happen(door: Door, deployment: Deployment, *events: Event) -> None:
    for event in events:
        door.site.publisher(deployment.id)(event)


def look(door: Door, application: Application, **states: str) -> None:
    """The observer's look: everything runs but what `states` says (none: it is not there)."""
    now = door.clock.now()
    seen = tuple(
        instance(application.name, part, now - timedelta(hours=3), state=states.get(part.name, "running"))
        for part in application.components
        if states.get(part.name) != "none"
    )
    door.ledger.save_snapshots([Snapshot(application.name, now, "docker", seen)])


def furnish(door: Door) -> None:
    """Two applications: the shop, in which an order failed, and a bigger one, in which something goes on."""
    door.ledger.save_application(CITY, Placement(), actor="zhang.wei")
    for version in ("1.4.0", "1.4.1"):
        record_release(door, "order", f"order-{version}.jar", version)
    record_release(door, "stock", "stock-2.0.jar", "2.0")
    failed = door.deployment("order")
    happen(door, failed, *STORY)
    reason = Failed(
        "unhealthy", "It was not healthy within 300 s.", "Look at its log.",
        ("2026-11-28 09:14:02 ERROR HikariPool-1 - Exception during pool initialization.",
         "Caused by: java.net.UnknownHostException: mysql-old"),
    )  # fmt: skip
    happen(door, failed, reason)
    door.ledger.advance(failed.id, Phase.FAILED, failure=Failure("unhealthy", reason.message, reason.hint))
    for name in JARS:
        deployment = door.deployment(name, "city-portal")
        door.ledger.advance(deployment.id, Phase.SETTLED)
    going = door.deployment("member", "city-portal")
    happen(door, going, *STORY[:5])
    door.ledger.advance(going.id, Phase.BUILDING)
    look(door, SHOP)
    look(door, CITY)


def pushed(door: Door, component: str, jar: bytes, filename: str) -> Deployment:
    """A jar as it arrives by the API; its deployment."""
    query = {"filename": filename, "application": "shop", "component": component}
    answer = door.client().post("/api/artifacts", query_string=query, data=jar, headers=door.headers(Role.DEVELOPER))
    assert answer.status_code == 202, answer.text
    return door.ledger.deployment(answer.get_json()["deployment"]["id"])


def await_approval(door: Door, component: str = "stock") -> Deployment:
    """A push that was built and waits for somebody's word; what serves is an earlier jar of the same."""
    first, second = (
        forge.boot_jar(
            maven=("demo", f"{component}-service", version),
            libraries={f"gson-{version}.jar": forge.library("com.google.gson.Gson")},
            classes={f"demo.{name}": 17 for name in names},
            resources={"application.properties": f"stock.limit={version}\n".encode()},
        )
        for version, names in (("2.10.0", ("Shelf", "Count")), ("2.11.0", ("Shelf", "Count", "Order")))
    )
    before = pushed(door, component, first, f"{component}-2.10.0.jar")
    door.ledger.advance(before.id, Phase.SETTLED)
    record_release(door, component, f"{component}-2.10.0.jar", "2.10.0", artifact=before.artifact)
    waiting = pushed(door, component, second, f"{component}-2.11.0.jar")
    door.ledger.advance(waiting.id, Phase.AWAITING_APPROVAL)
    return door.ledger.deployment(waiting.id)


VALUES = (
    SiteValue("DB_HOST", "address", says=(("en", "The database's host."), ("zh", "数据库主机。"))),
    SiteValue("PORT", "port", "8080", says=(("en", "The port of the shop."), ("zh", "商店的端口。"))),
    SiteValue("SIZE", "choice", "small", ("small", "large"), says=(("en", "How many orders there are."),)),
)


def keep_versions(door: Door) -> None:
    """Two versions: of the shop, which is here, and of one from another site, which asks for values."""
    found = bundles.snapshot(door.site.layout)
    door.ledger.create_version("shop", found, name="1.4.0", note="as accepted", actor="zhang.wei")
    asking = replace(found.application, name="market", values=VALUES)
    foreign = replace(found, application=asking)
    door.ledger.create_version("market", foreign, name="2.0.0", note="", actor="zhang.wei", origin="hall/7")


@contextmanager
def served(door: Door) -> Iterator[str]:
    """The door behind a real address; gives it, with a slash at the end."""
    server = make_server("127.0.0.1", 0, door.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def furnished(folder: Path, at: datetime | None = None) -> Iterator[tuple[Door, str]]:
    """A furnished site; what happens there happens `at` this moment."""
    door = Door(folder, streams=8)
    door.clock.time = at or door.clock.time
    try:
        furnish(door)
        with served(door) as address:
            yield door, address
    finally:
        door.close()
