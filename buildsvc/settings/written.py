"""How a setting is declared: its type says how it is written, `setting` its default.

A default is written as a person would write it (`2g`), and read by the same parser as what a person wrote. The
catalogue tells what it is for and how it is written.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path
from typing import Annotated, Any, get_args
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field
from pydantic.fields import FieldInfo
from pydantic_settings import NoDecode

from buildpacks.sentences import catalogue
from buildpacks.sentences.wording import Wording
from buildsvc.settings import from_text


@dataclass(frozen=True)
class Written:
    """How a value is written, by the variant of its sentence."""

    how: str


AbsolutePath = Annotated[Path, BeforeValidator(from_text.absolute), Written("absolute-path")]
Listening = Annotated[from_text.Address, NoDecode, BeforeValidator(from_text.address), Written("address")]
RedisUrl = Annotated[str, BeforeValidator(from_text.redis), Written("redis")]
HttpsUrl = Annotated[str, BeforeValidator(from_text.https_url), Written("https-url")]
Subnets = Annotated[
    tuple[IPv4Network, ...],
    NoDecode,
    BeforeValidator(from_text.subnets),
    Written("subnets"),
]
Count = Annotated[int, BeforeValidator(from_text.count), Written("count")]
Kinds = Annotated[int, BeforeValidator(from_text.kinds), Written("kinds")]
Days = Annotated[int, BeforeValidator(from_text.days), Written("days")]
SyslogUrl = Annotated[str, BeforeValidator(from_text.syslog), Written("syslog")]
Threads = Annotated[int, BeforeValidator(from_text.threads), Written("threads")]
Networks = Annotated[
    tuple[from_text.AddressRange, ...],
    NoDecode,
    BeforeValidator(from_text.networks),
    Written("networks"),
]
Size = Annotated[int, BeforeValidator(from_text.byte_size), Written("size")]
Seconds = Annotated[float, BeforeValidator(from_text.seconds), Written("seconds")]
Flag = Annotated[bool, BeforeValidator(from_text.flag), Written("flag")]
Level = Annotated[str, BeforeValidator(from_text.level), Written("level")]
Language = Annotated[str, BeforeValidator(from_text.language), Written("language")]
Token = Annotated[str, BeforeValidator(from_text.token), Written("token")]
TimeZone = Annotated[ZoneInfo, BeforeValidator(from_text.time_zone), Written("time-zone")]
Text = Annotated[str, Written("text")]


def setting(default: str | tuple[()] | Callable[[dict[str, Any]], Any] | None) -> Any:
    """Declare a setting: its default as it is written, or made of the settings above it, or None."""
    return Field(default_factory=default) if callable(default) else Field(default=default)


def meaning_of(name: str) -> Wording:
    """Say what the setting of this name is for."""
    return Wording(f"setting.{_variant(name)}")


def how_written(field: FieldInfo) -> Wording:
    """Say how a value of this setting is written."""
    inner = [said for part in get_args(field.annotation) for said in getattr(part, "__metadata__", ())]
    found = next((said.how for said in (*field.metadata, *inner) if isinstance(said, Written)), "text")
    return Wording(f"written.{found}")


def default_of(name: str, field: FieldInfo) -> str:
    """Spell the default of the setting of this name: in words, where it has some."""
    key = f"setting-default.{_variant(name)}"
    if catalogue.knows(key):
        return Wording(key)
    written = field.default if isinstance(field.default, str) else ""
    return written or Wording("setting-default.none")


def _variant(name: str) -> str:
    return name.replace("_", "-")
