"""Uploads: the file's bytes as they come, raw or multipart; whatever is broken is refused, never shortened."""

import io
from pathlib import Path
from typing import Any

import pytest
from flask import Request

from buildpacks.errors import Refused
from buildsvc.doors.http.api.upload import File, UploadForm, open_upload
from buildsvc.model.access import Role
from tests import forge
from tests.doors_site import Door

JAR = bytes(range(256)) * 4000
BOUNDARY = "----a-boundary"


class Trickle(io.RawIOBase):
    """A socket's worth of a body: never more than a little at a time; it knows how far it was read."""

    def __init__(self, data: bytes, *, breaks: bool = False) -> None:
        self.data, self.position, self.breaks = data, 0, breaks

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        piece = self.data[self.position : self.position + min(size if size >= 0 else 1000, 7001)]
        self.position += len(piece)
        if not piece and self.breaks:
            raise ConnectionResetError
        return piece


def request(body: bytes | Trickle, kind: str = "application/octet-stream", length: int | None = -1) -> Request:
    stream = body if isinstance(body, Trickle) else Trickle(body)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "wsgi.input": stream,
        "wsgi.input_terminated": True,
        "CONTENT_TYPE": kind,
    }
    if length is not None:
        environ["CONTENT_LENGTH"] = str(len(stream.data) if length < 0 else length)
    return Request(environ)


def part(name: str, content: bytes, filename: str | None = None) -> bytes:
    disposition = f'form-data; name="{name}"' + (f'; filename="{filename}"' if filename else "")
    return f"--{BOUNDARY}\r\nContent-Disposition: {disposition}\r\n\r\n".encode() + content + b"\r\n"


def form(*parts: bytes, end: bool = True) -> Request:
    body = b"".join(parts) + (f"--{BOUNDARY}--\r\n".encode() if end else b"")
    return request(body, f"multipart/form-data; boundary={BOUNDARY}")


def upload_of(asked: Request, filename: str | None = None) -> UploadForm:
    return open_upload(asked, filename, lambda _: None)


def opened(asked: Request, filename: str | None = None) -> File:
    """The first file."""
    return next(upload_of(asked, filename).files)


def refusal(asked: Request, filename: str | None = None) -> str:
    with pytest.raises(Refused) as caught:
        opened(asked, filename).stream.read()
    assert caught.value.hint
    return caught.value.code


def test_a_raw_body_is_the_file() -> None:
    upload = opened(request(JAR), "order.jar")
    assert (upload.filename, upload.stream.read()) == ("order.jar", JAR)


def test_a_body_without_a_length_is_read_to_its_end() -> None:
    assert opened(request(JAR, length=None), "order.jar").stream.read() == JAR


def test_a_folder_in_the_name_is_dropped_also_the_kind_that_windows_has() -> None:
    assert opened(request(JAR), "C:\\build\\order.jar").filename == "order.jar"
    assert opened(request(JAR), "../../etc/order.jar").filename == "order.jar"


def test_a_raw_body_without_a_name_is_refused() -> None:
    assert refusal(request(JAR)) == "no-filename"


def test_a_body_that_ends_early_is_refused_though_the_server_reports_a_plain_end() -> None:
    assert refusal(request(JAR, length=len(JAR) + 1), "order.jar") == "upload-interrupted"


def test_a_connection_that_breaks_is_refused() -> None:
    assert refusal(request(Trickle(JAR, breaks=True), length=None), "order.jar") == "upload-interrupted"


def test_a_form_gives_its_file_and_the_fields_before_it() -> None:
    upload = upload_of(
        form(part("application", b"shop"), part("component", "单".encode()), part("artifact", JAR, "a.jar"))
    )
    assert upload.fields == {"application": "shop", "component": "单"}
    (file,) = [(one.field, one.filename, one.stream.read()) for one in upload.files]
    assert file == ("artifact", "a.jar", JAR)


@pytest.mark.parametrize("order", [("artifact", "libraries"), ("libraries", "artifact"), ("libraries",)])
def test_a_form_gives_jar_and_libraries_in_the_order_in_which_they_come(order: tuple[str, ...]) -> None:
    contents = {"artifact": (JAR, "a.jar"), "libraries": (JAR[::-1], "库.zip")}
    upload = upload_of(form(*(part(name, *contents[name]) for name in order)))
    assert [(one.field, one.filename, one.stream.read()) for one in upload.files] == [
        (name, contents[name][1], contents[name][0]) for name in order
    ]


def test_the_name_in_the_address_is_that_of_the_artifact() -> None:
    asked = form(part("libraries", JAR, "lib.zip"), part("artifact", JAR, "a.jar"))
    assert [one.filename for one in upload_of(asked, "order.jar").files] == ["lib.zip", "order.jar"]


def test_a_file_that_nobody_reads_to_its_end_does_not_run_into_the_next() -> None:
    upload = upload_of(form(part("artifact", JAR, "a.jar"), part("libraries", JAR, "lib.zip")))
    next(upload.files).stream.read(10)
    assert next(upload.files).stream.read() == JAR


def test_a_form_is_not_read_ahead_of_whoever_takes_the_file() -> None:
    asked = form(part("artifact", JAR * 4, "a.jar"))
    upload = opened(asked)
    upload.stream.read(1)
    assert asked.environ["wsgi.input"].position < len(JAR)


def test_bytes_that_look_like_a_boundary_stay_in_the_file() -> None:
    tricky = JAR + b"\r\n--" + BOUNDARY[:-1].encode() + b"\r\n" + JAR
    assert opened(form(part("artifact", tricky, "a.jar"))).stream.read() == tricky


def test_a_form_that_ends_early_is_refused() -> None:
    assert refusal(form(part("artifact", JAR, "a.jar"), end=False)) == "bad-multipart"


def test_a_form_without_the_file_is_refused() -> None:
    assert refusal(form(part("application", b"shop"))) == "no-file"


def test_a_form_whose_file_has_another_name_is_refused() -> None:
    assert refusal(form(part("file", JAR, "a.jar"))) == "unexpected-field"


def test_a_field_behind_the_file_is_refused_rather_than_ignored() -> None:
    assert refusal(form(part("artifact", JAR, "a.jar"), part("application", b"shop"))) == "unexpected-field"


def test_a_second_file_is_refused() -> None:
    assert refusal(form(part("artifact", JAR, "a.jar"), part("artifact", JAR, "b.jar"))) == "unexpected-field"
    twice = (part("artifact", JAR, "a.jar"), part("libraries", JAR, "l.zip"), part("libraries", JAR, "m.zip"))
    with pytest.raises(Refused):
        [file.stream.read() for file in upload_of(form(*twice)).files]


def test_an_endless_field_is_refused() -> None:
    assert refusal(form(part("application", b"x" * 100_000), part("artifact", JAR, "a.jar"))) == "bad-multipart"


def test_a_form_without_a_boundary_is_refused() -> None:
    assert refusal(request(b"x", "multipart/form-data")) == "bad-multipart"


def test_the_bytes_that_arrived_are_counted() -> None:
    counted: list[int] = []
    next(open_upload(request(JAR), "a.jar", counted.append).files).stream.read()
    assert sum(counted) == len(JAR)


def test_a_question_about_an_upload_is_answered_without_sending_it_again(tmp_path: Path) -> None:
    door = Door(tmp_path)
    headers = door.headers(Role.DEVELOPER)
    data = forge.jar(main="demo.Main", extra=forge.pom_properties("demo", "order-service", "1.0"))
    asked = door.client().post(
        "/api/artifacts?filename=a.jar&application=shop&component=stock", data=data, headers=headers
    )
    problem = asked.get_json()
    assert (asked.status_code, problem["code"], problem["values"]["owner"]) == (409, "belongs-elsewhere", "shop/order")
    limited = door.limited(Role.DEVELOPER, "bank")
    held = f"/api/artifacts?held={problem['values']['held']}&application=shop"
    assert door.client().post(f"{held}&component=order", headers=limited).status_code == 403
    answer = door.client().post(f"{held}&component=order", headers=headers)
    assert (answer.status_code, answer.get_json()["component"]) == (202, "order")
    door.close()
