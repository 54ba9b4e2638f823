"""What a site can show afterwards: which bundle it was, who signed it, and the key that signs its own records."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from buildpacks.archives.split_files import SplitFile
from buildsvc.doors.cli.main import cli
from buildsvc.model.access import Role
from buildsvc.model.api import Accepted
from buildsvc.model.version_events import BundleReady
from buildsvc.store.bundle import signatures, writing
from buildsvc.store.bundle.opening import Opened, opened, take_in
from buildsvc.store.bundle.sections import bundle_of, sums_of
from buildsvc.usecases.look.reporting import report
from buildsvc.usecases.tend import keeping
from buildsvc.usecases.versions import arriving, export, importing, signing
from tests.bills_here import bills_written_here
from tests.doors_site import Door
from tests.remote_service import Service, playing
from tests.unit.test_usecases_bundles import home, version
from tests.workshops import Bench

__all__ = ["bills_written_here", "home"]


@pytest.fixture
def away(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "away")


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    made = Door(tmp_path / "site")
    yield made
    made.close()


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Service]:
    with playing(monkeypatch, tmp_path) as service:
        yield service


def exported(bench: Bench, path: Path, private: bytes) -> tuple[str, Opened]:
    """Export version 1.0.0, signed; the export's deployment, and what stands in front of the file."""
    version(bench, "1.0.0")
    done = bench.run(export.submit(bench.site, "shop", "1.0.0", platforms=(), have=(), actor="ann", door="api"))
    ready = next(one.event for one in bench.ledger.events(done.id) if isinstance(one.event, BundleReady))
    document = bench.site.layout.read(ready.document)
    made = bundle_of(document)
    signed = signatures.sign(private, sums_of(document, made))
    signing.keep(bench.site, ready.document, sums_of(document, made), signed)
    path.write_bytes(b"".join(writing.write(bench.site.layout, document, made, signed)))
    with SplitFile(path) as file:
        return done.id, opened(file)


def sent(bench: Bench, path: Path, found: Opened) -> Accepted:
    """Send it as a client does."""
    begun = importing.begin(bench.site, found.document, found.signatures)
    with SplitFile(path) as file:
        take_in(file, found, bench.site.layout)
    return arriving.submit_sent(bench.site, begun.id, actor="bob", door="cli")


@pytest.mark.parametrize("way", ["sent", "read"])
def test_the_report_of_an_import_names_the_bundle_and_who_signed_it(
    home: Bench, away: Bench, tmp_path: Path, way: str
) -> None:
    private, public = signatures.make("p256")
    path = tmp_path / "shop.bundle"
    left, found = exported(home, path, private)
    accepted = (
        sent(away, path, found) if way == "sent" else arriving.submit_file(away.site, path, actor="bob", door="cli")
    )
    done = away.run(accepted)
    digests = dict(report(away.site, done.id).digests)
    subprocess.run(["tar", "-xf", str(path), "-C", str(tmp_path), "SHA256SUMS"], check=True)
    listed = subprocess.run(["sha256sum", "SHA256SUMS"], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert digests["SHA256SUMS"] == f"sha256:{listed.stdout.split()[0]}"
    assert digests["SHA256SUMS.pem"] == f"sha256:{signatures.public_key(public).fingerprint}"
    assert digests == dict(report(home.site, left).digests)
    assert CliRunner().invoke(cli, ["bundle", "show", str(path)]).output.count(listed.stdout.split()[0]) == 1


def test_the_last_one_who_began_an_import_says_whether_it_is_signed(home: Bench, away: Bench, tmp_path: Path) -> None:
    private, _ = signatures.make("p256")
    path = tmp_path / "shop.bundle"
    _, found = exported(home, path, private)
    importing.begin(away.site, found.document, found.signatures)
    begun = importing.begin(away.site, found.document)
    assert importing.signer_of(away.site, begun.id) == ("", "")


def test_who_signed_what_nobody_went_on_with_is_forgotten_with_it(home: Bench, away: Bench, tmp_path: Path) -> None:
    private, _ = signatures.make("p256")
    _, found = exported(home, tmp_path / "shop.bundle", private)
    importing.begin(away.site, found.document, found.signatures)
    away.clock.forward(keeping.PINNED.total_seconds() + 1)
    keeping.forget_old_promises(away.site)
    assert list(away.ledger.facts("import")) == []


def test_a_report_is_checked_with_the_key_that_was_fetched_before(door: Door, service: Service, tmp_path: Path) -> None:
    viewer = door.headers(Role.VIEWER)
    service.answer("GET", "/api/site-key", 200, door.client().get("/api/site-key", headers=viewer).get_json())
    asked = CliRunner().invoke(cli, ["site-key", "-o", str(tmp_path / "site.pub")])
    assert asked.exit_code == 0, asked.output
    page = f"/api/deployments/{door.deployment().id}/report"
    answer = door.client().get(page, headers=viewer)
    (tmp_path / "report.html").write_bytes(answer.data)
    service.answer("GET", "/api/deployments/d-1/report", 200, "")
    service.headers = {name: answer.headers[name] for name in ("X-Buildsvc-Signature", "X-Buildsvc-Key")}
    assert CliRunner().invoke(cli, ["report", "d-1", "-o", str(tmp_path / "other.html")]).exit_code == 0
    (tmp_path / "other.html.sig").rename(tmp_path / "report.html.sig")
    _, _, command = asked.stderr.partition("openssl ")
    check = ["openssl", *command.split()]
    assert subprocess.run(check, cwd=tmp_path, capture_output=True, check=False).returncode == 0
    (tmp_path / "report.html").write_bytes(answer.data + b" ")
    assert subprocess.run(check, cwd=tmp_path, capture_output=True, check=False).returncode == 1


def test_the_site_s_key_is_told_as_json_and_to_nobody_without_a_token(door: Door, service: Service) -> None:
    assert door.client().get("/api/site-key").status_code == 401
    told = door.client().get("/api/site-key", headers=door.headers(Role.VIEWER)).get_json()
    assert "PRIVATE" not in json.dumps(told)
    service.answer("GET", "/api/site-key", 200, told)
    assert json.loads(CliRunner().invoke(cli, ["site-key", "--json"]).stdout) == told


def test_what_a_site_has_is_printed_as_export_reads_it(service: Service, tmp_path: Path) -> None:
    service.answer("GET", "/api/have", 200, ["sha256:a", "sha256:b"])
    printed = CliRunner().invoke(cli, ["have", "--json"])
    file = tmp_path / "have.json"
    told = CliRunner().invoke(cli, ["have", "-o", str(file), "--json"])
    assert json.loads(printed.stdout) == json.loads(file.read_text()) == {"have": ["sha256:a", "sha256:b"]}
    assert json.loads(told.stdout) == {"file": str(file), "blobs": 2}
    assert CliRunner().invoke(cli, ["have"]).exit_code == 2
