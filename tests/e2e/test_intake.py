"""The other ways in, and how much they cost: the watched folder, and an upload far larger than memory should be."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from buildsvc.model.deployment import Phase
from tests.e2e.site import Application, LiveSite
from tests.programs import Programs
from tests.waiting import pause, until

pytestmark = pytest.mark.engine
ALLOWED_KB = 40 * 1024


def marker(file: Path, kind: str) -> Path:
    return file.with_name(f"{file.name}.{kind}")


@pytest.fixture
def inbox(site: LiveSite, standing: Application) -> Path:
    folder = site.data / "inbox" / standing.name
    folder.mkdir(exist_ok=True)
    return folder


def test_a_jar_that_is_renamed_into_the_folder_is_deployed(
    site: LiveSite, inbox: Path, standing: Application, programs: Programs
) -> None:
    coming = inbox / ".order-2.0.jar.part"
    shutil.copyfile(programs.jar("2.0"), coming)
    target = inbox / "order-2.0.jar"
    coming.rename(target)
    until(marker(target, "deployed").exists, 90)
    assert standing.answer() == "2.0"
    assert not target.exists(), "taken away"
    assert not marker(target, "isdeploying").exists()
    text = marker(target, "deployed").read_text()
    assert f"component: order of {standing.name}" in text
    assert f"release: {site.client.releases(standing.name, 'order')[0].number}" in text


def test_a_jar_that_arrives_slowly_is_taken_only_when_it_is_whole(
    site: LiveSite, inbox: Path, standing: Application, programs: Programs
) -> None:
    data = programs.jar("2.5").read_bytes()
    known = len(site.client.deployments(standing.name, "order", 50))
    folder = inbox / "order"
    folder.mkdir()
    target = folder / "whatever.jar"
    with target.open("wb") as slow:
        for start in range(0, len(data), len(data) // 4 + 1):
            slow.write(data[start : start + len(data) // 4 + 1])
            slow.flush()
            pause(0.7)
            now = len(site.client.deployments(standing.name, "order", 50))
            assert now == known or start + len(data) // 4 + 1 >= len(data)
    until(marker(target, "deployed").exists, 90)
    assert standing.answer() == "2.5"


def test_a_bad_jar_is_answered_with_the_reason_and_a_good_one_of_the_same_name_then_goes_live(
    inbox: Path, standing: Application, programs: Programs
) -> None:
    target = inbox / "order-3.0.jar"
    target.write_bytes(b"not a jar at all\n")
    marker(target, "dodeploy").touch()
    until(marker(target, "failed").exists, 60)
    text = marker(target, "failed").read_text()
    assert re.search(r"(?m)^reason: .+", text)
    assert re.search(r"(?m)^hint: .+", text)
    shutil.copyfile(programs.jar("3.0"), target)
    until(marker(target, "deployed").exists, 90)
    assert not marker(target, "failed").exists()
    assert standing.answer() == "3.0"


def test_a_jar_whose_version_does_not_come_up_is_answered_with_a_failure(
    inbox: Path, standing: Application, programs: Programs
) -> None:
    target = inbox / "order-4.0.jar"
    os.link(programs.jar("4.0", "crashes"), target)
    until(marker(target, "failed").exists, 90)
    assert "instance-ended" in marker(target, "failed").read_text()


def memory(pid: int, field: str) -> int:
    """In kB."""
    found = re.search(rf"(?m)^{field}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1])


def family(pid: int) -> list[int]:
    """A process and what it forked."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(grown for child in children for grown in family(int(child)))]


def test_a_jar_of_300_mb_grows_the_web_process_by_less_than_40_mb(
    site: LiveSite, standing: Application, programs: Programs
) -> None:
    small = site.upload(programs.jar("0.9").read_bytes(), filename="order-0.9.jar", application=standing.name)
    site.ended(small.json()["deployment"]["id"])
    jar = programs.big("5.0", 300)
    pids = family(site.pid("web"))
    for pid in pids:
        Path(f"/proc/{pid}/clear_refs").write_text("5")
    before = {pid: memory(pid, "VmHWM") for pid in pids}
    with jar.open("rb") as body:
        said = site.upload(body, filename=jar.name, application=standing.name)
    assert said.status_code == 202, said.text
    grown = {pid: memory(pid, "VmHWM") - before[pid] for pid in pids}
    assert 0 <= max(grown.values()) < ALLOWED_KB, grown
    assert site.ended(said.json()["deployment"]["id"]).phase is Phase.SETTLED
    assert standing.answer() == "5.0"
