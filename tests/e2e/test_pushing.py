"""A stranger's jar comes in by every door, and the next one replaces it."""

from __future__ import annotations

import pytest
import requests

from tests.e2e.site import Application, LiveSite, json_lines
from tests.programs import Programs

pytestmark = pytest.mark.engine


def newest(site: LiveSite, app: Application) -> int:
    """The number of order's newest release."""
    return site.client.releases(app.name, "order")[0].number


def test_a_raw_upload_deploys_and_the_same_bytes_again_are_told_to_be_live(
    site: LiveSite, standing: Application, programs: Programs
) -> None:
    jar = programs.jar("2.0").read_bytes()
    said = site.upload(jar, filename="order-2.0.jar", application=standing.name)
    assert said.status_code == 202, said.text
    assert said.json()["component"] == "order"
    assert site.answered(said.json()["deployment"]["id"]).phase.serving
    assert standing.answer() == "2.0"
    live = newest(site, standing)
    again = site.upload(jar, filename="order-2.0.jar", application=standing.name)
    assert (again.status_code, again.json()["deployment"], again.json()["already_live"]) == (200, None, live)
    forced = site.upload(jar, filename="order-2.0.jar", application=standing.name, force="true")
    assert forced.status_code == 202
    assert site.answered(forced.json()["deployment"]["id"]).release == live + 1


def test_a_form_upload_deploys(site: LiveSite, standing: Application, programs: Programs) -> None:
    with programs.jar("3.0").open("rb") as jar:
        said = requests.post(
            f"{site.url}/api/artifacts",
            headers=site.headers,
            data={"application": standing.name, "component": "order"},
            files={"artifact": ("anything.jar", jar)},
            timeout=60,
        )
    assert said.status_code == 202, said.text
    assert site.answered(said.json()["deployment"]["id"]).phase.serving
    assert standing.answer() == "3.0"


def test_the_command_line_pushes_and_ends_with_one_line_of_truth(
    site: LiveSite, standing: Application, programs: Programs
) -> None:
    former = newest(site, standing)
    pushed = site.cli("push", programs.jar("4.0"), "--app", standing.name)
    assert pushed.returncode == 0, pushed.stderr
    last = pushed.stdout.strip().splitlines()[-1]
    assert f"order is live as release {former + 1}" in last
    assert f"buildsvc undo {standing.name} order" in last
    assert standing.answer() == "4.0"
    again = site.cli("push", programs.jar("4.0"), "--app", standing.name)
    assert again.returncode == 0
    assert f"live already, as release {former + 1}" in again.stdout
    told = site.cli("push", programs.jar("4.1"), "--app", standing.name, "--json")
    assert told.returncode == 0, told.stderr
    lines = json_lines(told.stdout)
    assert lines[0]["component"] == "order"
    assert [line["event"]["kind"] for line in lines[1:] if "event" in line][-1] == "live"
    assert standing.answer() == "4.1"


def test_a_jar_without_a_name_finds_its_component_and_two_candidates_are_refused(
    site: LiveSite, standing: Application, programs: Programs
) -> None:
    stock = site.upload(programs.jar("7", name="stock").read_bytes(), filename="stock-7.jar", application=standing.name)
    assert stock.json()["component"] == "stock", stock.text
    nobody = site.upload(programs.jar("8").read_bytes(), filename="nobody-8.jar", application=standing.name)
    assert nobody.status_code in {409, 422}, nobody.text
    assert "order" in nobody.text
    assert "stock" in nobody.text
    assert site.answered(stock.json()["deployment"]["id"]).phase.serving


def test_status_releases_and_events_tell_what_happened(
    site: LiveSite, standing: Application, programs: Programs
) -> None:
    deployment = standing.deploy(programs.jar("5.0"))
    site.ended(deployment.id)
    status = site.cli("status", standing.name)
    assert status.returncode == 0, status.stderr
    assert "order" in status.stdout
    releases = site.cli("releases", standing.name, "order", "--json")
    assert releases.returncode == 0, releases.stderr
    assert '"order-5.0.jar"' in releases.stdout
    events = site.cli("events", deployment.id)
    assert events.returncode == 0, events.stderr
    kinds = site.kinds(deployment.id)
    expected = ["received", "analysed", "base-chosen", "image-built", "instance-started", "healthy", "switched", "live"]
    assert [kind for kind in kinds if kind in expected] == expected
    assert kinds[-1] == "settled"


def test_the_log_of_a_component_is_read(site: LiveSite, standing: Application, programs: Programs) -> None:
    assert standing.deploy(programs.jar("6.0")).phase.serving
    log = site.cli("logs", standing.name, "order")
    assert log.returncode == 0, log.stderr
    assert "program 6.0 serves" in log.stdout


def test_without_a_token_nothing_is_answered_and_the_exit_status_says_why(
    site: LiveSite, standing: Application, programs: Programs
) -> None:
    for path in ("/api/applications", "/api/openapi.json", "/metrics", f"/api/applications/{standing.name}"):
        assert requests.get(site.url + path, timeout=10).status_code == 401, path
    jar = programs.jar("1.0")
    assert requests.post(f"{site.url}/api/artifacts", data=jar.read_bytes(), timeout=10).status_code == 401
    assert site.cli("push", "/nowhere.jar").returncode == 2
    assert site.cli("status", "no-such-application").returncode == 2
