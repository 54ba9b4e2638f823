"""A command line and a service of different versions: what both know works, what one does not know says why."""

from __future__ import annotations

from pathlib import Path

import pytest

from buildpacks.errors import NotFound, Refused
from buildsvc.doors.cli.remote.client import ServiceError
from buildsvc.doors.cli.remote.exchange import VERSION_HEADER
from buildsvc.doors.cli.remote.other_version import explained, own_version
from buildsvc.model.access import Role
from tests.doors_site import Door

UNKNOWN = NotFound("not-found", asked="GET /api/bundles", what="There is no such route.")


def test_the_service_tells_its_version_to_whoever_may_ask_and_to_nobody_else(tmp_path: Path) -> None:
    door = Door(tmp_path)
    client, headers = door.client(), door.headers(Role.VIEWER)
    for path in ("/api/applications", "/api/nothing-like-that", "/api/deployments?limt=1"):
        assert client.get(path, headers=headers).headers.get(VERSION_HEADER) == own_version()
    assert VERSION_HEADER not in client.get("/api/applications").headers
    assert VERSION_HEADER not in client.get("/healthz").headers
    door.close()


@pytest.mark.parametrize(("said", "theirs"), [("0.0.9", "0.0.9"), ("99.0", "99.0"), (None, "0.1.0")])
def test_a_route_that_the_other_version_lacks_is_told_with_both_versions(said: str | None, theirs: str) -> None:
    told = explained(UNKNOWN, said)
    assert isinstance(told, NotFound)
    assert f"The service is buildsvc {theirs}, this command line {own_version()}." in told.message
    assert "There is no such route" in told.message
    assert told.told("zh").hint


def test_between_equals_nothing_is_added() -> None:
    assert explained(UNKNOWN, own_version()) is UNKNOWN


def test_what_has_nothing_to_do_with_versions_stays_as_it_is() -> None:
    refused = Refused("too-large", limit=1)
    stranger = ServiceError("not-buildsvc.answer", url="http://x", error="no JSON")
    assert explained(refused, "99.0") is refused
    assert explained(stranger, None) is stranger


def test_an_answer_of_another_version_that_is_not_understood_says_so() -> None:
    told = explained(ServiceError("not-buildsvc.answer", url="http://x", error="no phase"), "99.0")
    assert (told.code, told.exit_status) == ("other-version", 3)
