"""What the labels of a container name is sent from nobody's computer before he has seen it and said yes."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from buildpacks.errors import Refused
from buildsvc.compose import gather, names_in
from buildsvc.doors.cli.main import cli
from buildsvc.doors.cli.remote import adopt_project
from tests.remote_service import ACCEPTED, AT, DEPLOYMENT, Service, playing

FILE = "services: {db: {image: 'redis:7', env_file: [db.env]}}\n"
HOSTILE = "services: {db: {image: 'redis:7', env_file: [%s]}}\n"


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Service]:
    with playing(monkeypatch, tmp_path) as service:
        yield service


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "compose.yaml").write_text(FILE)
    (folder / "db.env").write_text("A=b\n")
    (tmp_path / "id_rsa").write_text("KEY=private\n")
    return folder


def adopted(
    service: Service, monkeypatch: pytest.MonkeyPatch, folder: Path, *files: str, says: str | None = "y\n"
) -> Result:
    """Adopt a project whose labels name these files; `says` None: nobody sits there."""
    read = {"kind": "project-read", "project": "shop", "containers": 1, "files": list(files), "folder": str(folder)}
    service.answer("POST", "/api/adoptions", 202, ACCEPTED)
    service.answer("POST?plan", "/api/adoptions", 202, ACCEPTED)
    service.answer("GET", "/api/deployments/d-1", 200, DEPLOYMENT)
    events = [{"number": 1, "at": AT, "event": read, "text": "", "stage": None}]
    service.answer("GET", "/api/deployments/d-1/events", 200, events)
    service.stream = [read, {"kind": "settled"}]
    monkeypatch.setattr(adopt_project, "may_ask", lambda *, as_json: says is not None and not as_json)
    return CliRunner().invoke(cli, ["adopt", "shop"], input=says or "")


def sent(service: Service) -> list[bytes]:
    return [body for method, _, _, body, _ in service.asked if method == "POST" and body]


def test_what_would_be_sent_is_shown_and_is_sent_when_somebody_agrees(
    service: Service, monkeypatch: pytest.MonkeyPatch, shop: Path
) -> None:
    done = adopted(service, monkeypatch, shop, "compose.yaml")
    assert done.exit_code == 0, done.output
    assert {"compose.yaml", "db.env"} <= set(done.stderr.split())
    (body,) = sent(service)
    with tarfile.open(fileobj=io.BytesIO(body)) as tar:
        assert [one.name.rpartition("/")[2] for one in tar if one.isreg()][1:] == ["compose.yaml", "db.env"]


@pytest.mark.parametrize("says", ["n\n", None])
def test_nothing_is_sent_where_somebody_says_no_or_nobody_can_be_asked(
    service: Service, monkeypatch: pytest.MonkeyPatch, shop: Path, says: str | None
) -> None:
    done = adopted(service, monkeypatch, shop, "compose.yaml", says=says)
    assert done.exit_code != 0
    assert sent(service) == []


def test_a_file_that_labels_name_sends_nothing_from_outside_its_own_folder(
    service: Service, monkeypatch: pytest.MonkeyPatch, shop: Path
) -> None:
    for hostile in ("../id_rsa", str(shop.parent / "id_rsa")):
        (shop / "compose.yaml").write_text(HOSTILE % hostile)
        assert adopted(service, monkeypatch, shop, "compose.yaml").exit_code == 2
    (shop / "compose.yaml").write_text(FILE)
    outside = adopted(service, monkeypatch, shop, "compose.yaml", "../id_rsa")
    assert outside.exit_code == 2
    assert "outside of" in outside.stderr
    assert sent(service) == []


def test_a_link_in_its_folder_leads_no_further(shop: Path) -> None:
    (shop / "data").mkdir()
    (shop / "data" / "link").symlink_to(shop.parent / "id_rsa")
    (shop / "compose.yaml").write_text("services: {db: {image: 'redis:7', volumes: ['./data:/data:ro']}}\n")
    with gather(shop / "compose.yaml") as stream:
        assert "data/link" in names_in(stream)
    with pytest.raises(Refused):
        gather(shop / "compose.yaml", own_folder=True).close()
