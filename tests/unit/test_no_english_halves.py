"""No English clause is put into a sentence as a value: what is said in two words or more stands in the catalogue."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CLAUSE = re.compile(r"(?:^|[\s'(])[a-z]{2,}[,:;]? [a-z{]{2,}")
"""Two words that begin small, or one and a value."""
NO_SENTENCES = {
    "Field", "Tag", "blueprint", "get", "put", "post", "patch", "delete",  # the API's own document
    "Counter", "GaugeMetricFamily", "CounterMetricFamily",  # /metrics
    "option", "argument", "command", "group", "CommandEntry", "write_dl",  # help, which has tests of its own
    "execute", "exec_driver_sql", "compile", "run", "write_text", "encode", "provisioning_uri", "uuid5",  # programs'
    "ValueError", "TypeError", "TimeoutError", "AssertionError",
    "Interrupted", "NotDecoded", "_require",  # quoted where they are shown
}  # fmt: skip
"""Calls whose texts are no part of a sentence for people."""
FOR_PROGRAMS = {
    "buildsvc/compose/locality.py",
    "buildsvc/doors/front/haproxy.py",
    "buildsvc/doors/http/fanout.py",
    "buildsvc/doors/http/stream.py",
    "buildsvc/engines/docker/inner_end.py",
    "buildsvc/engines/docker/volumes.py",
    "buildsvc/engines/gateway/haproxy.py",
    "buildsvc/engines/gateway/histogram.py",
    "buildsvc/engines/gateway/protocol.py",
    "buildsvc/engines/gateway/runtime.py",
    "buildsvc/image/kit/program_folder.py",
    "buildsvc/image/sbom/licences.py",
    "buildsvc/store/bundle/signatures.py",
    "buildsvc/store/usage_samples.py",
}
"""Whose texts are configurations, statements, shell and patterns, or speak to tests only."""
KNOWN = {
    "unexpected end of data", "does not exist", "deb {x}{x} {x} {x}", "deb {x}{x} {x}-updates {x}",
    "deb {x}{x} {x}-security {x}", "docker {x}:53", "echo {x}; cat /proc/net/{x} 2>/dev/null; ",  # of programs
    "SELECT number, at, actor, action, target, detail, address, hash FROM audit ORDER BY number",
    "openssl dgst -sha256 -verify {file}.pub -signature {file}.sig {file}", "bytes {x}-{x}/{x}",
    "glibc {x}", "driver: overlay", "docker {x}", "recipe {x}", "recipe tomcat-{x}", "follow {x} {x}",  # names
    "place {x}", "command line", "record key", "no role", "(no name)", "not ready", "not this", "exit status {x}",
    "runs on", "starts as", "kept bytes", "data folder", "address pools",  # told by said.runs-… and doctor-subject.…
    "identity provider", "not found in Redis",  # names; words of rq
    "the libraries",  # logged
    "finished: the new instance was healthy when the worker was lost, and serves now",  # told by its first word
    "undone: the former instance serves, the new one was removed",
    "undone: the adopted container serves, the new instance was removed",
    "Show this message and exit.",  # click's, to be told otherwise
    "{x}: the packages of RPM's database are not read, or not all: {x}",
    "{x}: {x} bytes are too many", "{x}: {x} is {x}, which is not there",  # a bill of materials
    "{x} and what lies below it: too many files", "openid profile",
    "A LogLine after the other", "In the text format of Prometheus", "all its components",  # the API's own document
    "To the page that it began on, signed in; or to the first one, which says why not",
    "A problem document (RFC 9457): `code` is stable, `hint` is the next step.",
    "How much is free, when the disk will be full at this pace, and what was pruned",
    "The public key that reports are signed with, and how OpenSSL checks one with it",
    "Done; the headers say how far it is.", "the fan-out has the connection",
    "`status`, `faults` by name, and the seconds since the observer last looked",
}  # fmt: skip
"""What is no part of a sentence, though it looks like one."""
BEGINNINGS = ("buildsvc ", "buildsvc: ", "attachment; ", "A zip or tar.gz of libraries that the Class-Path")
"""Of commands to copy, of names, of headers, of the API's own document."""


def clauses(file: Path) -> Iterator[tuple[int, str]]:
    """The English clauses of a module, each with its line, but for docstrings and what stands in a known call."""
    yield from _below(ast.parse(file.read_bytes()))


def _below(node: ast.AST) -> Iterator[tuple[int, str]]:
    if isinstance(node, ast.Constant | ast.JoinedStr):
        text = _text(node)
        if text is not None and CLAUSE.search(text):
            yield node.lineno, text
        return
    if isinstance(node, ast.Call) and (_called(node.func) in NO_SENTENCES or _logs(node.func)):
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    if isinstance(node, ast.Assert):
        node = node.test
    for child in ast.iter_child_nodes(node):
        yield from _below(child)


def _text(node: ast.Constant | ast.JoinedStr) -> str | None:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "{x}" for part in node.values)


def _logs(function: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and getattr(function.value, "id", "") in {"log", "_log"}


def _called(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


@pytest.mark.parametrize("top", ["buildpacks", "buildsvc"])
def test_no_english_clause_is_a_value_of_a_sentence(top: str) -> None:
    found = [
        f"{name}:{line}: {text}"
        for file in sorted((ROOT / top).rglob("*.py"))
        if (name := file.relative_to(ROOT).as_posix()) not in FOR_PROGRAMS
        for line, text in clauses(file)
        if text not in KNOWN and not text.startswith(BEGINNINGS)
    ]
    assert found == [], (
        "make it a sentence of buildpacks/sentences (README.md there), or name it here if nobody reads it"
    )


def test_a_clause_that_reaches_a_sentence_would_be_found(tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    file.write_text("def f(n):\n    'a doc string is none'\n    raise Refused('x', why=f'line {n} is no attribute')\n")
    assert list(clauses(file)) == [(3, "line {x} is no attribute")]
