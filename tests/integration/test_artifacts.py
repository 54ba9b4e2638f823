"""Published artifacts of others, one of each family: built, run and answered over HTTP, ended, or refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from buildsvc.engines.docker.client import Client
from scripts.made import MadeBases, made_bases
from scripts.proof import running
from scripts.proof.building import Bench, prove
from scripts.proof.fetching import fetch
from scripts.proof.listing import Artifact, on, read

CHOSEN = tuple(artifact for artifact in on(made_bases().platform.architecture, read()) if artifact.ci)


@pytest.fixture(scope="module")
def bench(bases: MadeBases, cache: Path) -> Iterator[Bench]:
    found = Bench(bases, Client())
    found.prepare(CHOSEN)
    with running.network(found.client, cache):
        yield found
    found.clear()
    found.client.close()


@pytest.mark.engine
@pytest.mark.parametrize("artifact", CHOSEN, ids=lambda artifact: artifact.family)
def test_what_the_list_expects_of_it_happens(artifact: Artifact, bench: Bench, cache: Path) -> None:
    assert prove(bench, artifact, fetch(artifact, cache)).faults == ()
