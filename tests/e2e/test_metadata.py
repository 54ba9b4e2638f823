"""A running service says what a jar changes before it is live, and what is in what it runs."""

from __future__ import annotations

import json

import pytest

from tests.e2e.site import Application, LiveSite
from tests.programs import Programs
from tests.waiting import until

pytestmark = pytest.mark.engine


def test_the_bill_lies_beside_the_image_soon_after_it_is_live_and_is_shown(
    site: LiveSite, app: Application, programs: Programs
) -> None:
    app.deploy(programs.jar("1.0"))
    second = site.ended(app.deploy(programs.jar("1.1")).id)
    told = {event["kind"]: event for event in site.events(second.id)}
    kinds = list(told)
    assert kinds.index("compared") < kinds.index("instance-started")
    # Nobody has asked for it yet.
    bill = site.data / "referrers" / f"{told['image-built']['digest'].replace(':', '-')}.json"
    until(bill.exists, 30)
    shown = site.cli("sbom", app.name, "order")
    assert shown.returncode == 0, shown.stderr
    document = json.loads(shown.stdout)
    assert document["bomFormat"] == "CycloneDX"
    assert {"container", "platform"} <= {one["type"] for one in document["components"]}
    listed = site.cli("sbom", app.name, "order", "--release", "1", "--licences")
    assert listed.returncode == 0, listed.stderr
    assert "No library in it" in listed.stderr
    assert site.cli("sbom", app.name, "order", "--release", "9").returncode == 2
