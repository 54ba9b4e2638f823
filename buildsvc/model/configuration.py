"""What an artifact's own Spring configuration says literally: keys out of raw YAML and properties bytes.

Only what holds without a profile counts, and only values without `${…}`: a guess would be worse than not knowing.
Formats: java.util.Properties.load, and Spring Boot's "Externalized Configuration" (documents, relaxed keys, profiles).
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping

import yaml

from buildpacks.analysis import Analysis
from buildsvc.model import yaml_reading

_FILE = re.compile(r"(bootstrap|application)\.(properties|yml|yaml)")
_ACTIVATION = ("spring.profiles", "spring.config.activate.onprofile", "spring.config.activate.oncloudplatform")
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}
PLACEHOLDER = re.compile(r"\$\{([^${}:]+)(?::([^${}]*))?\}")
"""`${name}` or `${name:default}` without another one in it."""
_MAX_DEPTH = 30
_MAX_VALUES = 10_000
"""Of one document, after aliases are followed: an artifact is a stranger's."""
HINTS = (
    "server.port",
    "server.servlet.context-path",
    "management.server.port",
    "management.endpoints.web.base-path",
    "spring.webflux.base-path",
)
_OLD_NAMES = {"server.context-path": "server.servlet.context-path", "management.port": "management.server.port"}
"""Spring Boot 1.x."""


def literal_values(analysis: Analysis) -> dict[str, str]:
    """Return every literal value by its canonical key (lower case, without dashes and underscores).

    `bootstrap` wins over `application`, `config/` over the root, and properties over YAML of the same name.
    Values with `${…}` are left out, and so are documents that a profile activates, and files that cannot be read.
    """
    return {key: value for key, value in configured_values(analysis).items() if "${" not in value}


def configured_values(analysis: Analysis) -> dict[str, str]:
    """As `literal_values`, with those that have `${…}`."""
    found: dict[str, str] = {}
    for name in sorted(analysis.configuration, key=_rank):
        if _FILE.fullmatch(name.rpartition("/")[2]):
            for key, value in _values(name, analysis.configuration[name]).items():
                found.setdefault(key, value)
    return {key: value for key, value in found.items() if "@" not in value[:1] and _clean(value)}


def configuration_hints(analysis: Analysis) -> dict[str, str]:
    """Return those of `HINTS` that are literal, by their usual spelling; what health discovery starts from."""
    values = literal_values(analysis)
    hints = {new: values[canonical(old)] for old, new in _OLD_NAMES.items() if canonical(old) in values}
    hints.update({key: values[canonical(key)] for key in HINTS if canonical(key) in values})
    return hints


def filled(value: str, told: Callable[[str], str | None], most: int) -> str | None:
    """Fill in `${name:default}` as Spring would, the innermost first; `told` gives the raw value of a name, None where
    it has none. None where something is known only when the program runs, or where more than `most` had to be filled.
    """
    for _ in range(most):
        found = PLACEHOLDER.search(value)
        if found is None:
            return None if "${" in value else value
        inner = told(found[1].strip())
        inner = found[2] if inner is None else inner
        if inner is None:
            return None
        value = value[: found.start()] + inner + value[found.end() :]
    return None


def canonical(key: str) -> str:
    """Spring's relaxed binding: `spring.application.NAME`, `spring.applicationName` and dashes are all one."""
    return key.lower().replace("-", "").replace("_", "")


def _rank(name: str) -> tuple[int, int, int, str]:
    folder, _, file = name.rpartition("/")
    # Spring reads config/ beside the root of the class path too, and it wins.
    return (
        0 if file.startswith("bootstrap") else 1,
        0 if folder.endswith("config") else 1,
        0 if file.endswith(".properties") else 1,
        name,
    )


def _values(name: str, raw: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    for document in _canonical(properties(raw)) if name.endswith(".properties") else _documents(raw):
        if not any(key in document for key in _ACTIVATION) and not any(
            key.startswith(f"{activation}[") for key in document for activation in _ACTIVATION
        ):
            found.update(document)
    return found


def _clean(value: str) -> bool:
    """Whether it can be kept and shown: no control characters, no half of a surrogate pair."""
    return value.isprintable() or not any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in value)


def decode(raw: bytes) -> str:
    """Text as UTF-8, or as Latin-1 where it is none."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _documents(raw: bytes) -> Iterator[dict[str, str]]:
    # A build may leave @placeholders@ that are no YAML: what can be read up to there is still true.
    try:
        for node in yaml_reading.documents(decode(raw)):
            yield dict(itertools.islice(_flatten(node, "", 0), _MAX_VALUES))
    except yaml.YAMLError:
        return


def _flatten(node: yaml.Node, prefix: str, depth: int) -> Iterator[tuple[str, str]]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                name = canonical(key.value)
                yield from _flatten(value, f"{prefix}.{name}" if prefix else name, depth + 1)
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield from _flatten(item, f"{prefix}[{number}]", depth + 1)
    elif isinstance(node, yaml.ScalarNode) and not (node.style is None and node.value in {"", "~", "null"}):
        yield prefix, node.value


def _canonical(documents: Iterator[dict[str, str]]) -> Iterator[dict[str, str]]:
    return ({canonical(key): value for key, value in document.items()} for document in documents)


def properties(raw: bytes) -> Iterator[dict[str, str]]:
    """Give the documents of a properties file (Spring Boot's `#---` parts them), keys as they are written."""
    current: dict[str, str] = {}
    for line in _logical_lines(decode(raw)):
        if line in {"#---", "!---"}:
            yield current
            current = {}
        elif line[:1] not in {"", "#", "!"}:
            key, value = _split(line)
            current[_unescape(key)] = _unescape(value).strip()
    yield current


def _logical_lines(text: str) -> Iterator[str]:
    joined = ""
    for line in re.split(r"\r\n|\r|\n", text):
        part = line.lstrip(" \t\f")
        if not joined and part[:1] in {"#", "!"}:
            yield part.rstrip()
            continue
        trailing = len(part) - len(part.rstrip("\\"))
        if trailing % 2:
            joined += part[:-1]
            continue
        yield joined + part
        joined = ""
    if joined:
        yield joined


def _split(line: str) -> tuple[str, str]:
    found = re.match(r"((?:\\.|[^=:\s\\])*)[ \t\f]*[=:]?[ \t\f]*(.*)", line, re.DOTALL)
    return (found[1], found[2]) if found is not None else (line, "")


def _unescape(text: str) -> str:
    def one(found: re.Match[str]) -> str:
        body = found[1]
        return chr(int(body[1:], 16)) if len(body) > 1 else _CONTROLS.get(body, body)

    return _ESCAPE.sub(one, text)


def literal(values: Mapping[str, str], key: str) -> str | None:
    """One value of `literal_values` by any spelling of its key; None when it is missing or empty."""
    return values.get(canonical(key), "").strip() or None
