"""Lists of parts are made aside, of what serves, while no push is under way."""

from __future__ import annotations

from buildsvc.usecases.aside import part_listing
from buildsvc.usecases.receive.parts_here import lists_of
from tests import forge
from tests.doors_site import Door, record_release
from tests.parted import version


def test_what_serves_is_read_once_no_push_is_under_way(door: Door) -> None:
    record_release(door, "order", "order-service.jar", "1")
    artifact = "ab" * 32
    forge.write(door.tmp.parent / "blobs" / "sha256" / artifact, version(1))
    waiting = door.deployment("stock")
    part_listing.tend(door.site)
    assert not lists_of(door.site).has(artifact)
    door.ledger.request_cancel(waiting.id)
    part_listing.tend(door.site)
    assert lists_of(door.site).has(artifact)


def test_what_serves_and_is_gone_is_no_fault(door: Door) -> None:
    record_release(door, "order", "order-service.jar", "1")
    part_listing.tend(door.site)
    assert lists_of(door.site).newest() == ()
