"""A real thin jar, made by javac and jar: with its libraries, alone, its libraries alone, and with one that lacks."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import forge
from tests.e2e.site import Application, LiveSite
from tests.waiting import until

pytestmark = pytest.mark.engine
NAMED = ("lib/tax-1.0-SNAPSHOT.jar", "lib/other-1.0.jar")
OTHER = forge.library("other.Other")
SOURCES = Path(__file__).parents[1] / "folder"


@dataclass(frozen=True)
class Till:
    """Makes jars of the program and of its library into `folder`, as a build does."""

    folder: Path

    def compile(self) -> None:
        sources = [str(SOURCES / name) for name in ("Till.java", "Tax.java")]
        subprocess.run(["javac", "--release", "17", "-d", str(self.folder / "classes"), *sources], check=True)

    def program(self, version: str, *class_path: str) -> Path:
        told = f"Main-Class: Till\nClass-Path: {' '.join(class_path)}\n"
        return self._jar(f"till-{version}.jar", "Till.class", "till.txt", version, told)

    def tax(self, rate: str) -> bytes:
        return self._jar("tax-1.0-SNAPSHOT.jar", "Tax.class", "tax.txt", rate, "").read_bytes()

    def libraries(self, rate: str) -> Path:
        entries = {NAMED[0]: self.tax(rate), NAMED[1]: OTHER}
        return forge.write(self.folder / "lib.zip", forge.archive(entries))

    def whole(self, version: str, rate: str) -> Path:
        """The program and its libraries in one zip."""
        jar = self.program(version, *NAMED)
        entries = {jar.name: jar.read_bytes(), NAMED[0]: self.tax(rate), NAMED[1]: OTHER}
        return forge.write(self.folder / f"till-{version}.zip", forge.archive(entries))

    def _jar(self, name: str, code: str, text_name: str, text: str, told: str) -> Path:
        (self.folder / text_name).write_text(text)
        (self.folder / "told.txt").write_text(told)
        tool = ["jar", "--create", f"--file={name}", "--manifest=told.txt", "-C", "classes", code, text_name]
        subprocess.run(tool, cwd=self.folder, check=True)
        return self.folder / name


@pytest.fixture(scope="module")
def till(tmp_path_factory: pytest.TempPathFactory) -> Till:
    made = Till(tmp_path_factory.mktemp("till"))
    made.compile()
    return made


def kinds(site: LiveSite, app: Application) -> dict[str, dict[str, object]]:
    """The events of order's newest deployment, by their kinds."""
    (newest,) = site.client.deployments(app.name, "order", 1)
    return {event["kind"]: event for event in site.events(newest.id)}


def layers(site: LiveSite, app: Application) -> list[str]:
    """The layers of what runs as order now, as the engine names them."""
    (live, *_) = site.client.releases(app.name, "order")
    return list(site.engine.images.get(live.image).attrs["RootFS"]["Layers"])


@pytest.mark.long
def test_a_thin_jar_is_pushed_whole_alone_by_its_libraries_and_never_without_what_it_names(
    site: LiveSite, app: Application, till: Till
) -> None:
    named = ("--app", app.name, "--component", "order")
    done = site.cli("push", till.whole("1.0", "19"), *named)
    assert done.returncode == 0, done.stderr
    assert app.answer() == "1.0 with tax 19"
    first = layers(site, app)

    done = site.cli("push", till.program("2.0", *NAMED), *named)
    assert done.returncode == 0, done.stderr
    assert "Joined with 2 libraries from till-1.0.zip, pushed on " in done.stdout
    assert app.answer() == "2.0 with tax 19"
    assert kinds(site, app)["image-built"]["layers_written"] == 1
    assert kinds(site, app)["image-loaded"]["layers_sent"] == 1
    assert layers(site, app)[:-1] == first[:-1]

    form = ["-F", f"application={app.name}", "-F", "component=order", "-F", f"libraries=@{till.libraries('21')}"]
    token = ["-H", f"Authorization: Bearer {site.token}"]
    curl = ["curl", "--silent", "--show-error", *token, *form, f"{site.url}/api/artifacts"]
    said = json.loads(subprocess.run(curl, check=True, capture_output=True).stdout)
    assert site.ended(said["deployment"]["id"]).phase.serving, said
    assert app.answer() == "2.0 with tax 21"

    before = app.untouched()
    done = site.cli("push", till.program("3.0", *NAMED, "lib/receipt-2.jar"), *named)
    assert done.returncode == 2
    assert "lib/receipt-2.jar" in done.stderr
    assert "other-1.0.jar" not in done.stderr
    assert "--libs lib.zip" in done.stderr
    assert (app.answer(), app.untouched()) == ("2.0 with tax 21", before)

    receipt = forge.write(till.folder / "more.zip", forge.archive({"receipt-2.jar": forge.library("receipt.Receipt")}))
    done = site.cli("push", till.program("3.0", *NAMED, "lib/receipt-2.jar"), "--libs", receipt, *named)
    assert done.returncode == 0, done.stderr
    assert "Joined with 1 library from more.zip, sent along." in done.stdout
    assert "Joined with 2 libraries from till-2.0.jar, pushed on " in done.stdout
    assert app.answer() == "3.0 with tax 21"
    done = site.cli("rollback", app.name, "order")
    assert done.returncode == 0, done.stderr
    assert app.answer() == "2.0 with tax 21"


def test_libraries_and_then_the_jar_are_dropped_into_the_watched_folder(
    site: LiveSite, app: Application, till: Till
) -> None:
    inbox = site.data / "inbox" / app.name / "order"
    inbox.mkdir(parents=True)
    forge.write(inbox / "lib.zip", till.libraries("7").read_bytes())
    kept = inbox / "lib.zip.deployed"
    until(kept.exists, 60)
    assert "2 libraries are kept for its next jar" in kept.read_text()
    forge.write(inbox / "till-1.0.jar", till.program("1.0", *NAMED).read_bytes())
    until((inbox / "till-1.0.jar.deployed").exists, 90)
    assert app.answer() == "1.0 with tax 7"
