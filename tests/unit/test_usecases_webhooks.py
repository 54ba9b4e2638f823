"""Webhooks against a real HTTP server: signed, told in order, tried again with growing pauses, the last answer kept."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from buildpacks.errors import Refused
from buildsvc.model import webhook
from buildsvc.model.deployment import Cause, Phase
from buildsvc.usecases.tend import webhooks
from tests.workshops import Bench

SECRET = "a secret of ours"


class Listener(HTTPServer):
    """Answers as it is told, and remembers what came."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Taking)
        self.status, self.answer = 200, b'{"errcode": 0}'
        self.got: list[tuple[str, dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook"


class Taking(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server: Any = self.server
        body = self.rfile.read(int(self.headers["Content-Length"]))
        server.got.append((self.path, dict(self.headers), body))
        self.send_response(server.status)
        self.send_header("Content-Length", str(len(server.answer)))
        self.end_headers()
        self.wfile.write(server.answer)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    thread = Thread(target=made.serve_forever)
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def site(folder: Path, listener: Listener, kind: str, more: str = "") -> Bench:
    """A site with one webhook, which was looked at before anything ended."""
    file = folder / "hooks.toml"
    file.write_text(f'[ops]\nurl = "{listener.url}"\nkind = "{kind}"\nsecret = "{SECRET}"\n{more}')
    made = Bench(folder / "data", BUILDSVC_WEBHOOKS=str(file))
    webhooks.tell_all(made.site)
    made.clock.forward(1)
    return made


def ended(bench: Bench, application: str = "shop") -> str:
    deployment = bench.ledger.create_deployment(
        application=application,
        component="order",
        cause=Cause.ARTIFACT,
        artifact="ab",
        release=None,
        actor="ann",
        door="api",
    )
    bench.ledger.advance(deployment.id, Phase.SETTLED)
    return deployment.id


def test_a_webhook_whose_answer_is_never_there_whole_holds_nobody_up(
    tmp_path: Path, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "_SECONDS", 60.0)
    monkeypatch.setattr(webhooks, "_WHOLE", 0.3)
    monkeypatch.setattr(Taking, "do_POST", lambda self: self.rfile.read())
    bench = site(tmp_path, listener, "json")
    ended(bench)
    webhooks.tell_all(bench.site)
    (hook,) = webhooks.hooks_of(bench.site)
    standing = webhooks.standing_of(bench.site, hook)
    assert standing is not None
    assert (standing.answer, standing.tries) == ("TimeoutError", 1)


def sign(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).digest()


def test_ours_is_signed_over_its_time_and_body(tmp_path: Path, listener: Listener) -> None:
    bench = site(tmp_path, listener, "json")
    deployment = ended(bench)
    webhooks.tell_all(bench.site)
    [(_, headers, body)] = listener.got
    signed = sign(SECRET.encode(), f"{headers['X-Buildsvc-Timestamp']}.".encode() + body).hex()
    assert headers["X-Buildsvc-Signature"] == f"sha256={signed}"
    told = json.loads(body)
    assert (told["deployment"], told["phase"], told["actor"]) == (deployment, "settled", "ann")
    webhooks.tell_all(bench.site)
    assert len(listener.got) == 1


def test_dingtalk_is_signed_in_its_address(tmp_path: Path, listener: Listener) -> None:
    bench = site(tmp_path, listener, "dingtalk")
    ended(bench)
    webhooks.tell_all(bench.site)
    [(path, _, body)] = listener.got
    asked = parse_qs(urlsplit(path).query)
    wanted = sign(SECRET.encode(), f"{asked['timestamp'][0]}\n{SECRET}".encode())
    assert base64.b64decode(asked["sign"][0]) == wanted
    assert "order (shop)" in json.loads(body)["text"]["content"]


def test_wecom_gets_a_text(tmp_path: Path, listener: Listener) -> None:
    bench = site(tmp_path, listener, "wecom")
    ended(bench)
    webhooks.tell_all(bench.site)
    assert json.loads(listener.got[0][2])["msgtype"] == "text"


def test_feishu_is_signed_in_its_body(tmp_path: Path, listener: Listener) -> None:
    listener.answer = b'{"code": 0}'
    bench = site(tmp_path, listener, "feishu")
    ended(bench)
    webhooks.tell_all(bench.site)
    told = json.loads(listener.got[0][2])
    assert base64.b64decode(told["sign"]) == sign(f"{told['timestamp']}\n{SECRET}".encode(), b"")
    assert "order (shop)" in told["content"]["text"]


def test_what_is_not_taken_is_tried_again_later_and_its_answer_kept(tmp_path: Path, listener: Listener) -> None:
    bench = site(tmp_path, listener, "json")
    first, second = ended(bench), ended(bench)
    listener.status, listener.answer = 503, b"later"
    webhooks.tell_all(bench.site)
    webhooks.tell_all(bench.site)
    [hook] = webhooks.hooks_of(bench.site)
    standing = webhooks.standing_of(bench.site, hook)
    assert standing is not None
    assert (len(listener.got), standing.tries, standing.taken, standing.answer) == (1, 1, False, "503 later")
    bench.clock.forward(11)
    webhooks.tell_all(bench.site)
    bench.clock.forward(11)
    webhooks.tell_all(bench.site)
    assert len(listener.got) == 2
    listener.status = 200
    bench.clock.forward(10)
    webhooks.tell_all(bench.site)
    assert [json.loads(body)["deployment"] for _, _, body in listener.got] == [first, first, first, second]


def test_an_answer_of_200_that_says_no_is_a_no(tmp_path: Path, listener: Listener) -> None:
    bench = site(tmp_path, listener, "wecom")
    ended(bench)
    listener.answer = b'{"errcode": 93000, "errmsg": "invalid webhook url"}'
    webhooks.tell_all(bench.site)
    [hook] = webhooks.hooks_of(bench.site)
    standing = webhooks.standing_of(bench.site, hook)
    assert standing is not None
    assert "93000" in standing.answer
    assert not standing.taken


def test_one_that_never_answers_is_given_up_for_the_next(tmp_path: Path, listener: Listener) -> None:
    bench = site(tmp_path, listener, "json")
    ended(bench)
    listener.status = 500
    for _ in range(webhooks.MOST_TRIES):
        webhooks.tell_all(bench.site)
        bench.clock.forward(3600)
    second = ended(bench)
    listener.status = 200
    webhooks.tell_all(bench.site)
    assert json.loads(listener.got[-1][2])["deployment"] == second


def test_only_what_it_is_for_is_told(tmp_path: Path, listener: Listener) -> None:
    bench = site(tmp_path, listener, "json", 'applications = ["shop"]\n')
    ended(bench, "billing")
    mine = ended(bench)
    webhooks.tell_all(bench.site)
    assert [json.loads(body)["deployment"] for _, _, body in listener.got] == [mine]


@pytest.mark.parametrize(
    "table",
    [{}, {"url": "ftp://x"}, {"url": "http://x", "kind": "pigeon"}, {"url": "http://x", "tone": "loud"}, "text"],
)
def test_what_is_no_webhook_is_refused(table: Any) -> None:
    with pytest.raises(Refused) as refused:
        webhook.read({"ops": table})
    assert refused.value.code == "bad-webhook"
