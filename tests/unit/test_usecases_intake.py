from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from buildpacks.errors import Failure, NotFound, Refused
from buildsvc.model.deployment import Deployment, Phase
from buildsvc.model.events import Warned
from tests import forge
from tests.workshops import Bench, jar


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path / "data")
    made.apply()
    made.jobs.take()
    return made


def leftovers(bench: Bench) -> list[str]:
    folders = (bench.settings.paths.tmp, bench.settings.paths.spool)
    return [path.name for folder in folders if folder.is_dir() for path in folder.iterdir()]


def test_a_jar_is_matched_kept_and_queued(bench: Bench) -> None:
    accepted = bench.push()
    assert (accepted.application, accepted.component) == ("shop", "order")
    assert accepted.deployment is not None
    assert bench.jobs.take() == [accepted.deployment.id]
    assert bench.ledger.deployment(accepted.deployment.id).phase is Phase.QUEUED
    assert bench.site.artifacts.path(accepted.artifact).read_bytes() == jar()
    assert bench.kinds(accepted.deployment) == ["received"]
    assert leftovers(bench) == []


@pytest.mark.parametrize(
    "data",
    [b"just text", b"", forge.truncated(jar()), forge.encrypted(jar()), forge.library("demo.Tool"), jar()[:-1]],
    ids=["text", "empty", "truncated", "encrypted", "library", "one byte short"],
)
def test_what_cannot_run_is_refused_with_a_hint_and_leaves_nothing(bench: Bench, data: bytes) -> None:
    known = len(bench.ledger.deployments())
    with pytest.raises(Refused) as refused:
        bench.push(data=data)
    assert refused.value.code
    assert refused.value.hint
    assert len(bench.ledger.deployments()) == known
    assert bench.jobs.waiting == []
    assert leftovers(bench) == []


def test_the_same_bytes_again_are_live_already_unless_forced(bench: Bench) -> None:
    bench.live("1.0")
    again = bench.push("1.0")
    assert (again.deployment, again.already_live) == (None, 1)
    forced = bench.push("1.0", force=True)
    assert bench.run(forced).release == 2


def test_an_older_version_is_no_news_of_the_live_one(bench: Bench) -> None:
    bench.live("1.0")
    bench.live("2.0")
    assert bench.push("1.0").deployment is not None


def test_a_jar_that_fits_nobody_is_refused_and_the_candidates_are_named(bench: Bench) -> None:
    with pytest.raises(Refused) as refused:
        bench.push(data=jar(artifact="payments"), filename="payments.jar")
    assert "order" in str(refused.value)
    assert "stock" in str(refused.value)


def test_a_component_that_was_once_given_a_jar_knows_the_next_one(bench: Bench) -> None:
    odd = jar("1", artifact="payments")
    bench.push(data=odd, filename="p.jar", application="shop", component="stock")
    accepted = bench.push(data=jar("2", artifact="payments"), filename="q.jar")
    assert accepted.component == "stock"


def test_a_jar_for_an_image_component_is_refused(bench: Bench) -> None:
    with pytest.raises(Refused) as refused:
        bench.push(application="shop", component="cache")
    assert refused.value.code == "not-a-jar-component"


@pytest.mark.parametrize(("application", "component"), [("shop", "ordr"), ("shp", "order"), ("shp", None)])
def test_a_name_that_names_nothing_is_said_before_anything_is_kept(
    bench: Bench, application: str, component: str | None
) -> None:
    with pytest.raises(NotFound):
        bench.push(application=application, component=component)
    assert leftovers(bench) == []


def test_without_any_component_the_next_step_is_told(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        Bench(tmp_path / "data").push()
    assert refused.value.code == "no-components"
    assert "buildsvc apply" in refused.value.hint


def test_an_upload_that_breaks_off_leaves_nothing(bench: Bench) -> None:
    class Broken:
        def read(self, _size: int = -1) -> bytes:
            raise Refused("upload-broken", "The upload ended early.", "Send it again.")

    from_door = Broken()
    with pytest.raises(Failure):
        bench.site.artifacts.receive(from_door, limit=1000)
    assert leftovers(bench) == []


def test_while_the_queue_is_away_an_upload_is_kept_all_the_same(bench: Bench) -> None:
    bench.jobs.up = False
    accepted = bench.push()
    assert accepted.deployment is not None
    assert bench.ledger.deployment(accepted.deployment.id).phase is Phase.QUEUED


def test_a_tar_is_kept_as_its_zip_and_known_again(bench: Bench) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        jar = forge.jar(main="demo.Main", extra=forge.pom_properties("demo", "order-service", "1.0"))
        info = tarfile.TarInfo("order-1.0/order.jar")
        info.size = len(jar)
        archive.addfile(info, io.BytesIO(jar))
    accepted = bench.push(
        data=out.getvalue(), filename="order-service-1.0.tar.gz", application="shop", component="order"
    )
    bench.run(accepted)
    assert bench.serving() == 1
    again = bench.push(data=out.getvalue(), filename="order-service-1.0.tar.gz", application="shop", component="order")
    assert again.already_live == 1
    assert list(bench.settings.paths.tmp.glob("upload-*")) == []


def test_a_broken_tar_leaves_nothing(bench: Bench) -> None:
    with pytest.raises(Refused) as refused:
        bench.push(data=b"\x1f\x8b\x08 broken", filename="x.tar.gz", application="shop", component="order")
    assert refused.value.code == "archive-truncated"
    assert list(bench.settings.paths.tmp.glob("upload-*")) == []


ACME = """
name = "acme"
before = "executable-jar"
[match]
entries = ["acme.txt"]
[[layer]]
role = "application"
whole = "/app/acme.jar"
[launch]
jar = "/app/acme.jar"
"""


def told(bench: Bench, deployment: Deployment) -> list[str]:
    events = (recorded.event for recorded in bench.ledger.events(deployment.id))
    return [event.message for event in events if isinstance(event, Warned) and event.code == "artifact"]


def test_a_buildpack_of_the_site_is_noticed_while_the_service_runs_and_never_takes_over_in_silence(
    bench: Bench,
) -> None:
    def pushed(version: str) -> Deployment:
        extra = {"acme.txt": b"", **forge.pom_properties("demo", "order-service", version)}
        return bench.run(bench.push(data=forge.jar(extra=extra)))

    file = bench.settings.buildpacks / "acme.toml"
    first = pushed("1")
    assert bench.ledger.release("shop", "order", 1).build.buildpack == "executable-jar"
    assert bench.ledger.release("shop", "order", 1).build.buildpack_digest is None
    assert told(bench, first) == []
    forge.write(file, ACME.encode())
    second = pushed("2")
    assert bench.ledger.release("shop", "order", 2).build.buildpack == "acme"
    assert bench.ledger.release("shop", "order", 2).build.buildpack_digest == hashlib.sha256(ACME.encode()).hexdigest()
    assert told(bench, second) == [
        f"The buildpack acme ({file}) takes it away from the built-in executable-jar, which fits too."
    ]
    forge.write(file, ACME.replace("match", "mach").encode())
    third = pushed("3")
    assert bench.ledger.release("shop", "order", 3).build.buildpack == "executable-jar"
    assert "mach is not a known key. Did you mean match?" in told(bench, third)[0]
    file.unlink()
    assert told(bench, pushed("4")) == []


def test_the_door_lets_through_what_only_a_buildpack_of_the_site_can_start(bench: Bench) -> None:
    data = forge.archive({"acme.txt": b"", "lib/a.jar": forge.library("a.A")})
    with pytest.raises(Refused, match="none that can be started"):
        bench.push(data=data, filename="order-service.zip")
    forge.write(bench.settings.buildpacks / "acme.toml", ACME.encode())
    done = bench.run(bench.push(data=data, filename="order-service.zip"))
    assert (done.phase, bench.ledger.release("shop", "order", 1).build.buildpack) == (Phase.LIVE, "acme")


def test_what_a_buildpack_of_the_site_takes_and_cannot_plan_is_refused_at_the_door(bench: Bench) -> None:
    forge.write(bench.settings.buildpacks / "acme.toml", ACME.replace('app/acme.jar"\n[l', 'app/x"\n[l').encode())
    with pytest.raises(Refused, match=r"cannot start it: launch.jar /app/acme.jar means nothing"):
        bench.push(data=forge.jar(extra={"acme.txt": b""}))
    assert leftovers(bench) == []
