"""What the site policy denies is told with its line of the Compose file, and together with the file's own faults."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from buildpacks.errors import Denied, Refused
from buildsvc.usecases.apply.submit import plan, submit
from tests.workshops import Bench

ASKING = """\
services:
  db:
    image: postgres
    ports:
      - "127.0.0.1:5432:5432"
      - "80:81"
    volumes:
      - data:/data
      - /etc/shop:/etc/shop:ro
    cap_add: [NET_ADMIN]
  other:
    image: postgres
    network_mode: host
  third:
    image: gauss
    ports: ["5432:5432"]
volumes:
  data:
    driver_opts: {type: nfs, o: addr=10.0.0.1, device: ":/x"}
"""


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "data")


def refused(bench: Bench, text: str) -> Refused | Denied:
    with pytest.raises((Refused, Denied)) as caught:
        submit(
            bench.site,
            io.BytesIO(text.encode()),
            file=None,
            content_type="application/yaml",
            actor="admin",
            door="http",
        )
    assert isinstance(caught.value, (Refused, Denied))
    return caught.value


def test_a_denial_says_the_line_that_asks_for_it(bench: Bench) -> None:
    found = refused(bench, "name: shop\n" + ASKING)
    assert found.code == "policy-denied"
    for line in (
        "line 7: services.db.ports[1]: db publishes port 80",
        "line 10: services.db.volumes[1]: db mounts /etc/shop:ro of the server",
        "line 11: services.db.cap_add[0]: db wants the capability NET_ADMIN",
        "line 14: services.other.network_mode: other wants the host's own network namespace",
        "line 20: volumes.data.driver_opts: volumes.data is made with",
    ):
        assert line in found.message
    assert "buildsvc policy allow ports 80 --app shop" in found.hint


def test_a_port_that_two_components_publish_is_understood_and_given_to_neither(bench: Bench) -> None:
    found = refused(bench, "name: shop\n" + ASKING)
    assert "line 17: services.third.ports[0]: third, db both publish port 5432 of the server" in found.message
    free = ASKING.replace('"127.0.0.1:5432:5432"', '"127.0.0.2:5432:5432"').replace(
        '"5432:5432"]', '"127.0.0.3:5432:5432"]'
    )
    assert "both publish" not in refused(bench, "name: shop\n" + free).message


def test_faults_of_a_file_and_denials_of_the_policy_come_at_once(bench: Bench) -> None:
    found = refused(bench, "name: shop\n" + ASKING.replace("    image: gauss", "    imag: gauss"))
    assert found.code == "bad-compose"
    for part in ("imag is not a known key", "line 7: services.db.ports[1]: db publishes port 80, which the policy"):
        assert part in found.message
    assert "`buildsvc policy allow ports 80 --app shop`" in found.message


def test_a_plan_says_the_lines_too(bench: Bench) -> None:
    told = plan(bench.site, io.BytesIO(("name: shop\n" + ASKING).encode()), file=None, content_type="application/yaml")
    assert any("line 7: services.db.ports[1]" in one for one in told.warnings)


def test_a_file_with_services_of_profiles_alone_says_which_profiles_there_are(bench: Bench) -> None:
    found = refused(bench, "name: shop\nservices:\n  a: {image: i, profiles: [core, down]}\n")
    assert "there are core, down" in found.hint
    assert "COMPOSE_PROFILES" in found.hint
