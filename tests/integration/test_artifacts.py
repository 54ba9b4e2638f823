"""Published artifacts of others, one of each family: built, run and answered over HTTP, ended, or refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from buildsvc.engines.docker.engine_client import EngineClient
from scripts.made import MadeBases, made_bases
from scripts.proof import running
from scripts.proof.building import Bench, prove
from scripts.proof.fetching import fetch
from scripts.proof.listing import Artifact, on, read

CHOSEN = tuple(artifact for artifact in on(made_bases().platform.architecture, read()) if artifact.ci)
QUICK = ("executable", "refused-agent")
"""Families that a short run proves: one that answers, and one that is refused."""


@pytest.fixture(scope="module")
def bench(bases: MadeBases, cache: Path, long_too: bool) -> Iterator[Bench]:
    found = Bench(bases, EngineClient())
    found.prepare(CHOSEN if long_too else [one for one in CHOSEN if one.family in QUICK])
    with running.network(found.client, cache):
        yield found
    found.clear()
    found.client.close()


@pytest.mark.engine
@pytest.mark.parametrize(
    "artifact",
    [pytest.param(one, marks=() if one.family in QUICK else pytest.mark.long, id=one.family) for one in CHOSEN],
)
def test_what_the_list_expects_of_it_happens(artifact: Artifact, bench: Bench, cache: Path) -> None:
    assert prove(bench, artifact, fetch(artifact, cache)).faults == ()
