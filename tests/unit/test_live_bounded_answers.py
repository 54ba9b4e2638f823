"""What an identity provider answers is read whole in so many bytes and seconds, and nobody else waits meanwhile."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
import requests
from joserfc.jwk import ECKey

from buildpacks.errors import Unreachable
from buildsvc.doors.front import certificate
from buildsvc.live import oidc_provider
from buildsvc.live.bounded_answers import BoundedAnswers
from buildsvc.live.oidc_provider import OidcProvider
from buildsvc.live.proofs import SignInSecrets, SiteAtProvider
from buildsvc.model.clock import SystemClock

SECRETS = SignInSecrets("state" * 4, "nonce" * 4, "verifier" * 6)
Answer = Callable[[ssl.SSLSocket, Event], None]


@contextmanager
def server(folder: Path, answer: Answer) -> Iterator[tuple[int, Path]]:
    """A TLS server on loopback that answers each connection by `answer`, until the block ends."""
    pem, ended = folder / "site.pem", Event()
    certificate.make(pem, "localhost", datetime.now(UTC))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)

    def serve(plain: socket.socket) -> None:
        with suppress(OSError), context.wrap_socket(plain, server_side=True) as taken:
            taken.recv(65536)
            answer(taken, ended)

    def accept() -> None:
        with suppress(OSError):
            while not ended.is_set():
                Thread(target=serve, args=(listening.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        Thread(target=accept, daemon=True).start()
        try:
            yield listening.getsockname()[1], pem
        finally:
            ended.set()


def dripping(beginning: bytes) -> Answer:
    def drip(taken: ssl.SSLSocket, ended: Event) -> None:
        taken.sendall(beginning)
        while not ended.wait(0.02):
            taken.sendall(b"x")

    return drip


def endless(taken: ssl.SSLSocket, ended: Event) -> None:
    taken.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while not ended.is_set():
        taken.sendall(b"x" * 65536)


def asked(port: int, pem: Path, longest: int, seconds: float) -> requests.Response:
    with requests.Session() as session:
        session.trust_env, session.verify = False, str(pem)
        session.mount("https://", BoundedAnswers(longest, seconds))
        return session.get(f"https://localhost:{port}/", timeout=(60, 60))


@pytest.mark.parametrize(
    "beginning",
    [b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"],
)
def test_an_answer_that_drips_is_cut_off_when_its_time_is_over(tmp_path: Path, beginning: bytes) -> None:
    with (
        server(tmp_path, dripping(beginning)) as (port, pem),
        pytest.raises(TimeoutError, match="did not answer whole"),
    ):
        asked(port, pem, 1 << 30, 0.5)


def test_an_answer_without_an_end_is_read_no_further_than_it_may_be_long(tmp_path: Path) -> None:
    with server(tmp_path, endless) as (port, pem), pytest.raises(ValueError, match="more than 100000 bytes"):
        asked(port, pem, 100_000, 60)


def test_plain_http_is_cut_off_too() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, requests.Session() as session:
        session.trust_env = False
        session.mount("http://", BoundedAnswers(1 << 30, 0.3))
        # It takes the connection and never answers.
        with pytest.raises(TimeoutError, match="did not answer whole"):
            session.get(f"http://127.0.0.1:{listening.getsockname()[1]}/", timeout=(60, 60))


def test_an_answer_that_ends_in_time_is_given_as_it_is(tmp_path: Path) -> None:
    def answer(taken: ssl.SSLSocket, _ended: Event) -> None:
        taken.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"a": 1}\n')

    with server(tmp_path, answer) as (port, pem):
        found = asked(port, pem, 9, 60)
    assert (found.status_code, found.json()) == (200, {"a": 1})


def test_who_asks_nothing_new_does_not_wait_while_another_asks_the_network(tmp_path: Path) -> None:
    documents: list[bytes] = []
    stuck, reached = Event(), Event()

    def answer(taken: ssl.SSLSocket, ended: Event) -> None:
        if not documents:
            reached.set()
            ended.wait(60)
            return
        taken.sendall(documents.pop(0))

    with server(tmp_path, answer) as (port, pem):
        issuer = f"https://localhost:{port}"
        known: dict[str, Any] = {
            "issuer": issuer, "authorization_endpoint": f"{issuer}/a", "token_endpoint": f"{issuer}/t",
            "jwks_uri": f"{issuer}/k",
        }  # fmt: skip
        signing = ECKey.generate_key("P-256")
        for one in (known, {"keys": [{**signing.as_dict(private=False), "use": "sig"}]}):
            body = json.dumps(one).encode()
            documents.append(
                b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
            )
        provider = OidcProvider(SiteAtProvider(issuer, "c", trusted=pem), SystemClock())
        provider.require_answers()

        def again() -> None:
            with suppress(Unreachable):
                provider.require_answers()
            stuck.set()

        Thread(target=again, daemon=True).start()
        assert reached.wait(60)
        assert provider.address("https://here/", SECRETS).startswith(f"{issuer}/a?")
        assert not stuck.is_set()


def test_no_more_threads_wait_for_a_provider_than_may(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oidc_provider, "_AT_ONCE", 1)
    reached = Event()

    def answer(_taken: ssl.SSLSocket, ended: Event) -> None:
        reached.set()
        ended.wait(60)

    with server(tmp_path, answer) as (port, pem):
        provider = OidcProvider(SiteAtProvider(f"https://localhost:{port}", "c", trusted=pem), SystemClock())
        Thread(target=suppressed(provider.require_answers), daemon=True).start()
        assert reached.wait(60)
        with pytest.raises(Unreachable, match="1 wait for it already"):
            provider.address("https://here/", SECRETS)


def suppressed(ask: Callable[[], None]) -> Callable[[], None]:
    def told() -> None:
        with suppress(Unreachable):
            ask()

    return told
