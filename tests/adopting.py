"""A site beside a Compose project that somebody else started: what the tests of adopting share."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from buildsvc.model.api import Accepted
from buildsvc.model.composed import ComposedContainer, ComposedProject
from buildsvc.model.deployment import Deployment
from buildsvc.model.events import Warned
from buildsvc.usecases.adopt import ask_adoption, take
from tests import small_images
from tests.workshops import Bench

FILE = """\
services:
  order:
    x-buildsvc: {artifact: order-service, soak: 60s}
    image: shop/order
    ports: ["8080:8080"]
    environment: {GREETING: hello, DB_PASSWORD: geheim}
  cache:
    image: redis:7
    restart: always
    volumes: ["data:/data"]
volumes: {data: {}}
"""
IMAGE = "sha256:" + "7" * 64


def container(service: str, number: int = 1, **more: Any) -> ComposedContainer:
    name = f"shop-{service}-{number}"
    values: dict[str, Any] = {"image": f"shop/{service}", "image_id": IMAGE, "command": ("java", "-jar", "/a.jar")}
    if service == "order":
        values["environment"] = (("DB_PASSWORD", "geheim"), ("GREETING", "hello"))
    if service == "cache":
        values |= {"image": "redis:7", "command": ("redis-server",)}
    values |= {"state": "running", "exit_code": None, **more}
    return ComposedContainer(f"id-{name}", name, service, **values)


class Adopting:
    """A site beside a Compose project `shop` that runs."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bench = Bench(folder)
        self.engine = self.bench.engine
        self.engine.images.add(IMAGE)
        self.kept = kept = small_images.base(self.bench.site.layout, 11).image
        monkeypatch.setattr(take, "read_images", lambda _source, _layout: (kept,))
        self.runs(container("order"), container("cache"))

    def runs(self, *containers: ComposedContainer) -> None:
        networks, volumes = (("default", "shop_default"),), (("data", "shop_data"),)
        project = ComposedProject("shop", ("compose.yaml",), "/srv/shop", containers, networks, volumes)
        self.engine.others_made.projects["shop"] = project

    def adopt(
        self,
        text: str | None = FILE,
        *,
        name: str = "shop",
        plan: bool = False,
        jars: tuple[str, ...] = (),
        any_project: bool = True,
    ) -> Deployment:
        wish = ask_adoption.AdoptionWish("shop", name, "ann", "api", jars, plan, any_project)
        return self.bench.run(self.asked(wish, text))

    def asked(self, wish: ask_adoption.AdoptionWish, text: str | None = FILE) -> Accepted:
        """An adoption that waits for a worker."""
        stream = io.BytesIO(text.encode()) if text is not None else None
        return ask_adoption.submit(self.bench.site, wish, stream, file=None, content_type="application/yaml")

    def accepted(self, version: str = "1.0", *, accept_gap: bool = True) -> Accepted:
        """A jar of order that was pushed and waits for a worker."""
        return self.bench.push(version, application="shop", component="order", accept_gap=accept_gap)

    def pushed(self, version: str = "1.0", *, accept_gap: bool = True) -> Deployment:
        return self.bench.run(self.accepted(version, accept_gap=accept_gap))

    def events(self, deployment: Deployment) -> list[object]:
        return [one.event for one in self.bench.ledger.events(deployment.id)]

    def warnings(self, deployment: Deployment) -> dict[str, str]:
        told = [one for one in self.events(deployment) if isinstance(one, Warned)]
        return {f"{one.code}.{one.variant}".rstrip("."): one.message for one in told}

    def standing(self) -> set[tuple[str, object]]:
        part = self.bench.ledger.adoption("shop")
        assert part is not None
        return {(one.id, one.started) for one in self.engine.adopted("shop", part.components)}
