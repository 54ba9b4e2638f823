"""Thin jars at the door: joined with the libraries that the site knows, told where from, refused by name otherwise."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from buildpacks.errors import Failure, Refused
from buildsvc.image.recall import recall
from buildsvc.model.api import Accepted
from buildsvc.model.deployment import Phase
from buildsvc.model.events import Event, ImageBuilt, LibrariesAdded, Received, Warned
from buildsvc.usecases.deploy import rollback
from buildsvc.usecases.receive import intake
from tests import forge
from tests.own_buildpacks import for_toml, shown
from tests.thin import library, thin_jar
from tests.workshops import Bench

A, B = library("A"), library("B")
FULL = {"order.jar": thin_jar("lib/a.jar", "lib/b.jar"), "lib/a.jar": A, "lib/b.jar": B, "conf/shop.txt": b"hello"}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path / "data")
    made.apply()
    return made


def push(
    bench: Bench,
    data: bytes | None = None,
    filename: str = "order.jar",
    *,
    libs: dict[str, bytes] | None = None,
    libs_name: str = "lib.zip",
    component: str | None = "order",
    force: bool = False,
) -> Accepted:
    files = []
    if data is not None:
        files.append(intake.Incoming("artifact", filename, io.BytesIO(data)))
    if libs is not None:
        files.append(intake.Incoming("libraries", libs_name, io.BytesIO(forge.archive(libs))))
    told = intake.Upload(filename, "ann", "api", "shop" if component else None, component, force, anyway=True)
    return intake.receive_all(bench.site, files, told)


def live(bench: Bench, *args: object, **how: object) -> Accepted:
    accepted = push(bench, *args, **how)  # type: ignore[arg-type]
    bench.clock.forward(60)
    assert bench.run(accepted).phase.serving
    return accepted


def refusal(bench: Bench, *args: object, **how: object) -> Failure:
    before = (bench.ledger.deployments(), bench.ledger.references())
    with pytest.raises(Refused) as caught:
        push(bench, *args, **how)  # type: ignore[arg-type]
    assert (bench.ledger.deployments(), bench.ledger.references()) == before
    assert left(bench) == []
    return caught.value


def left(bench: Bench) -> list[Path]:
    return list(bench.settings.paths.tmp.glob("upload-*"))


def events(bench: Bench, accepted: Accepted) -> list[Event]:
    assert accepted.deployment is not None
    return [one.event for one in bench.ledger.events(accepted.deployment.id)]


def added(bench: Bench, accepted: Accepted) -> list[tuple[str, str, int | None, int, str]]:
    found = [event for event in events(bench, accepted) if isinstance(event, LibrariesAdded)]
    return [(one.origin, one.filename, one.release, one.count, one.jar) for one in found]


def content(bench: Bench, accepted: Accepted) -> dict[str, bytes]:
    """What the artifact of a push holds."""
    with zipfile.ZipFile(bench.site.artifacts.path(accepted.artifact)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def layers(bench: Bench, release: int) -> list[str]:
    """The digests of a release's layers."""
    image = bench.ledger.release("shop", "order", release).image
    return [layer.descriptor.digest for layer in recall(bench.site.layout, image.manifest, image.reference).layers]


def test_a_jar_alone_gets_the_libraries_of_the_artifact_before_and_only_its_own_layer_is_new(bench: Bench) -> None:
    live(bench, forge.archive(FULL), "order-service-1.0.zip")
    jar = thin_jar("lib/a.jar", "lib/b.jar", version="2")
    accepted = live(bench, jar, "order-2.jar", component=None)
    assert accepted.component == "order"
    assert accepted.message.endswith("(release 1, pushed on 2026-01-02 03:04 UTC).")
    assert added(bench, accepted) == [("former", "order-service-1.0.zip", 1, 2, "")]
    assert content(bench, accepted) == {
        "order-2.jar": jar,
        "lib/a.jar": A,
        "lib/b.jar": B,
        "conf/shop.txt": b"hello",
    }
    received, built = (
        next(one for one in events(bench, accepted) if isinstance(one, kind)) for kind in (Received, ImageBuilt)
    )
    assert isinstance(received, Received)
    assert (received.filename, received.size) == ("order-2.jar", len(jar))
    assert isinstance(built, ImageBuilt)
    assert built.layers_written == 1
    former, newest = (layers(bench, number) for number in (1, 2))
    assert former[:-1] == newest[:-1]
    assert former[-1] != newest[-1]
    assert bench.ledger.release("shop", "order", 2).filename == "order-2.jar"
    assert left(bench) == []


def test_the_same_jar_again_is_live_already_also_under_another_name(bench: Bench) -> None:
    live(bench, forge.archive(FULL), "order-service-1.0.zip")
    assert push(bench, FULL["order.jar"], "order (1).jar").already_live == 1
    jar = thin_jar("lib/a.jar", "lib/b.jar", version="2")
    first = live(bench, jar)
    assert push(bench, jar).already_live == 2
    live(bench, thin_jar("lib/a.jar", "lib/b.jar", version="3"))
    assert live(bench, jar).artifact == first.artifact
    assert live(bench, jar, force=True).artifact == first.artifact


def test_a_jar_alone_is_known_though_its_applications_name_lies_beside_it(bench: Bench) -> None:
    named = {**FULL, "conf/application.yml": b"spring: {application: {name: till}}"}
    named["order.jar"] = thin_jar("lib/a.jar", artifact="the-till")
    live(bench, forge.archive(named), "whatever.zip", component="stock")
    accepted = push(bench, thin_jar("lib/a.jar", version="2", artifact="the-till"), "x.jar", component=None)
    assert (accepted.component, accepted.matched_by) == ("stock", "the jar that it last accepted")


def test_a_missing_file_is_named_and_nothing_changes(bench: Bench) -> None:
    live(bench, forge.archive(FULL), "order-service-1.0.zip")
    refused = refusal(bench, thin_jar("lib/a.jar", "lib/c.jar", "lib/d.jar", version="2"))
    assert refused.code == "class-path-missing"
    assert "lib/c.jar, lib/d.jar" in refused.message
    assert "lib/a.jar" not in refused.message
    assert "--libs" in refused.hint
    assert bench.serving() == 1


def test_a_first_thin_jar_alone_is_refused_by_name(bench: Bench) -> None:
    refused = refusal(bench, thin_jar("lib/a.jar"))
    assert (refused.code, "lib/a.jar" in refused.message) == ("class-path-missing", True)


def test_libraries_sent_along_win_and_the_former_ones_fill_up(bench: Bench) -> None:
    first = live(bench, thin_jar("lib/a.jar", "lib/b.jar"), libs={"lib/a.jar": A, "lib/b.jar": B})
    assert added(bench, first) == [("given", "lib.zip", None, 2, "")]
    newer = library("A", "2")
    second = live(bench, thin_jar("lib/a.jar", "lib/b.jar", version="2"), libs={"a.jar": newer, "z.jar": A})
    assert added(bench, second) == [("given", "lib.zip", None, 1, ""), ("former", "order.jar", 1, 1, "")]
    assert content(bench, second)["lib/a.jar"] == newer
    warned = next(one for one in events(bench, second) if isinstance(one, Warned))
    assert (warned.code, "z.jar" in warned.message) == ("libraries-left-out", True)


def test_libraries_alone_that_changed_are_deployed_with_the_jar_that_runs(bench: Bench) -> None:
    live(bench, forge.archive(FULL), "order-service-1.0.zip")
    newer = library("A", "2")
    accepted = live(bench, libs={"lib/a.jar": newer}, filename="", component=None)
    assert (accepted.component, accepted.matched_by) == ("order", "the libraries that its program names")
    assert added(bench, accepted) == [
        ("given", "lib.zip", None, 1, ""),
        ("former", "order-service-1.0.zip", 1, 1, "order.jar"),
    ]
    assert content(bench, accepted) == {**FULL, "lib/a.jar": newer}
    again = push(bench, libs={"lib/a.jar": newer, "lib/b.jar": B})
    assert (again.deployment, again.already_live) == (None, 2)
    assert "has what it needs" in again.message
    assert live(bench, libs={"lib/a.jar": newer}, force=True).artifact == accepted.artifact
    assert left(bench) == []


def test_libraries_that_come_before_their_jar_are_kept_until_it_comes(bench: Bench) -> None:
    kept = push(bench, libs={"lib/a.jar": A, "lib/b.jar": B})
    assert (kept.deployment, kept.already_live) == (None, None)
    assert "2 libraries are kept for its next jar: a.jar, b.jar" in kept.message
    assert kept.artifact in bench.ledger.references().artifacts
    accepted = live(bench, thin_jar("lib/a.jar", "lib/b.jar"))
    assert added(bench, accepted) == [("kept", "lib.zip", None, 2, "")]


def test_libraries_come_as_a_tar_too(bench: Bench) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        info = tarfile.TarInfo("./lib/a.jar")
        info.size = len(A)
        tar.addfile(info, io.BytesIO(A))
    files = [
        intake.Incoming("libraries", "lib.tar.gz", io.BytesIO(out.getvalue())),
        intake.Incoming("artifact", "order.jar", io.BytesIO(thin_jar("lib/a.jar"))),
    ]
    accepted = intake.receive_all(bench.site, files, intake.Upload("lib.tar.gz", "ann", "api", "shop"))
    assert added(bench, accepted) == [("given", "lib.tar.gz", None, 1, "")]
    assert left(bench) == []


def test_a_library_for_the_next_jar_is_kept_while_the_others_are_deployed(bench: Bench) -> None:
    live(bench, forge.archive(FULL), "order-service-1.0.zip")
    bench.clock.forward(60)
    accepted = live(bench, libs={"a.jar": library("A", "2"), "c.jar": library("C")})
    assert accepted.message.endswith("1 library is kept for its next jar: c.jar.")
    second = live(bench, thin_jar("lib/a.jar", "lib/c.jar", version="2"))
    assert content(bench, second).keys() == {"order.jar", "lib/a.jar", "lib/c.jar", "conf/shop.txt"}
    assert {origin for origin, *_ in added(bench, second)} == {"kept", "former"}


def test_a_newer_artifact_wins_over_libraries_that_were_kept_before_it(bench: Bench) -> None:
    push(bench, libs={"a.jar": library("A", "oldest")})
    bench.clock.forward(60)
    live(bench, forge.archive(FULL), "order-service-1.0.zip")
    accepted = live(bench, thin_jar("lib/a.jar", "lib/b.jar", version="2"))
    assert content(bench, accepted)["lib/a.jar"] == A


def test_a_zip_that_lacks_libraries_gets_them_and_keeps_its_own(bench: Bench) -> None:
    live(bench, forge.archive(FULL), "order-service-1.0.zip")
    newer = library("A", "2")
    part = forge.archive({"order.jar": thin_jar("lib/a.jar", "lib/b.jar", version="2"), "lib/a.jar": newer})
    accepted = live(bench, part, "order-service-2.zip")
    assert content(bench, accepted).keys() == {"order.jar", "lib/a.jar", "lib/b.jar"}
    assert content(bench, accepted)["lib/a.jar"] == newer
    assert added(bench, accepted) == [("former", "order-service-1.0.zip", 1, 1, "")]


def test_what_was_last_asked_for_counts_though_it_failed_and_what_was_gone_back_to(bench: Bench) -> None:
    live(bench, forge.archive(FULL), "order-service-1.0.zip")
    bad = {**FULL, "order.jar": thin_jar("lib/a.jar", version="2"), "lib/a.jar": library("A", "2")}
    failed = push(bench, forge.archive(bad), "order-service-2.zip")
    assert failed.deployment is not None
    bench.ledger.advance(failed.deployment.id, Phase.FAILED)
    mended = live(bench, thin_jar("lib/a.jar", version="3"))
    assert content(bench, mended)["lib/a.jar"] == bad["lib/a.jar"]
    bench.run(rollback.submit(bench.site, "shop", "order", to=1, actor="ann", door="api"))
    after = live(bench, thin_jar("lib/a.jar", version="4"))
    assert content(bench, after)["lib/a.jar"] == A


def test_where_the_last_one_does_not_have_it_the_live_one_does(bench: Bench) -> None:
    live(bench, forge.archive(FULL), "order-service-1.0.zip")
    other = push(bench, forge.archive({"order.jar": thin_jar("lib/a.jar"), "lib/a.jar": A}), "order-service-2.zip")
    assert other.deployment is not None
    bench.ledger.advance(other.deployment.id, Phase.FAILED)
    accepted = live(bench, thin_jar("lib/b.jar", needs="lib/B", version="3"))
    assert added(bench, accepted)[0][:3] == ("former", "order-service-1.0.zip", 1)


def test_a_zip_of_libraries_is_known_for_what_it_is_also_with_one_that_could_be_started(bench: Bench) -> None:
    h2 = library("H2", main=True)
    full = {**FULL, "order.jar": thin_jar("lib/a.jar", "lib/h2.jar"), "lib/h2.jar": h2}
    live(bench, forge.archive(full), "order-service-1.0.zip")
    newer = forge.archive({"a.jar": library("A", "2"), "h2.jar": h2})
    accepted = live(bench, newer, "lib.zip", component=None)
    assert accepted.component == "order"
    assert added(bench, accepted)[-1] == ("former", "order-service-1.0.zip", 1, 0, "order.jar")


def test_a_zip_without_a_program_is_kept_only_for_a_component_that_waits_or_runs_a_thin_jar(bench: Bench) -> None:
    data = forge.archive({"a.jar": A})
    assert refusal(bench, data, "lib.zip", component=None).code == "no-program"
    assert "kept" in push(bench, data, "lib.zip").message
    bench.live("1.0", "stock")
    assert refusal(bench, data, "lib.zip", component="stock").code == "no-program"
    assert "kept" in push(bench, libs={"a.jar": A}, component="stock").message


def test_what_a_buildpack_of_the_site_takes_is_not_taken_for_libraries(bench: Bench) -> None:
    data = forge.archive(for_toml({"a.jar": A}))
    forge.write(bench.settings.buildpacks / "acme.toml", shown("toml"))
    assert push(bench, data, "acme-1.2.zip").deployment is not None


def test_libraries_of_two_components_are_for_the_one_that_is_named(bench: Bench) -> None:
    for component in ("order", "stock"):
        live(bench, forge.archive(FULL), f"{component}.zip", component=component)
    changed = {"a.jar": library("A", "2")}
    assert refusal(bench, libs=changed, component=None).code == "ambiguous-libraries"
    assert refusal(bench, libs={"x.jar": A}, component=None).code == "unmatched-libraries"
    assert push(bench, libs=changed, component="stock").component == "stock"


def test_a_jar_with_everything_inside_is_taken_as_it_is_though_its_class_path_is_still_there(bench: Bench) -> None:
    live(bench, forge.archive(FULL), "order-service-1.0.zip")
    merged = forge.jar({"lib.A": 8}, main="org.example.Order", attributes={"Class-Path": "lib/a.jar lib/gone.jar"})
    assert live(bench, merged).artifact == hashlib.sha256(merged).hexdigest()


def test_a_jar_that_may_be_thin_is_joined_where_its_libraries_are_known(bench: Bench) -> None:
    quiet = thin_jar("lib/a.jar", needs="java/lang/Object")
    assert live(bench, quiet).message.endswith("order of shop.")
    live(bench, quiet, libs={"a.jar": A})
    second = live(bench, thin_jar("lib/a.jar", needs="java/lang/Object", version="2"))
    assert content(bench, second)["lib/a.jar"] == A
    refused = refusal(bench, thin_jar("lib/a.jar", "lib/c.jar", needs="java/lang/Object", version="3"))
    assert "lib/c.jar" in refused.message
    assert "without a Class-Path" in refused.hint


@pytest.mark.parametrize(
    ("data", "libs", "code"),
    [
        (forge.jar(), {"a.jar": A}, "libraries-not-needed"),
        (thin_jar("lib/a.jar"), {"readme.txt": b"none"}, "no-libraries"),
        (None, {"readme.txt": b"none"}, "no-libraries"),
        (thin_jar("lib/a.jar"), {"a.jar": b"no jar"}, "library-damaged"),
    ],
)
def test_what_does_not_go_together_is_refused(
    bench: Bench, data: bytes | None, libs: dict[str, bytes], code: str
) -> None:
    assert refusal(bench, data, libs=libs).code == code


def test_kept_libraries_are_few_and_forgotten_with_their_application(bench: Bench) -> None:
    for count in range(6):
        push(bench, libs={"a.jar": library("A", str(count))})
    kept = bench.ledger.kept_libraries("shop", "order")
    assert len(kept) == 4
    push(bench, libs={"a.jar": library("A", "3")})
    assert [one.sha256 for one in bench.ledger.kept_libraries("shop", "order")] == [
        kept[2].sha256,
        kept[0].sha256,
        kept[1].sha256,
        kept[3].sha256,
    ]
    bench.ledger.remove_application("shop")
    assert bench.ledger.kept_libraries("shop", "order") == ()
    assert bench.ledger.references().artifacts == frozenset()
