"""The web application as a whole: its security headers, and a page that needs nothing from elsewhere."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

import webui
from buildsvc.doors import words
from buildsvc.model.events import Event
from tests.doors_site import Door

FILES = Path(webui.__file__).parent


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    made = Door(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("path", ["/", "/healthz", "/static/page.js", "/api/applications", "/nowhere"])
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


def test_the_page_has_no_script_or_style_inside_and_nothing_from_elsewhere() -> None:
    page = (FILES / "templates" / "index.html").read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", page)
    for file in FILES.rglob("*.*"):
        if file.suffix in {".html", ".css", ".js"}:
            assert not re.search(r"https?://|@import|innerHTML", file.read_text()), file.name


def test_the_page_knows_every_kind_of_event_and_every_stage() -> None:
    script = (FILES / "static" / "deployment.js").read_text()
    listed = re.search(r"KINDS = \[(.*?)\];", script, re.DOTALL)
    stages = re.search(r"STAGES = \[(.*?)\];", script, re.DOTALL)
    assert listed is not None
    assert stages is not None
    kinds = {kind.__dataclass_fields__["kind"].default for kind in get_args(Event)}
    assert set(re.findall(r'"([^"]+)"', listed[1])) == kinds
    assert tuple(re.findall(r'\["([^"]+)"', stages[1])) == tuple(words.STAGE_OF.values())
