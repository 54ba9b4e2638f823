"""The client inside a gateway, run here: its sessions, and that it speaks the protocol of this tree."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from buildsvc.engines.gateway import protocol
from buildsvc.engines.gateway.protocol import GatewayAnswer, Request
from buildsvc.image.making.recipe import load

CONFIG = "global\n    nbthread 2\n\tindented by a tab\n"
SOCAT = """#!/bin/sh
case $* in
    *admin.sock) read -r line; printf 'told: %s\\n\\n' "$line" ;;
    *) exit 1 ;;
esac
"""
HAPROXY = '#!/bin/sh\nfor last; do :; done\n! grep -q refused "$last"\n'
CURL = """#!/bin/sh
case $* in
    *" http://"*) head -c 100000 /dev/zero | tr '\\0' x; exit ;;
esac
while read -r key _ value; do [ "$key" = url ] && echo '200:0' >&2; done
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Programs of a gateway's image, as small as they can be, and its folder."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, text in (("socat", SOCAT), ("haproxy", HAPROXY), ("curl", CURL)):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    return {"PATH": f"{programs}:{os.environ['PATH']}", "GATEWAY_STATE": str(tmp_path)}


class Session:
    """One client that stays; it is asked as an engine asks it."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process, self.asked = process, 0

    def ask(self, request: Request) -> GatewayAnswer:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(request.written())
        self.process.stdin.flush()
        self.asked += 1
        heard = b""
        while (found := protocol.answered(heard, self.asked)) is None:
            line = self.process.stdout.readline()
            assert line, f"it ended after {heard!r}"
            heard += line
        return found


@pytest.fixture
def session(tmp_path: Path, environment: dict[str, str]) -> Iterator[Session]:
    program = tmp_path / "gateway-client"
    program.write_bytes(protocol.program())
    with subprocess.Popen(
        ["sh", str(program), "session"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    ) as process:
        yield Session(process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(10) == 0, "a session ends with its input"


def test_one_session_answers_request_after_request(session: Session) -> None:
    commands = ("set server p8080/green addr 10.0.0.3 port 8080", "set server p8080/green state ready")
    assert session.ask(protocol.runtime(*commands)) == GatewayAnswer(f"told: {';'.join(commands)}\n\n", 0)
    assert session.ask(protocol.memory()).text.startswith("MemTotal:")
    assert session.ask(protocol.runtime("show stat")).text == "told: show stat\n\n"


def test_a_configuration_arrives_as_it_was_and_is_renamed(session: Session, tmp_path: Path) -> None:
    assert session.ask(protocol.configure(CONFIG)) == GatewayAnswer("ok\n", 0)
    assert (tmp_path / "haproxy.cfg").read_text() == CONFIG
    assert not (tmp_path / "haproxy.cfg.new").exists()


def test_a_refused_configuration_leaves_the_former_one_and_the_session(session: Session, tmp_path: Path) -> None:
    session.ask(protocol.configure(CONFIG))
    assert session.ask(protocol.configure("refused\n")).code != 0
    assert (tmp_path / "haproxy.cfg").read_text() == CONFIG
    assert session.ask(protocol.memory()).code == 0


def test_probes_are_answered_when_they_differ_from_the_last_answer(session: Session) -> None:
    urls = ["http://10.0.0.3:8080/a", "http://10.0.0.3:8080/b?x=*&y=[1]"]
    assert session.ask(protocol.probe(urls, "", seconds=2, pace=20)).text.split() == ["200:0", "200:0"]
    assert session.ask(protocol.probe(urls, "000:7 000:7", seconds=2, pace=4)).text.split() == ["200:0", "200:0"]


def test_what_a_page_says_is_fetched_and_cut(session: Session) -> None:
    assert session.ask(protocol.fetch("http://10.0.0.3:8080/a")).text == "x" * 65536 + "\n"
    assert session.ask(protocol.memory()).code == 0


def test_an_unknown_request_is_answered_and_ends_nothing(session: Session) -> None:
    said = session.ask(Request(("dance", "now")))
    assert (said.text, said.code) == ("unknown command: dance\n", 2)
    assert session.ask(protocol.memory()).code == 0


@pytest.mark.parametrize("word", ["", "two\nlines", "a\ttab"])
def test_what_would_break_the_line_is_never_sent(word: str) -> None:
    with pytest.raises(ValueError, match="one line"):
        Request(("runtime", word)).written()


def test_client_image_and_buildsvc_name_the_same_version(environment: dict[str, str], tmp_path: Path) -> None:
    program = tmp_path / "client"
    program.write_bytes(protocol.program())
    said = subprocess.run(["sh", str(program), "version"], env=environment, capture_output=True, check=True).stdout
    labels = load("gateway", given=protocol.given()).labels
    assert (int(said), protocol.version_of(labels)) == (protocol.VERSION, protocol.VERSION)


@pytest.mark.parametrize(
    ("labels", "version"), [(None, 1), ({}, 1), ({protocol.LABEL: "7"}, 7), ({protocol.LABEL: "x"}, 1)]
)
def test_a_gateway_that_states_no_version_speaks_the_first(labels: dict[str, str] | None, version: int) -> None:
    assert protocol.version_of(labels) == version


def test_an_answer_counts_only_when_it_is_whole_and_to_this_request() -> None:
    whole = b"told\n== end of answer 3: 0 ==\n"
    assert protocol.answered(whole, 3) == GatewayAnswer("told\n", 0)
    assert protocol.answered(whole[:-1], 3) is None
    assert protocol.answered(whole, 4) is None
