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


def test_a_signature_that_is_no_base64_is_refused_in_whatever_script(tmp_path: Path) -> None:
    door = Door(tmp_path)
    try:
        for told in ("签名", "!"):
            answer = door.client().post("/api/bundles", query_string={"signature": told}, headers=door.headers())
            assert (answer.status_code, answer.get_json()["code"]) == (422, "bundle-signature")
    finally:
        door.close()
