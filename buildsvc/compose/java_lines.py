"""`entrypoint` and `command` of a jar component where they are an image's: a line that starts java with a jar."""

from __future__ import annotations

import shlex

from buildsvc.compose.context import Context
from buildsvc.compose.spot import Spot
from buildsvc.model.application import Value

_SHELL_ENDS = frozenset({";", "&&", "||", "|", ">", ">>", "2>&1", "&"})
_OPTIONS = "JAVA_OPTS"


def read_program(
    service: Spot, name: str, context: Context, environment: tuple[tuple[str, Value], ...]
) -> tuple[tuple[str, ...] | None, tuple[tuple[str, Value], ...]]:
    """Return the program's arguments, and the environment with the options of java: `java -Xmx1g -jar app.jar --a`
    gives --a and -Xmx1g. Any other entrypoint has no place in a jar component, which is said.
    """
    entrypoint, command = _argv(service, "entrypoint"), _argv(service, "command")
    words = _words((*(entrypoint or ()), *(command or ())))
    if "-jar" in words[:-1]:
        at = words.index("-jar")
        options = [word for word in words[:at] if word.startswith("-") and word != "-c"]
        return tuple(_until_end(words[at + 2 :])) or None, _with_options(environment, options)
    if entrypoint:
        context.leave_out("entrypoint", name, "left-out.own-java")
    return command, environment


def _words(argv: tuple[str, ...]) -> list[str]:
    """Return the words of a command line, those of a line for a shell among them."""
    found: list[str] = []
    for word in argv:
        if "-jar " not in word:
            found.append(word)
            continue
        try:
            found += _line(word)
        except ValueError:
            found += word.split()
    return found


def _line(text: str) -> list[str]:
    lexer = shlex.shlex(text, posix=True, punctuation_chars=";&|>")
    lexer.whitespace_split = True
    return list(lexer)


def _until_end(words: list[str]) -> list[str]:
    found: list[str] = []
    for word in words:
        if word in _SHELL_ENDS:
            break
        if not word.startswith("$"):
            found.append(word)
    return found


def _with_options(environment: tuple[tuple[str, Value], ...], options: list[str]) -> tuple[tuple[str, Value], ...]:
    values = dict(environment)
    before = values.get(_OPTIONS, "")
    if options and isinstance(before, str):
        values[_OPTIONS] = " ".join([*options, *([before] if before else [])])
    return tuple(sorted(values.items()))


def _argv(service: Spot, key: str) -> tuple[str, ...] | None:
    spot = service.get(key)
    return spot.argv() if spot is not None else None
