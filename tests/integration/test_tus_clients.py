"""Clients of the tus protocol that others wrote upload a jar through three breaks; their line is a real one."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from tusclient import client as tus
from tusclient.exceptions import TusUploadFailed

from tests import forge
from tests.breaking_line import BreakingLine
from tests.conftest import lacking
from tests.integration.test_doors_uploads import Served, serving
from tests.parted import version

BREAKS = [700_000, 400_000, 900_000]
FROM_NODE = """
const fs = require("fs"), tus = require(process.argv[2] + "/node_modules/tus-js-client");
const [, , , url, token, file] = process.argv;
const upload = new tus.Upload(fs.createReadStream(file), {
  endpoint: url, chunkSize: 1000000, retryDelays: [0, 50, 100, 200, 400],
  uploadSize: fs.statSync(file).size, headers: { Authorization: `Bearer ${token}` },
  metadata: { filename: "order-service.jar", application: "shop", component: "order" },
  onError: (error) => { console.error(String(error)); process.exit(1); },
  onSuccess: () => console.log(upload.url),
});
upload.start();
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("site")) as made:
        yield made


@pytest.fixture
def jar(tmp_path: Path) -> Path:
    return forge.write(tmp_path / "order-service.jar", version(1, libraries=60))


def outcome(served: Served, address: str | None) -> dict[str, object]:
    assert address, "it was begun"
    identifier = address.rpartition("/")[2]
    found = requests.get(
        f"http://127.0.0.1:{served.port}/api/uploads/{identifier}", headers=served.headers(), timeout=9
    )
    answer: dict[str, object] = found.json()
    return answer


def kept(served: Served, jar: Path) -> bytes:
    digest = hashlib.sha256(jar.read_bytes()).hexdigest()
    return (served.spool.parent / "blobs" / "sha256" / digest).read_bytes()


@pytest.mark.parametrize("checksum", [False, True])
def test_tuspy_uploads_a_jar_through_three_breaks(served: Served, jar: Path, *, checksum: bool) -> None:
    with BreakingLine(served.port, [*BREAKS]) as line:
        client = tus.TusClient(f"http://127.0.0.1:{line.port}/api/tus", headers=served.headers())
        said = {"filename": jar.name, "application": "shop", "component": "order", "force": "true"}
        with jar.open("rb") as file:
            uploader = client.uploader(
                file_stream=file,
                chunk_size=1_000_000,
                metadata=said,
                retries=5,
                retry_delay=0,
                upload_checksum=checksum,
            )
            uploader.upload()
        assert line.broken == len(BREAKS)
    found = outcome(served, uploader.url)
    assert (found["state"], found["received"]) == ("accepted", jar.stat().st_size)
    assert kept(served, jar) == jar.read_bytes()


def test_tus_js_client_uploads_a_jar_through_three_breaks(served: Served, jar: Path, tmp_path: Path) -> None:
    if not shutil.which("npm"):
        lacking("npm is not installed: apt-get install npm")
    installed = subprocess.run(
        ["npm", "install", "--prefix", tmp_path, "tus-js-client@4.3.1"], capture_output=True, text=True, check=False
    )
    if installed.returncode:
        lacking(f"npm could not bring tus-js-client: {installed.stderr[-200:]}")
    script = forge.write(tmp_path / "upload.cjs", FROM_NODE.encode())
    with BreakingLine(served.port, [*BREAKS]) as line:
        url = f"http://127.0.0.1:{line.port}/api/tus"
        done = subprocess.run(
            ["node", script, tmp_path, url, served.token, jar], capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 0, done.stderr
        assert line.broken == len(BREAKS)
    assert outcome(served, done.stdout.strip())["state"] == "accepted"
    assert kept(served, jar) == jar.read_bytes()


def test_a_refused_jar_ends_the_upload_with_its_reason(served: Served, tmp_path: Path) -> None:
    file = forge.write(tmp_path / "a.jar", b"no archive" * 1000)
    client = tus.TusClient(f"http://127.0.0.1:{served.port}/api/tus", headers=served.headers())
    with file.open("rb") as stream:
        uploader = client.uploader(file_stream=stream, metadata={"filename": "a.jar"})
        with pytest.raises(TusUploadFailed) as failed:
            uploader.upload()
    answer = json.loads(failed.value.response_content)
    assert (answer["status"], answer["code"]) == (422, "text-file")
    assert outcome(served, uploader.url)["state"] == "refused"
