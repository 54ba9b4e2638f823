"""What a start script says, read as text: jars, class names, the JVM options that Gradle writes. Scripts are never run.

Source: the start scripts of Gradle's application plugin and of Maven's appassembler, and what people write by hand.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

_CLASS = re.compile(r"(?<![\w.$/-])((?:[a-z_]\w*\.)+[A-Z]\w*)(?![\w.$])")
_JAR = re.compile(r"([\w.+-]+\.jar)\b")
_DEFAULTS = re.compile(r"^\s*DEFAULT_JVM_OPTS=(.*)$", re.MULTILINE)
_OPTION = re.compile(r"(?<![\w-])-(?:X[a-zA-Z:]|D[a-zA-Z]|-add-opens)")


@dataclass(frozen=True)
class Said:
    """Class names and jar file names in their order, each once; JVM options; whether there are more of those."""

    classes: tuple[str, ...]
    jars: tuple[str, ...]
    options: tuple[str, ...]
    more_options: bool


def parse(data: bytes) -> Said | None:
    """What the script says; None where it is none (it has no `#!` line)."""
    if not data.startswith(b"#!"):
        return None
    lines = data.decode("utf-8", "replace").splitlines()
    text = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
    rest = _DEFAULTS.sub("", text)
    return Said(
        classes=tuple(dict.fromkeys(_CLASS.findall(rest))),
        jars=tuple(dict.fromkeys(_JAR.findall(rest))),
        options=_options(text),
        more_options=bool(_OPTION.search(rest)),
    )


def _options(text: str) -> tuple[str, ...]:
    """Gradle quotes each option and the whole once more: `DEFAULT_JVM_OPTS='"-Xmx1g" "-Da=b"'`."""
    found = _DEFAULTS.search(text)
    if found is None:
        return ()
    try:
        return tuple(option for part in shlex.split(found.group(1)) for option in shlex.split(part))
    except ValueError:
        return ()
