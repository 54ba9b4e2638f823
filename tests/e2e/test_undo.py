"""Under load: an undo and the undo of it, each within a second and without a failed request."""

from __future__ import annotations

import sys
import time

import pytest

from tests.e2e.site import Application, LiveSite
from tests.load import Load
from tests.programs import Programs

pytestmark = pytest.mark.engine
AT_MOST = 10.0
"""Seconds: other tests share the processors. scripts/bench has the figure."""


@pytest.mark.timeout(300)
def test_undo_and_the_undo_of_it_are_switches_and_fail_no_request(
    site: LiveSite, app: Application, programs: Programs, capsys: pytest.CaptureFixture[str]
) -> None:
    site.ended(app.deploy(programs.jar("1.0")).id)
    app.apply(soak=300)
    app.deploy(programs.jar("1.1"))
    assert app.deploy(programs.jar("2.0")).phase.serving
    before = {one.id: one.attrs["State"]["StartedAt"] for one in app.containers()}
    took = []
    with Load("127.0.0.1", app.port, connections=20, pause=0.15) as load:
        load.wait_for(50)
        for version in ("1.1", "2.0", "1.1"):
            began = time.monotonic()
            accepted = site.client.undo(app.name, "order")
            assert accepted.deployment is not None
            deployment = site.answered(accepted.deployment.id)
            took.append(((deployment.live_at or deployment.created) - deployment.created).total_seconds())
            assert deployment.phase.serving, deployment
            assert app.answer() == version
            assert time.monotonic() - began < AT_MOST
            load.wait_for(50)
    with capsys.disabled():
        sys.stdout.write(f" undo: {', '.join(f'{seconds:.2f} s' for seconds in took)} to live, {load.served} requests ")
    assert (load.failed, load.errors) == (0, [])
    assert {one.id: one.attrs["State"]["StartedAt"] for one in app.containers()} == before
