"""Bases made from packages, run by a real engine: Java, its trust store in a TLS call, fonts, image components."""

from __future__ import annotations

import dataclasses
import io
import ipaddress
import ssl
import tarfile
import threading
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import docker
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from buildpacks.analyse import analyse
from buildpacks.kinds.detect import detect
from buildsvc.engines.gateway import protocol
from buildsvc.image import tarball
from buildsvc.image.assemble import assemble
from buildsvc.image.inspecting import inspect
from buildsvc.image.making import trust
from buildsvc.image.making.apt import PackageSource
from buildsvc.image.making.make import make
from buildsvc.image.making.recipe import load
from buildsvc.image.types import Image
from scripts.made import MadeBases
from tests.two_platforms import ARM64
from tests.waiting import until

MEGABYTE = 1_000_000
Run = Callable[..., tuple[int, str]]
Start = Callable[..., Any]


@pytest.fixture
def start(engine_client: docker.DockerClient, bases: MadeBases) -> Iterator[Start]:
    """Starts a container of an image under a tag of its own; takes both away afterwards."""
    made: list[Any] = []
    tags: list[str] = []

    def begin(image: Image, command: list[str] | None = None, files: dict[str, bytes] | None = None, **how: Any) -> Any:
        tag = f"buildsvc/test:{uuid.uuid4().hex}"
        # The client hands on what it gets, so that pieces are fine too.
        pieces: Any = tarball.write(bases.layout, dataclasses.replace(image, reference=tag))
        engine_client.images.load(pieces)
        tags.append(tag)
        container = engine_client.containers.create(
            tag, command, cap_drop=["ALL"], security_opt=["no-new-privileges"], **how
        )
        made.append(container)
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            for name, content in (files or {}).items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
        container.put_archive("/tmp", buffer.getvalue())
        container.start()
        return container

    yield begin
    for container in made:
        container.remove(force=True, v=True)
    for tag in tags:
        engine_client.images.remove(tag)


@pytest.fixture
def run(start: Start) -> Run:
    """Runs a command in an image to its end: exit status and output."""

    def execute(image: Image, command: list[str], **how: Any) -> tuple[int, str]:
        container = start(image, command, **how)
        status = container.wait()["StatusCode"]
        return status, container.logs().decode()

    return execute


@pytest.mark.engine
def test_a_jre_is_small_and_shares_its_classes_and_speaks_utf8(bases: MadeBases, run: Run) -> None:
    base = bases.get("jre", 17)
    assert base.unpacked_size < 250 * MEGABYTE
    assert inspect(bases.layout, base.image).java == 17
    status, output = run(base.image, ["java", "-XshowSettings:properties", "-Xshare:on", "-version"])
    assert status == 0
    assert "sun.jnu.encoding = UTF-8" in output
    assert "user.name = app" in output


@pytest.mark.engine
def test_the_tools_on_board_work(bases: MadeBases, run: Run) -> None:
    script = (
        "fc-list :lang=zh | grep -q . && TZ=Asia/Shanghai date +%Z && curl --version | head -n 1 && id -u && ps | wc -l"
    )
    status, output = run(bases.get("jre", 17).image, ["sh", "-c", script])
    assert status == 0
    assert output.split("\n")[0] == "CST"
    assert output.split("\n")[2] == "10001"


@pytest.mark.engine
def test_java_trusts_a_server_by_our_trust_store_and_by_nothing_else(
    bases: MadeBases, run: Run, tmp_path: Path
) -> None:
    image = bases.get("jre", 17).image
    with tls_server(tmp_path) as (port, authority):
        # keytool fetches a revocation list through Java's own HTTPS client: a TLS call that needs no compiler.
        call = ["keytool", "-printcrl", "-file", f"https://127.0.0.1:{port}/list.crl"]
        store = trust.java_store([("test", authority)])
        ours = ["-J-Djavax.net.ssl.trustStore=/tmp/cacerts"]
        how = {"network_mode": "host", "files": {"cacerts": store}}
        status, output = run(image, call + ours, **how)
        assert status == 0
        assert "X.509 CRL" in output
        status, output = run(image, call, **how)
        assert status != 0
        assert "X.509 CRL" not in output
        status, output = run(
            image, ["curl", "-s", "--cacert", "/tmp/ca", call[3]], **how | {"files": {"ca": authority}}
        )
        assert status == 0


@pytest.mark.engine
def test_the_trust_store_on_board_lists_every_authority_of_the_bundle(bases: MadeBases, run: Run) -> None:
    script = (
        "grep -c BEGIN /etc/ssl/certs/ca-certificates.crt; "
        "keytool -list -cacerts -storepass changeit | grep -c trustedCertEntry"
    )
    status, output = run(bases.get("jre", 17).image, ["sh", "-c", script])
    assert status == 0
    bundle, store = output.split()[:2]
    assert bundle == store
    assert int(store) > 100


@pytest.mark.engine
def test_the_gateway_has_all_that_its_client_needs(bases: MadeBases, run: Run) -> None:
    script = "haproxy -v && socat -V && curl --version && gateway-client memory && touch /gateway/haproxy.cfg"
    status, output = run(bases.get("gateway").image, ["-c", script], entrypoint=["sh"])
    assert status == 0, output
    assert "MemAvailable" in output


@pytest.mark.long
@pytest.mark.engine
def test_a_published_application_runs_from_its_layers(
    bases: MadeBases, start: Start, zipkin_jars: tuple[Path, Path]
) -> None:
    analysis = analyse(zipkin_jars[0], zipkin_jars[0].name)
    plan = detect(analysis)
    base = bases.get("jre", 17)
    made = assemble(analysis, plan, base, bases.layout, reference="t:1", stamp=analysis.newest_mtime)
    container = start(made.image)
    healthy = ["curl", "-sf", "http://localhost:9411/health"]
    assert until(lambda: container.exec_run(healthy).exit_code == 0, 120)
    again = assemble(analysis, plan, base, bases.layout, reference="t:1", stamp=analysis.newest_mtime)
    assert again.image == made.image
    assert all(one.reused for one in again.layers)


@pytest.mark.engine
@pytest.mark.long
def test_a_base_for_arm_is_made_here_and_the_same_again(bases: MadeBases, arm_bases: MadeBases) -> None:
    assert arm_bases.get("jre", 17).image.platform == ARM64
    source = PackageSource(bases.folder.parent / "packages")
    made = make(load("gateway", given=protocol.given()), ARM64, source=source, layout=bases.layout)
    assert made == make(load("gateway", given=protocol.given()), ARM64, source=source, layout=bases.layout)
    assert made.image.platform == ARM64


class tls_server:  # noqa: N801 - used as a verb
    """An HTTPS server on the loopback that serves a revocation list: (port, PEM of the authority that signed it)."""

    def __init__(self, folder: Path) -> None:
        self._authority, chain, listing = _authority()
        (folder / "server.pem").write_bytes(chain)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "server.pem")

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Length", str(len(listing)))
                self.end_headers()
                self.wfile.write(listing)

            def log_message(self, *_: object) -> None: ...

        class Server(HTTPServer):
            def handle_error(self, *_: object) -> None:
                """A client that does not trust us hangs up; that is expected."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever)

    def __enter__(self) -> tuple[int, bytes]:
        self._thread.start()
        return self._server.server_port, self._authority

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _authority() -> tuple[bytes, bytes, bytes]:
    """PEM of an authority; key and certificate of a server at 127.0.0.1; DER of the authority's revocation list."""
    now = datetime.now(UTC)
    key, own = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test authority")])

    def certificate(public: ec.EllipticCurvePublicKey, name: str, extension: x509.ExtensionType) -> x509.Certificate:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(public)
        builder = builder.serial_number(x509.random_serial_number()).add_extension(extension, critical=True)
        builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        return builder.sign(key, SHA256())

    root = certificate(key.public_key(), "test authority", x509.BasicConstraints(ca=True, path_length=None))
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    server = certificate(own.public_key(), "server", address)
    listing = x509.CertificateRevocationListBuilder().issuer_name(issuer)
    listing = listing.last_update(now).next_update(now + timedelta(days=1))
    private = own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    signed = listing.sign(key, SHA256()).public_bytes(Encoding.DER)
    return root.public_bytes(Encoding.PEM), private + server.public_bytes(Encoding.PEM), signed
