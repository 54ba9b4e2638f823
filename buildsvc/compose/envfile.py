"""`.env` files and env_files: KEY=VALUE lines with quotes, comments and `${…}`; no variable of the process is read.

Format: the Compose Specification, "env_file"; values in single quotes are literal, all others are interpolated with the
variables that are known already and those of the lines above.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path

from dotenv.parser import parse_stream

from buildpacks.errors import Refused
from buildsvc.compose.interpolate import substitute
from buildsvc.compose.yaml_nodes import read_text


def read_env_file(path: Path, shown: str, variables: Mapping[str, str]) -> dict[str, str]:
    """The values of one file. A key without `=` takes its value from `variables`, and is left out when there is none.

    Raises Refused `bad-env-file`, naming the line.
    """
    values: dict[str, str] = {}
    for binding in parse_stream(io.StringIO(read_text(path, shown))):
        line, original = binding.original.line, binding.original.string
        # The parser hands over blank lines in front of a binding as a part of it.
        line += len(original) - len(original.lstrip("\n"))
        if binding.error:
            raise Refused("bad-env-file", f"{shown}, line {line}: '{original.strip()}' is not KEY=VALUE.", "Mend it.")
        if binding.key is None:
            continue
        if binding.value is None:
            if binding.key in variables:
                values[binding.key] = variables[binding.key]
            continue
        literal = original.partition("=")[2].lstrip().startswith("'")
        known = {**variables, **values}
        value = binding.value
        values[binding.key] = value if literal else substitute(value, known, _complaint(f"{shown}, line {line}"))
    return values


def _complaint(where: str) -> Callable[[str, str, str], None]:
    def complain(code: str, message: str, hint: str) -> None:
        raise Refused(code, f"{where} {message}", hint)

    return complain
