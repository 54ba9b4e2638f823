"""A site for the tests of the doors: the real ledger, artifacts and secrets in a folder; feed and jobs are fakes."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from buildpacks.plan import Launch
from buildsvc.doors.http.app import create_app
from buildsvc.doors.http.fanout import Pace
from buildsvc.image.bases import BaseCache
from buildsvc.image.image_cache import ImageCache
from buildsvc.image.layout import Layout
from buildsvc.model.access import Role
from buildsvc.model.application import Application, Component, JarSettings, Placement, Port
from buildsvc.model.deployment import Cause, Deployment, Phase
from buildsvc.model.events import LogLine
from buildsvc.model.release import BuildFacts, ImageRef
from buildsvc.store.analyses import Analyses
from buildsvc.store.artifacts import Artifacts
from buildsvc.store.bundle.promised import Promised
from buildsvc.store.secrets import Secrets
from buildsvc.usecases.site import KnownLibraries, Site, SiteBuildpacks
from tests.fakes import FakeFeed, FakeJobs, SettableClock
from tests.ledgers import open_ledger

MANIFEST = f"sha256:{'e' * 64}"
"""Of an image that is nowhere: what is kept is looked for by it, so it has to be a digest."""
QUICK = Pace(poll=0.05, heartbeat=0.1)
SHOP = Application(
    "shop",
    (
        Component("order", jar=JarSettings("order-service"), ports=(Port(8080, 8080),)),
        Component("stock", jar=JarSettings("stock-service")),
        Component("redis", image="redis:7"),
    ),
)


def record_release(
    door: Door, component: str, filename: str, version: str, manifest: str = MANIFEST, *, artifact: str | None = None
) -> int:
    """A release that went live, as a worker would record it; its number."""
    deployment = door.deployment(component)
    release = door.ledger.create_release(
        application="shop",
        component=component,
        artifact=artifact or deployment.artifact or "",
        filename=filename,
        image=ImageRef(f"buildsvc/shop-{component}:{version}", "sha256:c", manifest, "linux/amd64"),
        build=BuildFacts(
            buildpack="spring-boot",
            java=17,
            java_reason="its classes",
            base="jre-17",
            base_digest="sha256:b",
            base_reason="the smallest that runs it",
            title=component,
            version=version,
            stamp=1_700_000_000,
            launch=Launch((), ("-jar", "app.jar")),
        ),
        spec=SHOP.components[0],
    )
    door.ledger.advance(deployment.id, Phase.LIVE, release=release.number)
    door.ledger.set_live("shop", component, release.number, deployment.id, fence=None)
    door.ledger.advance(deployment.id, Phase.SETTLED)
    return release.number


class Door:
    """A site with its web application, tokens for every role, and one application."""

    def __init__(self, folder: Path, *, streams: int = 2, max_upload: int = 4 * 1024 * 1024) -> None:
        paths = SimpleNamespace(
            audit_head=folder / "audit.head",
            tmp=folder / "tmp",
            secret_key=folder / "secret.key",
            spool=folder / "spool",
            usage=folder / "usage.db",
            held=folder / "held",
        )
        paths.tmp.mkdir(parents=True)
        self.clock = SettableClock()
        self.ledger = open_ledger(folder / "ledger.db", self.clock)
        self.feed = FakeFeed()
        self.jobs = FakeJobs(self._follow)
        self.tmp = paths.tmp
        settings: Any = SimpleNamespace(
            language="en", max_upload=max_upload, streams=streams, paths=paths, data=folder, scan=None,
            docker_host=None, inbox=folder / "inbox", buildpacks=folder / "buildpacks", redis_url="redis://127.0.0.1/0",
            settings_file=folder / "settings.env", syslog=None, session_idle=3600.0, session_length=43200.0,
            scan_timeout=9.0, site_name="here", password_length=12, password_kinds=1, password_days=None,
            lock_after=5, lock_for=900.0, second_factor=False, separate_powers=False,
            ldap_url=None, oidc_issuer=None, oidc_redirect=None, webhooks=None, time_zone=None, approval_days=7,
            served_certificate=None, bundle_keys=None, bundle_folders="", dumps=folder / "dumps", keep_dumps=5,
            engine="docker", keep_releases=10, keep_versions=20, keep_history=365,
        )  # fmt: skip
        self.settings = settings
        layout = Layout(folder, paths.tmp)
        self.site = Site(
            settings=settings,
            ledger=self.ledger,
            artifacts=Artifacts(folder, paths.tmp),
            analyses=Analyses(folder, paths.tmp, "test"),
            secrets=Secrets(self.ledger, paths.secret_key),
            layout=layout,
            bases=BaseCache(folder / "bases", layout),
            images=ImageCache(folder / "images", layout),
            jobs=self.jobs,
            feed=self.feed,
            clock=self.clock,
            known=KnownLibraries(self.ledger),
            buildpacks=SiteBuildpacks(folder / "buildpacks"),
            promised=Promised(layout),
        )
        self.tokens = {role: self.ledger.create_token(str(role), role)[0] for role in Role}
        self.ledger.save_application(SHOP, Placement(), actor="test")
        self.app = create_app(self.site, pace=QUICK)

    def _follow(self, channel: str) -> None:
        for line in ("a line", "another"):
            self.feed.pass_on(channel, LogLine(line))
        self.feed.finish(channel)

    def again(self) -> Flask:
        """The web application as it is after a restart."""
        return create_app(self.site, pace=QUICK)

    def client(self) -> FlaskClient:
        """A client with nothing in its hands."""
        return self.app.test_client()

    def headers(self, role: Role = Role.ADMIN) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[role]}"}

    def limited(self, role: Role, *applications: str) -> dict[str, str]:
        plain, _ = self.ledger.create_token(f"limited-{role}-{len(applications)}", role, applications)
        return {"Authorization": f"Bearer {plain}"}

    def deployment(self, component: str = "order", application: str = "shop") -> Deployment:
        return self.ledger.create_deployment(
            application=application,
            component=component,
            cause=Cause.ARTIFACT,
            artifact="ab" * 32,
            release=None,
            actor="test",
            door="api",
        )

    def close(self) -> None:
        self.ledger.close()
