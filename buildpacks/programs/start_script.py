"""What a start script says, read as text: jars, class names, the JVM options that Gradle writes. Scripts are never run.

Source: the start scripts of Gradle's application plugin and of Maven's appassembler, and what people write by hand.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

_CLASS = re.compile(r"(?<![\w.$/-])((?:[a-z_]\w*\.)+[A-Z]\w*)(?![\w.$])")
_JAR = re.compile(r"(?<![\w.+-])([\w.+-]+\.jar)\b")
"""Only where a word begins: trying the rest of each word again takes minutes in a hostile script."""
_DEFAULTS = re.compile(r"^[ \t]*DEFAULT_JVM_OPTS=(.*)$", re.MULTILINE)
_MODULE = re.compile(r"(?:--module|-m)[\s=\"']+([a-z_][\w.]*)/((?:[a-z_]\w*\.)+[A-Z]\w*)(?![\w.$])")
_MODULE_PATH = re.compile(r"^[ \t]*MODULE_PATH=(.*)$", re.MULTILINE)
_OPTION = re.compile(r"(?<![\w-])-(?:X[a-zA-Z:]|D[a-zA-Z]|-add-opens)")


@dataclass(frozen=True)
class ScriptStart:
    """Class names and jar file names in their order, each once; JVM options; whether there are more of those.

    `module` is what it starts by `--module` (the module, its class in `classes`), `module_path` the jars that Gradle
    names for it.
    """

    classes: tuple[str, ...]
    jars: tuple[str, ...]
    options: tuple[str, ...]
    more_options: bool
    module: str | None = None
    module_path: tuple[str, ...] = ()


def parse(data: bytes) -> ScriptStart | None:
    """Read what the script says; None where it is none (it has no `#!` line)."""
    if not data.startswith(b"#!"):
        return None
    lines = data.decode("utf-8", "replace").splitlines()
    text = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
    rest = _DEFAULTS.sub("", text)
    started = _MODULE.search(rest)
    path = _MODULE_PATH.search(rest)
    return ScriptStart(
        classes=(started[2],) if started else tuple(dict.fromkeys(_CLASS.findall(rest))),
        jars=tuple(dict.fromkeys(_JAR.findall(rest))),
        options=_options(text),
        more_options=bool(_OPTION.search(rest)),
        module=started[1] if started else None,
        module_path=tuple(dict.fromkeys(_JAR.findall(path[1]))) if path else (),
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
