"""Whatever a stranger sends is answered with a problem of 4xx: no defect, no traceback, no memory without bound."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from flask.testing import FlaskClient
from gunicorn.http.errors import InvalidChunkSize
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from buildpacks.errors import Refused
from buildsvc.doors.cli.decoding import read_json
from buildsvc.doors.http.api.form_headers import decoded
from buildsvc.doors.http.api.upload import CHUNK, open_upload
from buildsvc.doors.http.problems import Defects
from buildsvc.model.api import Problem
from tests.doors_site import Door
from tests.unit.test_doors_upload import BOUNDARY, JAR, Trickle, form, opened, refusal, request

DEEP = b"[" * 100_000


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    made = Door(tmp_path_factory.mktemp("site"))
    yield made
    made.close()


class Framed(io.RawIOBase):
    """A body whose framing the server cannot read."""

    def readable(self) -> bool:
        return True

    def read(self, _size: int = -1) -> bytes:
        raise InvalidChunkSize(b"zz")  # type: ignore[no-untyped-call] # gunicorn is not typed

    def readinto(self, _buffer: Any) -> int:
        raise InvalidChunkSize(b"zz")  # type: ignore[no-untyped-call] # gunicorn is not typed


def asked(client: FlaskClient, method: str, path: str, **how: Any) -> Problem:
    answer = client.open(path, method=method, **how)
    assert answer.mimetype == "application/problem+json", answer.data
    return read_json(Problem, answer.data)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/session", b'{"token":"\\ud800"}'),
        ("POST", "/api/session", b'{"\\udfff":"x"}'),
        ("POST", "/api/session", DEEP),
        ("POST", "/api/session", b'{"token":' * 50_000),
        ("POST", "/api/session", b"9" * 10_000),
        ("POST", "/api/session", b'{"token": "x", "y": ' + b"9" * 10_000 + b"}"),
        ("POST", "/api/session", b"\xff\xfe{"),
        ("GET", "/api/applications/shop/components/order/releases/" + "9" * 5000 + "/sbom", b""),
    ],
)
def test_what_anybody_may_send_is_answered_without_a_defect(door: Door, method: str, path: str, body: bytes) -> None:
    told = asked(door.client(), method, path, data=body, content_type="application/json")
    assert 400 <= told.status < 500


@pytest.mark.parametrize(
    ("method", "path", "how"),
    [
        ("POST", "/api/tokens", {"data": b'{"name":"\\ud800","role":"viewer"}'}),
        ("POST", "/api/applications/shop/components/order/rollback", {"data": b'{"to": 9' + b"9" * 30 + b"}"}),
        ("POST", "/api/applications/shop/components/order/rollback", {"data": DEEP}),
        ("GET", "/api/deployments/x/events?after=" + "9" * 30, {}),
        ("GET", "/api/deployments/x/events", {"more": {"Last-Event-ID": "9" * 5000}}),
        ("GET", "/api/applications/shop/components/order/releases/99999999999999999999/sbom", {}),
        ("POST", "/api/artifacts", {"type": "multipart/form-data; boundary*=UTF-8''%E2%82%AC", "data": b"x"}),
        ("POST", "/api/artifacts?filename=a.jar", {"input": Framed(), "type": "application/octet-stream"}),
        ("PUT", "/api/applications", {"input": Framed(), "type": "application/yaml"}),
        ("PUT", "/api/applications", {"input": Framed(), "type": "application/x-tar"}),
        ("POST", "/api/tokens", {"input": Framed()}),
    ],
)
def test_what_a_caller_may_send_is_answered_without_a_defect(
    door: Door, method: str, path: str, how: dict[str, Any]
) -> None:
    headers = {**door.headers(), **how.get("more", {})}
    sent: dict[str, Any] = {"data": how.get("data", b"")}
    if "input" in how:
        sent = {"environ_overrides": {"wsgi.input": how["input"], "wsgi.input_terminated": True}}
    told = asked(door.client(), method, path, headers=headers, content_type=how.get("type", "application/json"), **sent)
    assert 400 <= told.status < 500


def test_a_body_that_is_no_json_is_not_taken_for_an_empty_one(door: Door) -> None:
    path = "/api/applications/shop/components/order/rollback"
    told = asked(door.client(), "POST", path, headers=door.headers(), data=b"{to:", content_type="application/json")
    assert told.code == "bad-json"


def test_one_defect_over_and_over_does_not_fill_the_log(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    now = [0.0]
    defects = Defects(lambda: now[0])
    with door.app.test_request_context("/" + "x" * 5000), caplog.at_level(logging.ERROR):
        for _ in range(1000):
            assert defects.respond(LookupError()).status_code == 500
        assert len(caplog.records) == Defects.PER_MINUTE
        assert [record.exc_info is not None for record in caplog.records[:2]] == [True, False]
        assert all(len(record.getMessage()) < 500 for record in caplog.records)
        now[0] = 60.0
        defects.respond(LookupError())
    assert len(caplog.records) == Defects.PER_MINUTE + 1


def named(raw: bytes) -> bytes:
    return (
        b"--" + BOUNDARY.encode() + b'\r\nContent-Disposition: form-data; name="artifact"; ' + raw + b"\r\n\r\n" + JAR
    )


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b'filename="' + "订单-1.0.jar".encode() + b'"', "订单-1.0.jar"),
        (b'filename="' + "订单-1.0.jar".encode("gbk") + b'"', "订单-1.0.jar"),
        (b'filename="' + "乗.jar".encode("gbk") + b'"', "乗.jar"),
        (b'filename="' + "caf\xe9.jar".encode("latin-1") + b'"', "café.jar"),
        (b'filename="C:\\build\\order-1.0.jar"', "order-1.0.jar"),
        (b'filename="C:\\\\build\\\\order-1.0.jar"', "order-1.0.jar"),
        (b'filename="' + "C:\\构建\\订单.jar".encode("gbk") + b'"', "订单.jar"),
        (b'filename="a \\"b\\".jar"', 'a "b".jar'),
        (b"filename*=UTF-8''%E8%AE%A2.jar", "订.jar"),
        (b"filename*=UTF-8'zh'%E8%AE%A2.jar; filename=\"x.jar\"", "订.jar"),
        (b"filename=\"x.jar\"; filename*=GBK''%B6%A9%B5%A5.jar", "订单.jar"),
        (b"filename*=iso-8859-1''caf%E9.jar", "café.jar"),
    ],
)
def test_a_file_name_is_read_as_its_sender_wrote_it(raw: bytes, name: str) -> None:
    file = opened(form(named(raw) + b"\r\n"))
    assert (file.filename, file.stream.read()) == (name, JAR)


@pytest.mark.parametrize(
    "body",
    [
        b"x" * (CHUNK * 3),
        b"x" * 20_000 + b"\r\n" + named(b'filename="a.jar"'),
        named(b'filename="a.jar"; x="' + b"y" * CHUNK * 3 + b'"'),
        named(b'filename="a.jar"; x="' + b"y" * 20_000 + b'"'),
        b"\r\n".join([named(b'filename="a.jar"'), f"--{BOUNDARY}--".encode(), b"x" * CHUNK * 3]),
        b"\r\n".join([named(b'filename="a.jar"'), f"--{BOUNDARY}--".encode(), b"x" * 20_000]),
    ],
    ids=["no boundary", "text before", "a long header", "a header of 20 KB", "text behind", "20 KB behind"],
)
def test_what_stands_around_the_parts_is_bounded_before_it_is_kept(body: bytes) -> None:
    stream = Trickle(body + b"\r\n")
    sent = request(stream, f"multipart/form-data; boundary={BOUNDARY}")
    assert refusal(sent) == "bad-multipart"


def test_an_endless_text_before_the_first_part_is_not_read_to_its_end() -> None:
    stream = Trickle(b"x" * (CHUNK * 64))
    assert refusal(request(stream, f"multipart/form-data; boundary={BOUNDARY}")) == "bad-multipart"
    assert stream.position <= 2 * CHUNK


PIECES = st.sampled_from([
    b"--", BOUNDARY.encode(), b"\r\n", b"\n", b"\r", b"Content-Disposition:", b" form-data; ", b'name="artifact"',
    b'filename="a.jar"', b"filename*=", b"UTF-8''", b"%ff", b"\\", b'"', b";", b"name*0=", b"\xb6\xa9", b"\0",
    b"x" * 9000,
])  # fmt: skip


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(PIECES, max_size=40), whole=st.booleans())
def test_a_form_of_any_pieces_is_read_or_refused(pieces: list[bytes], whole: bool) -> None:
    body = (named(b'filename="a.jar"') + b"\r\n" if whole else b"") + b"".join(pieces)
    found = 0
    with suppress(Refused):
        for file in open_upload(form(body), None, lambda _: None).files:
            found += len(file.stream.read())
    assert found <= len(body)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_text(raw: bytes) -> None:
    assert decoded(raw) is not None
