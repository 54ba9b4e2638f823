from __future__ import annotations

import hashlib
import io
import json
import stat
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Never

import pytest

from buildpacks.errors import Conflict, Failure, NotFound, Refused
from buildpacks.kinds.detect import BUILT_IN
from buildpacks.own import custom
from buildsvc.model.application import Mount, Placement
from buildsvc.model.deployment import Phase
from buildsvc.model.release import ImageRef
from buildsvc.store import backup
from buildsvc.store.artifacts import Artifacts
from buildsvc.store.backup import write_backup
from buildsvc.store.ledger import Ledger
from buildsvc.store.restore import read_back
from buildsvc.store.secrets import Secrets
from tests.ledgers import ORDER, SHOP, deployment, open_ledger, release


def put(site: Path, data: bytes) -> str:
    store = Artifacts(site, site / "tmp")
    return store.keep(store.receive(io.BytesIO(data), limit=1 << 30)).name


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    return folder


@pytest.fixture
def ledger(site: Path) -> Iterator[Ledger]:
    """A site with one release, a secret, mounted content, a base image and a blob that nothing needs."""
    ledger = open_ledger(site / "ledger.db")
    ledger.save_application(SHOP, Placement(), actor="ann")
    Secrets(ledger, site / "secret.key").put("shop", "s", "value")
    layer = put(site, b"layer")
    manifest = put(site, json.dumps({"layers": [{"digest": f"sha256:{layer}"}]}).encode())
    image = ImageRef("r", "sha256:" + "1" * 64, f"sha256:{manifest}", "linux/amd64")
    release(ledger, artifact=put(site, b"the jar"), image=image)
    made = deployment(ledger)
    ledger.set_live("shop", "order", 1, made.id, fence=None)
    ledger.advance(made.id, Phase.SETTLED)
    (site / "bases").mkdir()
    base = put(site, b"{}")
    (site / "bases" / "jre-17.json").write_text(json.dumps({"manifest": f"sha256:{base}"}))
    put(site, b"nobody needs this")
    yield ledger
    ledger.close()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "site.backup"


def names(target: Path) -> list[str]:
    with tarfile.open(target) as tar:
        return tar.getnames()


def everything(ledger: Ledger) -> list[object]:
    with ledger.read() as connection:
        tables = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1").scalars()
        return [(t, connection.exec_driver_sql(f'SELECT * FROM "{t}"').all()) for t in tables.all()]


def test_a_restored_site_has_the_same_ledger_secrets_and_artifacts(
    site: Path, ledger: Ledger, target: Path, tmp_path: Path
) -> None:
    before = everything(ledger)
    made = write_backup(site, ledger, target)
    read_back(target, tmp_path / "new")
    other = open_ledger(tmp_path / "new" / "ledger.db")
    assert everything(other) == before
    assert Secrets(other, tmp_path / "new" / "secret.key").get("shop", "s") == "value"
    sha256 = hashlib.sha256(b"the jar").hexdigest()
    assert Artifacts(tmp_path / "new", tmp_path / "new" / "tmp").path(sha256).read_bytes() == b"the jar"
    other.close()
    assert (made.path, made.size, made.missing) == (target, target.stat().st_size, ())
    assert stat.S_IMODE((tmp_path / "new" / "secret.key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "new" / "ledger.db").stat().st_mode) == 0o600


def test_a_backup_holds_what_releases_need_and_is_private(site: Path, ledger: Ledger, target: Path) -> None:
    write_backup(site, ledger, target)
    assert names(target)[:3] == ["backup.json", "ledger.db", "secret.key"]
    assert names(target)[3:] == ["blobs/sha256/" + hashlib.sha256(b"the jar").hexdigest()]
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert list((site / "tmp").iterdir()) == []
    assert [path.name for path in target.parent.iterdir() if path.is_file()] == [target.name]


def test_bases_and_built_images_go_along_when_asked_for(
    site: Path, ledger: Ledger, target: Path, tmp_path: Path
) -> None:
    write_backup(site, ledger, target, bases=True)
    assert "bases/jre-17.json" in names(target)
    digests = {hashlib.sha256(data).hexdigest() for data in (b"the jar", b"layer", b"{}")}
    assert digests < {name.removeprefix("blobs/sha256/") for name in names(target)}
    assert hashlib.sha256(b"nobody needs this").hexdigest() not in str(names(target))
    read_back(target, tmp_path / "new")
    assert (tmp_path / "new" / "bases" / "jre-17.json").read_text() == (site / "bases" / "jre-17.json").read_text()


def test_buildpacks_of_the_site_go_along_from_wherever_they_are(
    site: Path, ledger: Ledger, target: Path, tmp_path: Path
) -> None:
    (tmp_path / "packs").mkdir()
    for name in ("acme.toml", "other.py", "README", ".hidden.py"):
        (tmp_path / "packs" / name).write_text(name)
    write_backup(site, ledger, target, buildpacks=tmp_path / "packs")
    read_back(target, tmp_path / "new")
    found = {path.name: path.read_text() for path in (tmp_path / "new" / "buildpacks").iterdir()}
    assert found == {"acme.toml": "acme.toml", "other.py": "other.py"}
    assert custom.gather(tmp_path / "new" / "buildpacks", BUILT_IN).broken[0].file.endswith("acme.toml")


def test_what_stands_beside_a_built_image_goes_along_with_it(
    site: Path, ledger: Ledger, target: Path, tmp_path: Path
) -> None:
    (image,) = ledger.references().manifests
    bill = put(site, b"a bill of materials")
    beside = put(site, json.dumps({"layers": [{"digest": f"sha256:{bill}"}]}).encode())
    for name in (image, "f" * 64):
        listed = site / "referrers" / f"sha256-{name}.json"
        listed.parent.mkdir(exist_ok=True)
        listed.write_text(json.dumps({"manifests": [{"digest": f"sha256:{beside}"}]}))
    write_backup(site, ledger, target, bases=True)
    assert f"blobs/sha256/{bill}" in names(target)
    assert [name for name in names(target) if name.startswith("referrers/")] == [f"referrers/sha256-{image}.json"]
    read_back(target, tmp_path / "new")
    assert (tmp_path / "new" / "referrers" / f"sha256-{image}.json").is_file()
    other = target.with_name("without")
    write_backup(site, ledger, other)
    assert not any(name.startswith("referrers/") for name in names(other))


def test_mounted_content_goes_along(site: Path, ledger: Ledger, target: Path) -> None:
    content = put(site, b"a tar of configuration")
    spec = type(ORDER)("order", image="x", mounts=(Mount("content", content, "/etc/x"),))
    ledger.save_application(type(SHOP)("shop", (spec,)), Placement(), actor="ann")
    write_backup(site, ledger, target)
    assert f"blobs/sha256/{content}" in names(target)


def test_a_backup_while_others_write_is_consistent(site: Path, ledger: Ledger, target: Path, tmp_path: Path) -> None:
    with ledger.write() as connection:
        connection.exec_driver_sql("INSERT INTO facts VALUES ('half', '1')")
        write_backup(site, ledger, target)
    read_back(target, tmp_path / "new")
    other = open_ledger(tmp_path / "new" / "ledger.db")
    assert other.recall("half") is None
    other.close()


def test_an_artifact_that_is_gone_is_named(site: Path, ledger: Ledger, target: Path) -> None:
    sha256 = hashlib.sha256(b"the jar").hexdigest()
    (site / "blobs" / "sha256" / sha256).unlink()
    assert sha256 in write_backup(site, ledger, target).missing


def test_a_corrupt_artifact_stops_the_backup_and_leaves_nothing(site: Path, ledger: Ledger, target: Path) -> None:
    blob = site / "blobs" / "sha256" / hashlib.sha256(b"the jar").hexdigest()
    blob.chmod(0o600)
    blob.write_bytes(b"another")
    with pytest.raises(Failure) as failure:
        write_backup(site, ledger, target)
    assert failure.value.code == "corrupt-blob"
    assert not target.exists()
    assert list((site / "tmp").iterdir()) == []


def test_a_backup_never_replaces_a_file(site: Path, ledger: Ledger, target: Path) -> None:
    target.write_text("precious")
    with pytest.raises(Conflict) as failure:
        write_backup(site, ledger, target)
    assert failure.value.code == "backup-exists"
    assert target.read_text() == "precious"


def test_a_full_disk_is_noticed_before_anything_is_written(
    site: Path, ledger: Ledger, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, needed: int) -> Never:
        raise Refused("disk-full", f"{path} {needed}")

    monkeypatch.setattr(backup, "require_free", full)
    with pytest.raises(Refused):
        write_backup(site, ledger, target)
    assert not target.exists()


def test_a_data_directory_that_is_not_empty_is_left_alone(
    site: Path, ledger: Ledger, target: Path, tmp_path: Path
) -> None:
    write_backup(site, ledger, target)
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "file").touch()
    with pytest.raises(Conflict) as failure:
        read_back(target, tmp_path / "new")
    assert failure.value.code == "data-dir-not-empty"
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["file"]


def test_a_missing_backup_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound) as failure:
        read_back(tmp_path / "none", tmp_path / "new")
    assert failure.value.code == "no-backup"
    assert not (tmp_path / "new").exists()


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def flip(data: bytes) -> bytes:
    at = data.index(b"the jar")
    return data[:at] + b"THE" + data[at + 3 :]


def nothing(_data: bytes) -> bytes:
    return b""


def text(_data: bytes) -> bytes:
    return b"this is no backup" * 100


@pytest.mark.parametrize("damage", [cut, flip, nothing, text])
def test_a_damaged_backup_is_refused_and_nothing_is_left(
    site: Path, ledger: Ledger, target: Path, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    write_backup(site, ledger, target)
    target.write_bytes(damage(target.read_bytes()))
    with pytest.raises(Refused) as failure:
        read_back(target, tmp_path / "new")
    assert failure.value.code == "backup-damaged"
    assert not (tmp_path / "new").exists() or list((tmp_path / "new").iterdir()) == []


def forged(target: Path, listed: list[str], members: list[str], version: int = 1) -> None:
    empty = hashlib.sha256().hexdigest()
    files = [{"name": name, "size": 0, "sha256": empty} for name in listed]
    document = json.dumps({"format": version, "files": files}).encode()
    with tarfile.open(target, "w") as tar:
        head = tarfile.TarInfo("backup.json")
        head.size = len(document)
        tar.addfile(head, io.BytesIO(document))
        for name in members:
            tar.addfile(tarfile.TarInfo(name))


@pytest.mark.parametrize(
    ("listed", "members"),
    [
        (["ledger.db", "../evil"], ["ledger.db", "../evil"]),
        (["ledger.db", "bases/../../evil"], ["ledger.db"]),
        (["ledger.db", "bases/.hidden"], ["ledger.db", "bases/.hidden"]),
        (["ledger.db"], ["ledger.db", "secret.key"]),
        (["ledger.db"], ["ledger.db", "ledger.db"]),
        (["ledger.db", "secret.key"], ["ledger.db"]),
        (["secret.key"], ["secret.key"]),
    ],
)
def test_a_backup_with_strange_missing_or_surplus_files_is_refused(
    target: Path, tmp_path: Path, listed: list[str], members: list[str]
) -> None:
    forged(target, listed, members)
    with pytest.raises(Refused) as failure:
        read_back(target, tmp_path / "new")
    assert failure.value.code == "backup-damaged"
    assert not (tmp_path / "evil").exists()
    assert not (tmp_path / "new").exists() or list((tmp_path / "new").iterdir()) == []


def test_a_backup_of_a_later_format_is_refused(target: Path, tmp_path: Path) -> None:
    forged(target, ["ledger.db"], ["ledger.db"], version=2)
    with pytest.raises(Refused) as failure:
        read_back(target, tmp_path / "new")
    assert failure.value.code == "backup-newer"
