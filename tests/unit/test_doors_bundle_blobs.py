"""Blobs of a bundle at the door: base images are larger than any other body."""

from pathlib import Path

from tests.doors_site import Door

DIGEST = f"sha256:{'0' * 64}"


def test_a_blob_of_many_megabytes_is_not_refused_for_its_size(tmp_path: Path) -> None:
    door = Door(tmp_path)
    try:
        where = f"/api/bundles/{DIGEST}/blobs/{DIGEST}"
        answer = door.client().put(where, data=bytes(3 * 1024 * 1024), headers=door.headers())
        assert (answer.status_code, answer.get_json()["code"]) == (404, "no-such-import")
    finally:
        door.close()
