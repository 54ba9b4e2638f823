"""Signatures of bundles: of three kinds, checked by OpenSSL, demanded by a site before anything changes."""

from __future__ import annotations

import subprocess
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from buildpacks.archives.split_files import SplitFile
from buildpacks.errors import Conflict, Refused
from buildsvc.doors.cli.main import cli
from buildsvc.image.layout import Layout
from buildsvc.store.bundle import signatures, sm2
from buildsvc.store.bundle.opening import opened
from buildsvc.store.bundle.sections import document_of, sums_of
from buildsvc.store.bundle.signatures import KINDS, KeyKind
from buildsvc.usecases.versions import importing, signing
from tests import bundles, small_images
from tests.workshops import Bench


@pytest.fixture
def store(tmp_path: Path) -> Layout:
    return small_images.layout(tmp_path / "from")


def signed(store: Layout, path: Path, private: bytes) -> Path:
    made = bundles.bundle(store, bundles.snapshot(store))
    return bundles.file(store, made, path, **signatures.sign(private, sums_of(document_of(made), made)))


def unpacked(path: Path) -> Path:
    folder = path.with_suffix(".out")
    folder.mkdir()
    with tarfile.open(path) as archive:
        archive.extractall(folder, filter="data")
    return folder


@pytest.mark.parametrize("kind", KINDS)
def test_openssl_checks_the_signature_on_the_spot(store: Layout, tmp_path: Path, kind: KeyKind) -> None:
    key = signatures.write(tmp_path / "hall", kind)
    path = signed(store, tmp_path / "shop.bundle", (tmp_path / "hall").read_bytes())
    said = CliRunner().invoke(cli, ["bundle", "verify", str(path)])
    assert said.exit_code == 0, said.output
    assert f"Signed by the key {key.fingerprint} ({kind})" in said.output
    command = next(line for line in said.output.splitlines() if "openssl" in line).partition("      (OpenSSL")[0]
    folder = unpacked(path)
    subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=folder, check=True)
    subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    (folder / "SHA256SUMS").write_bytes((folder / "SHA256SUMS").read_bytes() + b"more")
    assert subprocess.run(command.split(), cwd=folder, check=False, capture_output=True).returncode != 0


@pytest.mark.parametrize(
    ("kind", "how"),
    [
        ("p256", ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")),
        ("ed25519", ("-algorithm", "ed25519")),
        ("sm2", ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:SM2")),
    ],
)
def test_a_key_that_openssl_made_signs(kind: KeyKind, how: tuple[str, ...], tmp_path: Path) -> None:
    subprocess.run(["openssl", "genpkey", *how, "-out", tmp_path / "key.pem"], check=True, capture_output=True)
    found = signatures.signer(signatures.sign((tmp_path / "key.pem").read_bytes(), b"sums"), b"sums")
    assert found is not None
    assert found.kind == kind
    public = subprocess.run(
        ["openssl", "pkey", "-pubout", "-in", tmp_path / "key.pem"], check=True, capture_output=True
    )
    assert signatures.public_key(public.stdout).public == found.public


@pytest.mark.parametrize("kind", KINDS)
def test_no_changed_bit_of_a_signature_or_its_message_goes_unseen(kind: KeyKind) -> None:
    private, _ = signatures.make(kind)
    made = signatures.sign(private, b"sums")
    signature = made["SHA256SUMS.sig"]
    step = 1 if kind != "sm2" else 8
    for at in range(0, len(signature), step):
        wrong = bytearray(signature)
        wrong[at] ^= 1
        with pytest.raises(Refused, match="not that of the key"):
            signatures.signer({**made, "SHA256SUMS.sig": bytes(wrong)}, b"sums")
    # A byte too few and one too many: no byte is replaced, as it might be replaced by itself.
    for wrong_length in (signature[:-1], signature + b"\0"):
        with pytest.raises(Refused):
            signatures.signer({**made, "SHA256SUMS.sig": wrong_length}, b"sums")
    with pytest.raises(Refused, match="not that of the key"):
        signatures.signer(made, b"sumz")


def test_small_numbers_of_sm2_are_written_as_der_wants_them() -> None:
    large = b"\x7f" + bytes(31)
    for number in (bytes(20) + b"\x01" * 12, b"\x80" + bytes(31), b"\0\x80" + bytes(30)):
        least = number.lstrip(b"\0")
        assert sm2._numbers(sm2._sequence(number, large)) == (least, large)
        assert sm2._numbers(sm2._sequence(large, number)) == (large, least)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda made: {"SHA256SUMS.sig": made["SHA256SUMS.sig"]}, "half a signature"),
        (lambda made: {"SHA256SUMS.pem": made["SHA256SUMS.pem"]}, "half a signature"),
        (
            lambda made: {**made, "SHA256SUMS.pem": b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"},
            "none",
        ),
        (lambda made: {**made, "SHA256SUMS.pem": b"nonsense"}, "none that is known"),
    ],
)
def test_half_a_signature_and_a_strange_key_are_refused(
    change: Callable[[dict[str, bytes]], dict[str, bytes]], said: str
) -> None:
    private, _ = signatures.make("p256")
    with pytest.raises(Refused, match=said):
        signatures.signer(change(signatures.sign(private, b"sums")), b"sums")


def test_a_private_key_is_for_its_owner_and_is_never_overwritten(tmp_path: Path) -> None:
    signatures.write(tmp_path / "key", "ed25519")
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    before = (tmp_path / "key").read_bytes()
    with pytest.raises(Conflict, match="already"):
        signatures.write(tmp_path / "key", "ed25519")
    assert (tmp_path / "key").read_bytes() == before


def test_a_site_that_demands_a_signature_takes_no_other_and_changes_nothing(store: Layout, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.mkdir()
    signatures.write(tmp_path / "hall", "sm2")
    (tmp_path / "hall.pub").rename(keys / "hall.pub")
    bench = Bench(tmp_path / "away")
    site = replace(bench.site, settings=bench.settings.model_copy(update={"bundle_keys": keys}))
    made = bundles.bundle(store, bundles.snapshot(store))
    document = document_of(made)
    before = set(site.layout)
    stranger, _ = signatures.make("p256")
    with pytest.raises(Refused, match=r"signed by one of hall, and this one is not signed"):
        importing.begin(site, document, {})
    with pytest.raises(Refused, match="is none of them"):
        importing.begin(site, document, signatures.sign(stranger, sums_of(document, made)))
    assert set(site.layout) == before
    own = signatures.sign((tmp_path / "hall").read_bytes(), sums_of(document, made))
    begun = importing.begin(site, document, own)
    assert begun.signed is not None
    assert begun.signed.name == "hall"


def test_a_signed_export_carries_its_signature(store: Layout, tmp_path: Path) -> None:
    bench = Bench(tmp_path / "home")
    made = bundles.bundle(store, bundles.snapshot(store))
    sums = sums_of(document_of(made), made)
    private, _ = signatures.make("p256")
    with pytest.raises(Refused, match="not that of the key"):
        signing.keep(bench.site, "sha256:1", b"other sums", signatures.sign(private, sums))
    assert signing.signatures(bench.site, "sha256:1") == {}
    signing.keep(bench.site, "sha256:1", sums, signatures.sign(private, sums))
    path = bundles.file(store, made, tmp_path / "shop.bundle", **signing.signatures(bench.site, "sha256:1"))
    with SplitFile(path) as file:
        found = opened(file)
    assert signatures.signer(found.signatures, found.sums) is not None
