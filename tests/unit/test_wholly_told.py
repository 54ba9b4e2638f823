"""What is wrong is told wholly in the reader's language: no Chinese sentence has an English half."""

import errno
import io
import json
import re
import socket
import tarfile
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

import pytest
from flask import Flask
from pydantic import BaseModel, Field, ValidationError

from buildpacks.analyse import analyse
from buildpacks.archives import tars
from buildpacks.errors import Failure
from buildpacks.kinds import executable_jar
from buildpacks.own import plan_check, scripted
from buildpacks.plan import Launch
from buildpacks.sentences import catalogue
from buildpacks.sentences.wording import Wording, said_of
from buildsvc.compose import yaml_nodes
from buildsvc.compose.faults import Faults
from buildsvc.doors import words
from buildsvc.doors.cli.remote.exchange import unreachable
from buildsvc.doors.http import problems
from buildsvc.doors.http.bodies import JsonBodies
from buildsvc.live.notices import Notices
from buildsvc.model.artifact import Identity
from buildsvc.model.events import Received
from buildsvc.settings import laptop, reading
from buildsvc.store import encryption
from buildsvc.store.restore import read_back
from buildsvc.usecases.receive import whose
from tests import forge

QUOTED = re.compile(r"“[^”]*”|`[^`]*`")
ENGLISH = re.compile(r"[A-Za-z][a-z'-]*(?:,? [A-Za-z][a-z'-]*){2,}")
"""Three words of ASCII one after the other."""


def truncated_zip(folder: Path) -> None:
    analyse(forge.write(folder / "order.jar", forge.truncated(forge.boot_jar())), "order.jar")


def damaged_library(folder: Path) -> None:
    library = forge.library("a.A").replace(b"PK\x03\x04", b"PK\x03\x05")
    jar = forge.boot_jar(libraries={"broken.jar": library})
    analyse(forge.write(folder / "order.jar", jar), "order.jar", every_byte=True)


def bad_manifest(folder: Path) -> None:
    jar = forge.archive({"META-INF/MANIFEST.MF": b"Main-Class: demo.Main\nwhat\n", "demo/Main.class": b""})
    analyse(forge.write(folder / "order.jar", jar), "order.jar", every_byte=True)


def damaged_tar(folder: Path) -> None:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        for name in ("bin/run", "lib/a.jar"):
            info = tarfile.TarInfo(name)
            info.size = 3
            archive.addfile(info, io.BytesIO(b"abc"))
    damaged = bytearray(written.getvalue())
    damaged[1024 + 150] ^= 0x40
    tars.check(forge.write(folder / "app.tar", bytes(damaged)), "app.tar")


def cut_gzip(folder: Path) -> None:
    tars.check(forge.write(folder / "app.tar.gz", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03abc"), "app.tar.gz")


def bad_plan(folder: Path) -> None:
    found = analyse(forge.write(folder / "order.jar", forge.jar()), "order.jar")
    plan_check.check(replace(executable_jar.plan(found), launch=Launch((), ("-cp", "/app/*"))), found, "/site/acme.py")


def failing_plan(folder: Path) -> None:
    code = b"NAME = 'acme'\ndef recognise(analysis): ...\ndef plan(analysis): raise ValueError('it is too late now')\n"
    found = analyse(forge.write(folder / "order.jar", forge.jar()), "order.jar")
    scripted.load("/site/acme.py", code).plan(found)


def unknown_alias(_: Path) -> None:
    yaml_nodes.read("services: {a: *b}\n", Faults("compose.yaml"))


def bad_yaml(_: Path) -> None:
    yaml_nodes.read("services:\n  a: [1\n  b: 2\n", Faults("compose.yaml"))


def deep_yaml(_: Path) -> None:
    yaml_nodes.read(f"a: {'[' * 99}{']' * 99}\n", Faults("compose.yaml"))


def no_backup(folder: Path) -> None:
    read_back(forge.write(folder / "backup.tar", b"no tar at all" * 100), folder / "data")


def nobody_s_jar(_: Path) -> None:
    whose.match(Identity(filename_stem="till"), {("shop", "order"): ("order", None)})


def bad_setting(_: Path) -> None:
    reading.read({"BUILDSVC_WORKERS": "two"}, root=False)


def bad_network(_: Path) -> None:
    reading.read({"BUILDSVC_SUBNETS": "10.0.0.1/8"}, root=False)


def no_settings_file(folder: Path) -> None:
    reading.read({"BUILDSVC_SETTINGS_FILE": str(forge.write(folder / "settings", b"\xff"))}, root=False)


def bad_laptop_setting(_: Path) -> None:
    laptop.read_client({"BUILDSVC_URL": "somewhere"})


def no_host(_: Path) -> None:
    raise unreachable("http://nowhere:8420", socket.gaierror(-2, "Name or service not known"))


def refused_connection(_: Path) -> None:
    raise unreachable("http://here:8420", ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"))


def deep_json(_: Path) -> None:
    JsonBodies(Flask("x")).loads("[" * 100_000)


def key_file_that_is_a_folder(folder: Path) -> None:
    encryption.decrypt(folder / "a", folder / "b", folder)


WRONG: tuple[Callable[[Path], None], ...] = (
    truncated_zip,
    damaged_library,
    bad_manifest,
    damaged_tar,
    cut_gzip,
    bad_plan,
    failing_plan,
    unknown_alias,
    bad_yaml,
    deep_yaml,
    no_backup,
    nobody_s_jar,
    bad_setting,
    bad_network,
    no_settings_file,
    bad_laptop_setting,
    no_host,
    refused_connection,
    deep_json,
    key_file_that_is_a_folder,
)


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.__name__)
def test_what_is_wrong_is_told_wholly_in_chinese(wrong: Callable[[Path], None], tmp_path: Path) -> None:
    with pytest.raises(Failure) as caught:
        wrong(tmp_path)
    told = caught.value.told("zh")
    assert wholly_chinese(f"{told.message} {told.hint}"), told


def wholly_chinese(text: str) -> bool:
    return not ENGLISH.search(QUOTED.sub("", text))


def test_why_a_jar_is_whose_is_told_in_the_reader_s_language() -> None:
    found = whose.match(Identity(filename_stem="Order"), {("shop", "order"): ("order", None)})
    event = Received("ab", "order.jar", 1, str(found.matched_by), said_of(found.matched_by))
    assert words.tell(event, "zh") == "已接收 order.jar（1 B），按 文件名 Order 匹配到组件。"
    assert "matched by the file name Order" in words.tell(event)


def test_a_notice_is_handed_over_in_the_site_s_language(tmp_path: Path) -> None:
    told = tmp_path / "told"
    text = Wording("notice.disk", data="/srv", free=9)
    thread = Notices(f"tee {told}", language="zh").tell("disk", "/srv", text, {"free": 9})
    assert thread is not None
    thread.join()
    assert json.loads(told.read_text())["text"] == "/srv 所在磁盘剩余 9 MiB。"


class Query(BaseModel):
    """What a caller may get wrong in several ways."""

    at: datetime
    format: Literal["csv", "xlsx"]
    names: Annotated[list[str], Field(max_length=1)]
    left: timedelta


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_pydantic_finds_is_told_by_its_kind_or_quoted(language: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Query.model_validate({"at": "x", "format": "pdf", "names": ["a", "b"], "left": "x"})
    with Flask("x").test_request_context("/x", headers={"Accept-Language": language}):
        told = json.loads(problems.of_validation(caught.value).get_data())["detail"]
    assert wholly_chinese(told) is (language == "zh"), told


def test_analysing_a_good_jar_reads_no_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = forge.write(tmp_path / "order.jar", forge.boot_jar())
    monkeypatch.setattr(catalogue, "tell", lambda *_: pytest.fail("the catalogue was asked"))
    assert analyse(path, "order.jar", every_byte=True).libraries
