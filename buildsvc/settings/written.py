"""How a setting is declared: its type says how it is written, `setting` its default and its sentence.

A default is written as a person would write it (`2g`), and read by the same parser as what a person wrote.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path
from typing import Annotated, Any, get_args
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, JsonValue
from pydantic.fields import FieldInfo
from pydantic_settings import NoDecode

from buildpacks.sentences import catalogue
from buildsvc.settings import from_text


@dataclass(frozen=True)
class Written:
    """How a value is written, for people; with its unit where it has one."""

    how: str


AbsolutePath = Annotated[Path, BeforeValidator(from_text.absolute), Written("an absolute path")]
Listening = Annotated[from_text.Address, NoDecode, BeforeValidator(from_text.address), Written("address:port")]
RedisUrl = Annotated[str, BeforeValidator(from_text.redis), Written("redis://host:port/number or unix:///path")]
Subnets = Annotated[
    tuple[IPv4Network, ...],
    NoDecode,
    BeforeValidator(from_text.subnets),
    Written("networks of a /22 or more, commas between"),
]
Count = Annotated[int, BeforeValidator(from_text.count), Written("a number from 1 to 1000")]
Kinds = Annotated[int, BeforeValidator(from_text.kinds), Written("a number from 1 to 4")]
Days = Annotated[int, BeforeValidator(from_text.days), Written("a number of days from 180 to 36500")]
SyslogUrl = Annotated[str, BeforeValidator(from_text.syslog), Written("udp://host:514, tcp://host:514 or unix:///path")]
HttpsUrl = Annotated[str, BeforeValidator(from_text.https_url), Written("https://host, with a path where it has one")]
Threads = Annotated[int, BeforeValidator(from_text.threads), Written("a number from 8 to 1000")]
Networks = Annotated[
    tuple[from_text.AddressRange, ...],
    NoDecode,
    BeforeValidator(from_text.networks),
    Written("addresses or networks, commas between"),
]
Size = Annotated[int, BeforeValidator(from_text.byte_size), Written("bytes, or with k, m, g")]
Seconds = Annotated[float, BeforeValidator(from_text.seconds), Written("seconds, or like 500ms, 1m30s")]
Flag = Annotated[bool, BeforeValidator(from_text.flag), Written("yes or no")]
Level = Annotated[str, BeforeValidator(from_text.level), Written(from_text.LEVELS_SENTENCE)]
Language = Annotated[str, BeforeValidator(from_text.language), Written(" or ".join(catalogue.LANGUAGES))]
Token = Annotated[str, BeforeValidator(from_text.token), Written("16 characters or more, no blanks")]
TimeZone = Annotated[ZoneInfo, BeforeValidator(from_text.time_zone), Written("a name of the IANA database")]
Text = Annotated[str, Written("text")]


def setting(default: str | tuple[()] | Callable[[dict[str, Any]], Any] | None, meaning: str, *, shown: str = "") -> Any:
    """Declare a setting: its default as it is written, or made of the settings above it, or None; and its sentence.
    `shown` says the default in words, where it is none that could be written.
    """
    told: dict[str, JsonValue] = {"shown": shown or str(default)}
    if callable(default):
        return Field(default_factory=default, description=meaning, json_schema_extra=told)
    return Field(default=default, description=meaning, json_schema_extra=told)


def how_written(field: FieldInfo) -> str:
    """How a value of this setting is written."""
    inner = [said for part in get_args(field.annotation) for said in getattr(part, "__metadata__", ())]
    return next((said.how for said in (*field.metadata, *inner) if isinstance(said, Written)), "text")


def default_of(field: FieldInfo) -> str:
    """Spell the default of this setting, in words."""
    extra = field.json_schema_extra
    return str(extra["shown"]) if isinstance(extra, dict) else ""
