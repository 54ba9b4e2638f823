"""Ledgers and nouns for tests."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from buildpacks.plan import Launch
from buildsvc.model.application import (
    Application,
    Component,
    HttpCheck,
    JarSettings,
    Mount,
    Network,
    Placement,
    Port,
    Secret,
    SlotAddresses,
)
from buildsvc.model.deployment import Cause, Deployment
from buildsvc.model.release import BuildFacts, ImageRef, Release
from buildsvc.store.ledger import Claim, Ledger, LiveRelease
from tests.fakes import CountingIds, SettableClock

ARTIFACT = "a" * 64
IMAGE = ImageRef("buildsvc/shop-order:1", "sha256:" + "c" * 64, "sha256:" + "d" * 64, "linux/amd64")
BUILD = BuildFacts(
    buildpack="spring-boot",
    java=17,
    java_reason="its classes ask for it",
    base="jre-17",
    base_digest="sha256:" + "b" * 64,
    base_reason="the smallest",
    title="order",
    version="1.0",
    stamp=1_700_000_000,
    launch=Launch(("-XX:+ExitOnOutOfMemoryError",), ("-cp", "/app/*", "demo.App"), ("--x",)),
    environment=(("A", "b"),),
)
ORDER = Component(
    "order",
    jar=JarSettings("order-service", health=HttpCheck("/health", 8080), ports=((8080, "http"), (9000, None))),
    environment=(("PLAIN", "1"), ("DB_PASSWORD", Secret("order.DB_PASSWORD"))),
    ports=(Port(8080, 8080),),
    mounts=(Mount("content", "e" * 64, "/etc/order", read_only=True), Mount("volume", "data", "/data")),
    networks=(("default", ("orders",)),),
)
SHOP = Application("shop", (ORDER, Component("redis", image="redis:7")), (Network("default", "shop_default"),))
PLACEMENT = Placement(
    {"default": ("10.1.0.0/22", "10.1.0.0/23")},
    {"order": {"default": SlotAddresses("10.1.2.1", "10.1.2.2", "10.1.2.3")}},
)


_opened: list[Ledger] = []


@cache
def _template() -> bytes:
    """An empty ledger's file: the migrations run once for all tests of a process."""
    with TemporaryDirectory() as folder:
        ledger = Ledger(Path(folder) / "ledger.db", SettableClock(), CountingIds())
        ledger.open()
        ledger.close()
        return ledger.path.read_bytes()


def forward(ledger: Ledger, seconds: float) -> None:
    """Let time pass for a ledger of `open_ledger`."""
    assert isinstance(ledger.clock, SettableClock)
    ledger.clock.forward(seconds)


def claimed(ledger: Ledger, deployment_id: str, holder: str = "one") -> Claim:
    """A claim that is got."""
    claim = ledger.claim(deployment_id, holder, lambda _: False)
    assert claim is not None
    return claim


def live_release(ledger: Ledger) -> LiveRelease:
    """What is live in the component `order` of `shop`."""
    live = ledger.live("shop", "order")
    assert live is not None
    return live


def open_ledger(path: Path, clock: SettableClock | None = None, ids: CountingIds | None = None) -> Ledger:
    """A new ledger; by default with a clock that stands still and ids that count."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_template())
    ledger = Ledger(path, clock or SettableClock(), ids or CountingIds())
    ledger.open()
    _opened.append(ledger)
    return ledger


def close_all() -> None:
    """Give back the connections of every ledger that was opened here; one that is used again opens new ones."""
    while _opened:
        _opened.pop().close()


def deployment(ledger: Ledger, component: str = "order", application: str = "shop") -> Deployment:
    return ledger.create_deployment(
        application=application,
        component=component,
        cause=Cause.ARTIFACT,
        artifact=ARTIFACT,
        release=None,
        actor="ann",
        door="api",
    )


def release(ledger: Ledger, component: str = "order", artifact: str = ARTIFACT, image: ImageRef = IMAGE) -> Release:
    return ledger.create_release(
        application="shop",
        component=component,
        artifact=artifact,
        filename="order.jar",
        image=image,
        build=BUILD,
        spec=ORDER,
    )
