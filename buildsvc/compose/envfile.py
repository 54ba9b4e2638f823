"""`.env` files and env_files: KEY=VALUE lines with quotes, comments and `${…}`; no variable of the process is read.

Format: the Compose Specification, "env_file"; values in single quotes are literal, all others are interpolated with the
variables that are known already and those of the lines above; `KEY: VALUE` is one too.
"""

from __future__ import annotations

import io
import re
from collections import ChainMap
from collections.abc import Iterator, Mapping
from pathlib import Path

from dotenv.parser import Binding, parse_stream

from buildpacks.errors import Refused
from buildpacks.sentences.values import sentence
from buildsvc.compose.interpolate import EMPTY, Complain, substitute
from buildsvc.compose.yaml_nodes import MAX_FILE, read_text

_COLON = re.compile(r"\s*(?:export[ \t]+)?[^=#:\s\'\"]+[ \t]*:")
_QUOTED = re.compile(r'"((?:\\.|[^"\\])*)"', re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = dict(zip("\\'\"abfnrtv$", ("\\", "'", '"', "\a", "\b", "\f", "\n", "\r", "\t", "\v", "$$"), strict=True))


def read_env_file(path: Path, shown: str, variables: Mapping[str, str]) -> dict[str, str]:
    """Read the values of one file. A key without `=` takes its value from `variables`, and is left out when there is
    none.

    Raises Refused `bad-env-file`, naming the line.
    """
    values: dict[str, str] = {}
    known = ChainMap(values, dict(variables))
    length = 0
    for binding, line in _bindings(read_text(path, shown)):
        original = binding.original.string
        if binding.error:
            raise Refused("bad-env-file", shown=shown, line=line, text=original.strip()[:200])
        if binding.key is None:
            continue
        if binding.value is None:
            if binding.key in variables:
                values[binding.key] = variables[binding.key]
            continue
        written = original.partition("=")[2].lstrip()
        value = _unescaped(written) if written.startswith('"') else binding.value
        if not written.startswith("'"):
            value = substitute(value, known, _complaint(shown, line))
        values[binding.key] = value
        length += len(value)
        if length > MAX_FILE:
            raise Refused("too-large.env-file", shown=shown)
    return values


def read_raw_file(path: Path, shown: str, variables: Mapping[str, str]) -> dict[str, str]:
    """Read a file of `format: raw`, as `docker run --env-file` does: what is behind `=` is the value, with its quotes,
    dollar signs and spaces. Raises Refused `bad-env-file`, naming the line.
    """
    values: dict[str, str] = {}
    for number, text in enumerate(read_text(path, shown).splitlines(), 1):
        line = text.lstrip()
        key, sign, value = line.partition("=")
        if not line or line.startswith("#"):
            continue
        if not key or key != "".join(key.split()):
            raise Refused("bad-env-file", shown=shown, line=number, text=line.strip()[:200])
        if sign:
            values[key] = value
        elif key in variables:
            values[key] = variables[key]
    return values


def _bindings(text: str) -> Iterator[tuple[Binding, int]]:
    """Give what the parser finds, and in which line. It knows KEY=VALUE only: KEY: VALUE is handed to it as that."""
    at, before = 0, 0
    while at < len(text):
        colon = None
        for binding in parse_stream(io.StringIO(text[at:])):
            original = binding.original.string
            colon = _COLON.match(original)
            if colon is not None:
                break
            # The parser hands over blank lines in front of a binding as a part of it.
            yield binding, before + binding.original.line + len(original) - len(original.lstrip("\n"))
            at += len(original)
        if colon is None:
            return
        before = text.count("\n", 0, at)
        text = f"{text[: at + colon.end() - 1]}={text[at + colon.end() :]}"


def _unescaped(written: str) -> str:
    """Return a value in double quotes; an escaped dollar becomes what stands for one dollar."""
    found = _QUOTED.match(written)
    return _ESCAPE.sub(lambda one: _ESCAPED.get(one[1], one[0]), found[1] if found is not None else written)


def _complaint(file: str, line: int) -> Complain:
    def complain(key: str, /, **values: object) -> None:
        # A password with a dollar sign would lose its end unseen.
        key = "unset-variable.in-value" if key == EMPTY else key
        raise Refused(f"{key.partition('.')[0]}.in-file", file=file, line=line, fault=sentence(key, path="", **values))

    return complain
