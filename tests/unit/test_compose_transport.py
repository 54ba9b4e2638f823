"""From a laptop to the server: one tar that gives the same application there, and that cannot do harm."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

from buildpacks.errors import Refused
from buildsvc.compose import Source, gather, parse, transport, unpack

TEXT = """
services:
  order:
    x-buildsvc:
    env_file: [order.env, {path: none.env, required: false}]
    volumes: ["./conf:/conf:ro", "../shared/a.txt:/a.txt:ro", {type: bind, source: "./conf/b.txt", target: /b.txt}]
    environment: {TAG: "${TAG}", SITE: "${SITE}"}
    configs: [c]
    ports: ["80:80"]
configs: {c: {file: ./c.txt}}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "work" / "shop"
    (folder / "conf").mkdir(parents=True)
    (folder.parent / "shared").mkdir()
    (folder.parent / "shared" / "a.txt").write_text("a")
    (folder.parent / "shared" / "not-named.txt").write_text("never sent")
    (folder / "conf" / "b.txt").write_text("b")
    (folder / "c.txt").write_text("c")
    (folder / "order.env").write_text("PASS=hush\n")
    (folder / ".env").write_text("TAG=7\n")
    (folder / "compose.yaml").write_text(TEXT)
    (tmp_path / "site.env").write_text("SITE=north\n")
    return folder


def tar_of(*members: tuple[tarfile.TarInfo, bytes], header: dict[str, Any] | bytes | None = None) -> io.BytesIO:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        first = tarfile.TarInfo("buildsvc.json")
        data = (
            header
            if isinstance(header, bytes)
            else json.dumps(header or {"file": "c.yaml", "directory": "d", "env": {}}).encode()
        )
        first.size = len(data)
        tar.addfile(first, io.BytesIO(data))
        for info, content in members:
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    out.seek(0)
    return out


def member(name: str, *, kind: bytes = tarfile.REGTYPE, link: str = "", mode: int = 0o644) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode = kind, link, mode
    return info


def test_what_was_gathered_gives_the_same_application_on_the_server(shop: Path, tmp_path: Path) -> None:
    (into := tmp_path / "into").mkdir()
    (tmp := tmp_path / "tmp").mkdir()
    with gather(shop / "compose.yaml", [tmp_path / "site.env"]) as stream:
        source = unpack(stream, into)
    there = parse(source, tmp=tmp)
    here = parse(Source(shop, "compose.yaml", {"SITE": "north"}, "", shop.parent), tmp=tmp)
    assert there == here
    assert there.application.name == "shop"
    assert [m.kind for m in there.application.components[0].mounts] == ["content"] * 4
    assert not list(into.rglob("not-named.txt"))


def test_the_same_files_give_the_same_bytes(shop: Path, tmp_path: Path) -> None:
    with gather(shop / "compose.yaml", [tmp_path / "site.env"]) as one:
        first = one.read()
    (shop / "c.txt").touch()
    with gather(shop / "compose.yaml", [tmp_path / "site.env"]) as two:
        assert two.read() == first


def test_a_file_that_is_named_and_not_there_is_refused_on_the_laptop(shop: Path, tmp_path: Path) -> None:
    (shop / "order.env").unlink()
    with pytest.raises(Refused, match=r"order\.env") as caught:
        gather(shop / "compose.yaml", [tmp_path / "site.env"])
    assert caught.value.code == "missing-file"


def test_what_is_wrong_on_the_laptop_and_what_the_server_would_say_come_at_once(shop: Path) -> None:
    (shop / "compose.yaml").write_text(
        "services:\n"
        "  order: {env_file: absent.env, build: ./nowhere}\n"
        "  cache: {image: r, imagine: x, ports: [many]}\n"
        "configs: {c: {file: ./gone.txt}}\n"
    )
    with pytest.raises(Refused) as caught:
        gather(shop / "compose.yaml")
    told = caught.value.message
    for line, path in ((2, "services.order.env_file"), (2, "services.order.build"), (3, "services.cache.imagine")):
        assert told.count(f"line {line}: {path}") == 1
    assert "line 3: services.cache.ports[0]" in told
    assert told.count("gone.txt") == 1


def test_a_build_folder_beside_x_buildsvc_need_not_be_there(shop: Path, tmp_path: Path) -> None:
    (shop / "compose.yaml").write_text("services: {order: {x-buildsvc: , build: ./nowhere, image: a}}\n")
    with gather(shop / "compose.yaml") as stream:
        (tmp_path / "server").mkdir()
        parsed = parse(unpack(stream, tmp_path / "server"), tmp=tmp_path)
    assert parsed.application.components[0].is_jar


def test_more_than_the_bound_is_refused_naming_what_is_too_big(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "MAX_BYTES", 1000)
    (shop / "conf" / "dump.sql").write_bytes(bytes(5000))
    with pytest.raises(Refused, match=r"shop/conf/dump\.sql \(4\.88 KB\)") as caught:
        gather(shop / "compose.yaml", [tmp_path / "site.env"])
    assert caught.value.code == "too-large"
    assert caught.value.hint


def test_a_circle_of_links_is_refused(shop: Path, tmp_path: Path) -> None:
    (shop / "conf" / "again").symlink_to(shop / "conf")
    with pytest.raises(Refused, match="again"):
        gather(shop / "compose.yaml", [tmp_path / "site.env"])


@pytest.mark.parametrize(
    "bad",
    [
        member("/etc/passwd"),
        member("../up"),
        member("files/../../up"),
        member("elsewhere/a"),
        member("files/a\\..\\b"),
        member("files/link", kind=tarfile.SYMTYPE, link="/etc/passwd"),
        member("files/hard", kind=tarfile.LNKTYPE, link="files/c.yaml"),
        member("files/device", kind=tarfile.CHRTYPE),
        member("files/pipe", kind=tarfile.FIFOTYPE),
    ],
    ids=lambda info: info.name,
)
def test_a_tar_that_would_reach_out_is_refused(tmp_path: Path, bad: tarfile.TarInfo) -> None:
    with pytest.raises(Refused) as caught:
        unpack(tar_of((member("files/c.yaml"), b""), (bad, b"")), tmp_path)
    assert caught.value.code == "bad-tar"
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["c.yaml", "files"]


def test_a_tar_above_the_bound_is_refused_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "MAX_BYTES", 10)
    monkeypatch.setattr(transport, "_IN_MEMORY", 1000)
    with pytest.raises(Refused) as caught:
        unpack(tar_of((member("files/c.yaml"), bytes(2000))), tmp_path)
    assert caught.value.code == "too-large"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "header",
    [
        {"file": "../c.yaml", "directory": "d", "env": {}},
        {"file": "/c.yaml", "directory": "d", "env": {}},
        {"file": "other.yaml", "directory": "d", "env": {}},
        {"file": 1, "directory": "d", "env": {}},
        [1],
    ],
)
def test_a_header_that_lies_is_refused(tmp_path: Path, header: dict[str, Any] | None) -> None:
    with pytest.raises(Refused) as caught:
        unpack(tar_of((member("files/c.yaml"), b"services:"), header=header), tmp_path)
    assert caught.value.code == "bad-tar"


def test_something_else_than_our_tar_is_refused(tmp_path: Path) -> None:
    for data in (b"", b"services: {}", tar_of((member("files/c.yaml"), bytes(3000))).getvalue()[:2200]):
        with pytest.raises(Refused) as caught:
            unpack(io.BytesIO(data), tmp_path)
        assert caught.value.code == "bad-tar"


def test_a_program_stays_executable(tmp_path: Path) -> None:
    unpack(tar_of((member("files/c.yaml"), b""), (member("files/run.sh", mode=0o755), b"#")), tmp_path)
    assert (tmp_path / "files" / "run.sh").stat().st_mode & 0o777 == 0o755


def test_the_laptops_half_imports_without_what_windows_lacks() -> None:
    code = (
        "import sys; sys.modules.update(fcntl=None, pwd=None, grp=None)\n"
        "import buildsvc.compose, buildsvc.settings.laptop\n"
        "assert not {'docker', 'flask', 'redis', 'sqlalchemy'} & set(sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    "file",
    [
        "/etc/passwd",
        "../../../../../../../../etc/passwd",
        "a/../../etc",
        "C:\\x",
        "..\\..\\x",
        "\0",
        "x" * 300,
        "a/" * 3000,
        "",
        ".",
    ],
)
def test_no_file_of_the_server_is_read_as_one_that_was_sent(tmp_path: Path, file: str) -> None:
    source = unpack(tar_of((member("files/c.yaml"), b"services: {a: {image: i}}")), tmp_path)
    with pytest.raises(Refused) as caught:
        transport.other_file(source, file)
    assert caught.value.code == "bad-tar"
    assert transport.other_file(source, "c.yaml") == source


@pytest.mark.parametrize(
    "bad",
    [
        "    env_file: /etc/passwd",
        "    env_file: ../../../../etc/passwd",
        "    env_file: [{path: /etc/passwd, required: false}]",
        "    volumes: [../../../../etc:/x]",
        "configs: {a: {file: /etc/passwd}}",
        "secrets: {a: {file: ../../../../../etc/passwd}}",
        'configs: {a: {file: "a\\0b"}}',
        f"configs: {{a: {{file: {'x' * 300}}}}}",
        f"configs: {{a: {{file: {'x/' * 4000}}}}}",
        "    extends: {file: /etc/passwd, service: a}",
        "include: [/etc/passwd]",
    ],
)
def test_nothing_of_the_server_is_read_by_what_a_file_names(tmp_path: Path, bad: str) -> None:
    uses = (
        "    configs: [a]\n" if bad.startswith("configs") else "    secrets: [a]\n" if bad.startswith("secrets") else ""
    )
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "c.yaml").write_text(f"services:\n  s:\n    image: i\n{uses}{bad}\n")
    with pytest.raises(Refused) as caught:
        parse(Source(tmp_path / "files", "c.yaml"), tmp=tmp_path)
    assert caught.value.code in {"bad-path", "unsupported-key"}
    assert "root:" not in str(caught.value)


@pytest.mark.parametrize(
    "name", ["files/" + "a/" * 2000 + "b", "files/" + "a/" * 101 + "b", "files/" + "n" * 2000, "files/a\nb"]
)
def test_names_without_measure_in_a_tar_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Refused):
        unpack(tar_of((member("files/c.yaml"), b""), (member(name), b"")), tmp_path)
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["c.yaml", "files"]


@pytest.mark.parametrize(
    "head", [b"[" * 100_000, b'{"file": "\\ud800"}', b'{"file": "c.yaml", "directory": "d", "env": {"A": "\\udfff"}}']
)
def test_a_head_that_no_ledger_can_hold_is_refused(tmp_path: Path, head: bytes) -> None:
    with pytest.raises(Refused) as caught:
        unpack(tar_of((member("files/c.yaml"), b""), header=head), tmp_path)
    assert caught.value.code == "bad-tar"
