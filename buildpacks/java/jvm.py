"""The Java machine: with which arguments it is started. Which release it is, `decide` says."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from buildpacks.analysis import Analysis
from buildpacks.errors import Refused
from buildpacks.java import frameworks
from buildpacks.java.jvm_limits import ContainerLimits, limits_options
from buildpacks.plan import Launch

_MODULES_SINCE = 9
OPTIONS = ("-XX:+ExitOnOutOfMemoryError", "-Dfile.encoding=UTF-8")
"""Always: a process without memory must end, so that it is started again; and text is UTF-8 below Java 18 too."""
ENVIRONMENT = (("LANG", "C.UTF-8"),)
"""File names and console output follow the locale on every release; without it Chinese log lines are question marks."""
_SCRIPT = 4
"""Letters of a script's name, as in Hans; a country's has two."""


def module_options(manifest: dict[str, str], java: int) -> tuple[str, ...]:
    """Add-Opens, Add-Exports and Enable-Native-Access of a manifest as options: java reads them only with `-jar`.

    Where the application can run on Java 8, which knows none of them, they are marked as not to be complained of.
    """
    found = [
        f"--add-{kind}={target}=ALL-UNNAMED"
        for name, kind in (("Add-Exports", "exports"), ("Add-Opens", "opens"))
        for target in manifest.get(name, "").split()
    ]
    if found and java < _MODULES_SINCE:
        return ("-XX:+IgnoreUnrecognizedVMOptions", *found)
    return tuple(found)


def library_options(analysis: Analysis, java: int) -> tuple[str, ...]:
    """Return what its libraries want opened, for a start with `-jar`: java reads the manifest's own Add-Opens by
    itself.
    """
    return module_options(frameworks.opened(analysis, {}), java)


def locality_options(timezone: str | None, locale: str | None) -> tuple[str, ...]:
    """Return a time zone (`Asia/Shanghai`) and a locale (`zh_CN`, `zh_Hans_CN`) as Java's system properties."""
    found = [f"-Duser.timezone={timezone}"] if timezone else []
    language, *rest = (locale or "").split("_")
    if language:
        found.append(f"-Duser.language={language}")
        found += [f"-Duser.{'script' if len(part) == _SCRIPT else 'country'}={part}" for part in rest]
    return tuple(found)


def split_java_opts(text: str) -> tuple[str, ...]:
    """Split JAVA_OPTS into arguments as a POSIX shell would, without expanding anything. Raises Refused."""
    try:
        return tuple(shlex.split(text))
    except ValueError as error:
        raise Refused("bad-java-opts", error=error, text=text) from error


def command(
    launch: Launch,
    *,
    limits: ContainerLimits | None = None,
    java_opts: str | None = None,
    options: Sequence[str] = (),
    arguments: Sequence[str] = (),
) -> tuple[str, ...]:
    """Return the whole argv, beginning with `java`. `options` are the component's own settings; what `java_opts` says
    goes before them and before what the limits ask for.
    """
    own = split_java_opts(java_opts or "")
    limited = limits_options(limits, (*launch.options, *own)) if limits else ()
    return ("java", *launch.options, *limited, *options, *own, *launch.target, *launch.arguments, *arguments)
