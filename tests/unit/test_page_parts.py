"""What the page finds in a file before it sends it is what the service finds: its parts, and whose it is."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

import webui
from buildpacks.analyse import analyse
from buildpacks.archives.cutting import parts_of
from buildsvc.model.access import Role
from buildsvc.model.configuration import configured_values
from buildsvc.model.identity import identity
from tests import forge
from tests.doors_site import Door, record_release
from tests.parted import noise, version

TRAY = Path(webui.__file__).parent / "static" / "tray"
SCRIPT = f"""
import {{ openAsBlob, writeFileSync }} from "node:fs";
import {{ described }} from {json.dumps((TRAY / "parts.js").as_uri())};
import {{ outline }} from {json.dumps((TRAY / "zip.js").as_uri())};
import {{ isWorthCutting }} from {json.dumps((TRAY / "looked-into.js").as_uri())};
const found = [];
for (const path of process.argv.slice(1)) {{
  const file = await openAsBlob(path);
  const made = await outline(file).catch(() => null);
  if (made) writeFileSync(path + ".outline", Buffer.from(await made.arrayBuffer()));
  found.push(await described(file, () => {{}}));
}}
const paces = {{ sent: 10e6, hashed: 40e6 }};
console.log(JSON.stringify({{ found, worth: [
  isWorthCutting(90e6, true, paces), isWorthCutting(90e6, true, {{ ...paces, sent: 100e6 }}),
  isWorthCutting(9e5, true, paces)] }}));
"""
APPLICATION = (
    b"spring:\n  application:\n    name: order-service\nserver:\n  port: 9090\ndb: ${DB_HOST}/${DB_NAME:shop}\n"
)

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")


def streamed() -> bytes:
    """A zip whose sizes follow its entries, as one that is written to a pipe."""

    class Pipe(io.RawIOBase):
        data = b""

        def writable(self) -> bool:
            return True

        def write(self, piece: Any, /) -> int:
            self.data += bytes(piece)
            return len(piece)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\nImplementation-Title: order-service\n\n")
        made.writestr("a.bin", noise(1, 90_000))
    return pipe.data


FILES = {
    "boot.jar": version(1, libraries=8),
    "named.jar": forge.boot_jar(maven=("demo", "order-service", "1.2"), resources={"application.yml": APPLICATION}),
    "script.jar": b"#!/bin/sh\nexec java -jar $0\n" + version(2),
    "piped.jar": streamed(),
    "notes.txt": b"no archive",
    "cut.jar": version(1)[:-100],
}


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("parts")
    paths = [forge.write(folder / name, data) for name, data in FILES.items()]
    command = ["node", "--input-type=module", "-e", SCRIPT, *map(str, paths)]
    done = subprocess.run(command, capture_output=True, check=True, text=True, encoding="utf-8")
    return folder, json.loads(done.stdout)


def test_a_file_is_cut_and_named_as_the_service_does_it(seen: tuple[Path, dict[str, Any]]) -> None:
    for (name, data), found in zip(FILES.items(), seen[1]["found"], strict=True):
        if name in {"notes.txt", "cut.jar"}:
            assert found is None, "what cannot be cut is not hashed for nothing: it is sent whole"
            continue
        assert found["sha256"] == hashlib.sha256(data).hexdigest(), name
        assert found["parts"] == [[one.sha256, one.length] for one in parts_of(data, len(data))], name


@pytest.mark.parametrize("name", ["boot.jar", "named.jar", "script.jar", "piped.jar"])
def test_an_outline_says_of_a_jar_what_the_jar_says(seen: tuple[Path, dict[str, Any]], name: str) -> None:
    whole, told = (analyse(seen[0] / (name + more), name, every_byte=True) for more in ("", ".outline"))
    assert identity(told) == identity(whole)
    assert configured_values(told) == configured_values(whole)
    assert told.manifest == whole.manifest
    assert told.size < 4000


def test_cutting_is_done_where_it_saves_more_than_it_takes(seen: tuple[Path, dict[str, Any]]) -> None:
    assert seen[1]["worth"] == [True, False, False]


def foreseen(door: Door, outline: bytes, role: Role = Role.DEVELOPER, **query: str) -> Any:
    asked = {"filename": "order-1.2.jar", **query}
    return door.client().post(
        "/api/artifacts/foreseen", query_string=asked, data=outline, headers=door.headers(role),
        content_type="application/octet-stream",
    )  # fmt: skip


def test_whose_a_jar_would_be_is_told_before_it_is_sent(seen: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    door = Door(tmp_path)
    outline = (seen[0] / "named.jar.outline").read_bytes()
    record_release(door, "order", "order-1.1.jar", "1.1")
    found = foreseen(door, outline).get_json()
    assert (found["application"], found["component"], found["version"]) == ("shop", "order", "1.2")
    assert (found["asks"], found["port"], found["problem"]) == (["DB_HOST"], 9090, None)
    elsewhere = foreseen(door, outline, application="shop", component="stock").get_json()
    assert elsewhere["problem"]["code"] == "belongs-elsewhere"
    assert elsewhere["problem"]["values"]["owner"] == "shop/order"
    assert elsewhere["version"] == "1.2"
    assert door.jobs.waiting == []
    assert list(door.tmp.iterdir()) == []
    assert foreseen(door, outline, Role.VIEWER).status_code == 403
    refused = foreseen(door, b"\x00\x01\x02\x03")
    assert (refused.status_code, refused.get_json()["code"]) == (422, "not-an-archive")
    too_large = foreseen(door, noise(1, 600_000))
    assert too_large.get_json()["code"] == "too-large"
    door.close()
