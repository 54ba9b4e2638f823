"""Every sentence for people, by code and language: read when the first one is said. README.md says how to add one.

A key is a code, or a code and a variant (`archive-truncated.tar`) where one code has several sentences. Variants below
`any` are those of every code (`wrong-value.in-file`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from buildpacks.sentences import template

LANGUAGES: Final = ("en", "zh")
"""The first one is that of logs, of tests, and of whatever nobody chose a language for."""
DEFAULT: Final = LANGUAGES[0]

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Sentence:
    """What is said, and what to do next; both with holes."""

    says: str
    hint: str = ""


@dataclass(frozen=True)
class Said:
    """A sentence and its hint in one language, filled."""

    message: str
    hint: str


_ALONE: Final = ("said", "help", "click")
"""What the command line says by itself lies in files that begin with one of these codes and are read alone: a laptop's
command is over before it would have read all.
"""


@cache
def sentences(language: str) -> Mapping[str, Sentence]:
    """Read all sentences of a language, by key. Raises KeyError for a language that is not there."""
    if language not in LANGUAGES:
        raise KeyError(language)
    found = dict(_common(language))
    for code in _ALONE:
        found |= alone(code, language)
    return found


def knows(key: str, language: str = DEFAULT) -> bool:
    """Whether there are words for a key: what another version of buildsvc sent may have none here."""
    return _found(key, language) is not None


def tell(key: str, values: Mapping[str, Any], language: str = DEFAULT) -> Said:
    """Say a sentence in a language. A key that nobody wrote words for is said as it stands, with its values."""
    sentence = _found(key, language) or _found(key, DEFAULT)
    if sentence is None:
        word = values.get("word")
        return Said(str(word) if word is not None else _bare(key, values), "")

    def nested(code: str, inner: Mapping[str, Any], part: str) -> str:
        said = tell(code, inner, language)
        return said.message if part == "says" else said.hint

    said = (template.fill(text, values, language, nested) for text in (sentence.says, sentence.hint))
    return Said(*(text.strip() for text in said))


def told(value: Mapping[str, Any], language: str = DEFAULT) -> Said:
    """Say a sentence that is a value: `{"code": …, "values": {…}}`."""
    return tell(value["code"], value["values"], language)


def split(key: str) -> tuple[str, str]:
    """Take a key apart into code and variant."""
    code, _, variant = key.partition(".")
    return code, variant


def joined(code: str, variant: str) -> str:
    """Make a key of code and variant."""
    return f"{code}.{variant}" if variant else code


def chosen(wanted: str) -> str | None:
    """Find the language that `wanted` names, as a locale (`zh_CN.UTF-8`) or a tag (`zh-Hans`); None for others."""
    found = wanted.replace("_", "-").split("-")[0].split(".")[0].lower()
    return found if found in LANGUAGES else None


def _found(key: str, language: str) -> Sentence | None:
    """Find the sentence of a key, else the one of its variant that any code may have."""
    code, variant = split(key)
    if code in _ALONE:
        return alone(code, language).get(key)
    known = _common(language)
    return known.get(key) or known.get(f"any.{variant}")


@cache
def alone(code: str, language: str) -> Mapping[str, Sentence]:
    """Read the sentences of one code that has files of its own, and no others."""
    return _read(file for file in _files(language) if _of_code(file) == code)


@cache
def _common(language: str) -> Mapping[str, Sentence]:
    return _read(file for file in _files(language) if _of_code(file) not in _ALONE)


def _files(language: str) -> list[Path]:
    return sorted((_FOLDER / language).glob("*.toml"))


def _of_code(file: Path) -> str:
    return file.stem.partition("_")[0]


def _read(files: Iterable[Path]) -> Mapping[str, Sentence]:
    found: dict[str, Sentence] = {}
    for file in files:
        for code, table in tomllib.loads(file.read_text("utf-8")).items():
            _gather(found, code, table, "")
    return found


def _gather(found: dict[str, Sentence], key: str, table: Mapping[str, Any], hint: str) -> None:
    """Take in a table and its variants, which take over its hint where they have none of their own."""
    hint = table.get("hint", hint)
    if "says" in table:
        if key in found:
            raise ValueError(f"{key} has two sentences")
        found[key] = Sentence(table["says"], hint)
    for variant, below in table.items():
        if isinstance(below, dict):
            _gather(found, f"{key}.{variant}", below, hint)


def _bare(key: str, values: Mapping[str, Any]) -> str:
    return f"{key} ({', '.join(f'{name}: {value}' for name, value in values.items())})" if values else key
