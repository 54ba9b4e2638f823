"""The web application as a whole: its security headers, and a page that needs nothing from elsewhere."""

import gzip
import hashlib
import json
import re
from pathlib import Path

import pytest

import webui
from buildsvc.doors import words
from tests.doors_site import Door

FILES = Path(webui.__file__).parent


@pytest.mark.parametrize(
    "path", ["/", "/a/shop/c/order", "/healthz", "/static/page.js", "/api/applications", "/nowhere"]
)
def test_every_answer_carries_the_security_headers(door: Door, path: str) -> None:
    with door.client().get(path) as answer:
        headers = answer.headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"


def test_what_the_api_says_is_kept_by_no_cache(door: Door) -> None:
    assert door.client().get("/api/applications", headers=door.headers()).headers["Cache-Control"] == "no-store"


def test_the_page_and_its_files_are_served(door: Door) -> None:
    page = door.client().get("/").text
    links = re.findall(r'(?:href|src)="([^"]+)"', page)
    assert len(links) >= 3
    for link in links:
        with door.client().get(link) as answer:
            assert answer.status_code == 200, link


@pytest.mark.parametrize(
    "path", ["/a/shop", "/a/shop/c/order/log", "/d/0190", "/history?application=shop", "/system/people"]
)
def test_every_address_of_the_page_is_answered_with_the_same_document(door: Door, path: str) -> None:
    answer = door.client().get(path)
    assert (answer.status_code, answer.text) == (200, door.client().get("/").text)


def test_the_page_and_the_service_know_the_same_addresses() -> None:
    script = (FILES / "static" / "page" / "router.js").read_text()
    views = re.findall(r'^  \["/([a-z]*)[^"]*", "(\w+)"', script, re.MULTILINE)
    assert {place for place, _ in views if place} == set(webui.PLACES)
    for _, view in views:
        assert (FILES / "static" / "views" / f"{view}.js").exists(), view


def test_a_browser_keeps_the_files_of_one_version_and_never_mixes_two(door: Door) -> None:
    link = re.findall(r'src="([^"]+page\.js)"', door.client().get("/").text)[0]
    answer = door.client().get(link, headers={"Accept-Encoding": "gzip"})
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.data) == (FILES / "static" / "page.js").read_bytes()
    other = door.client().get("/static/page.js")
    assert (other.headers["Cache-Control"], other.data) == ("no-cache", (FILES / "static" / "page.js").read_bytes())
    assert door.client().get("/static/0123456789ab/page.js").status_code == 404


def test_nothing_outside_of_the_page_s_files_is_given(door: Door) -> None:
    for path in ("../__init__.py", "..%2f__init__.py", "/etc/passwd", "page", ""):
        assert door.client().get(f"/static/{path}").status_code in {308, 401, 404}, path


def test_the_first_load_takes_at_most_250_kb(door: Door) -> None:
    client, packed = door.client(), {"Accept-Encoding": "gzip"}
    page = client.get("/", headers=packed)
    links = re.findall(r'(?:href|src)="([^"]+)"', page.text)
    words = len(client.get("/api/words", headers=packed).data)
    assert len(page.data) + words + sum(len(client.get(link, headers=packed).data) for link in links) < 150_000
    everything = [file for file in (FILES / "static").rglob("*") if file.suffix in {".js", ".css", ".svg"}]
    assert sum(len(gzip.compress(file.read_bytes())) for file in everything) + words < 250_000


def test_what_others_made_is_as_the_lock_says() -> None:
    lock = json.loads((FILES / "static" / "vendor" / "lock.json").read_text())
    listed = {FILES.parent / place: file["sha256"] for entry in lock.values() for place, file in entry["files"].items()}
    for path, digest in listed.items():
        assert hashlib.sha256(path.read_bytes()).hexdigest() == digest, f"{path.name}: scripts/vendor makes it anew"
    kept = {file for file in (FILES / "static" / "vendor").rglob("*") if file.is_file() and file.name != "lock.json"}
    assert kept <= set(listed)
    notice = (FILES.parent / "NOTICE").read_text()
    for name, entry in lock.items():
        assert entry["integrity"].startswith("sha512-")
        assert re.search(rf"{name} +{entry['version']} +{entry['licence']}", notice), name


def test_the_page_has_no_script_or_style_inside_and_nothing_from_elsewhere() -> None:
    page = (FILES / "templates" / "index.html").read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", page)
    for file in FILES.rglob("*.*"):
        if file.suffix in {".html", ".css", ".js"}:
            text = file.read_text()
            assert not re.search(r"\beval\(|new Function|@import", text), file.name
            if "vendor" not in file.parts:
                assert not re.search(r"https?://(?!www\.w3\.org/)|innerHTML", text), file.name


def test_the_page_knows_every_stage() -> None:
    stages = re.search(r"STAGES = \[(.*?)\];", (FILES / "static" / "pieces" / "stages.js").read_text(), re.DOTALL)
    assert stages is not None
    assert tuple(re.findall(r'"([^"]+)"', stages[1])) == tuple(words.STAGE_OF.values())
