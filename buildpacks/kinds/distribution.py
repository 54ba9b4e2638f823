"""Distributions: a folder with a start script, its jars in lib/ and its configuration in conf/. The script is not run.

Gradle's distZip and bootDistZip, Maven's assembly and appassembler, and what people pack by hand.
"""

from __future__ import annotations

from buildpacks.analysis import Analysis
from buildpacks.kinds import unpacked
from buildpacks.plan import BuildPlan, Launch
from buildpacks.programs import starts
from buildpacks.programs.starts import Start
from buildpacks.sentences.wording import Wording
from buildpacks.verdict import Verdict

NAME = "distribution"
_LONGEST_CLASS_PATH = 120_000
"""Linux takes 131,072 bytes in one argument."""
_LIBRARY_FOLDERS = ("lib", "libs", "dependency", "dependencies")
"""As Maven, Gradle and people call them."""
_HOMES = ("${APP_HOME}", "$APP_HOME", "${BASEDIR}", "$BASEDIR")


def recognise(analysis: Analysis) -> Verdict:
    """Tell whether one start is named: by a script, or by the one jar with a Main-Class."""
    if analysis.folder is None:
        return Verdict(NAME, False, Wording("verdict.no-folder"))
    found = starts.decide(analysis)
    if not isinstance(found, Start):
        return Verdict(NAME, False, Wording("verdict.undecided", count=len(found.candidates)))
    if found.script:
        return Verdict(NAME, True, Wording("verdict.script", script=found.script.entry, main=found.main_class))
    return Verdict(NAME, True, Wording("verdict.one-jar", jar=found.jar, main=found.main_class))


def plan(analysis: Analysis) -> BuildPlan:
    """Plan a class path of configuration, the started jar and all other jars; a jar that starts itself is run whole."""
    start = starts.decide(analysis)
    assert isinstance(start, Start)
    options = tuple(_at_home(option) for option in start.script.options) if start.script else ()
    return unpacked.plan(analysis, start, NAME, Launch(options, _target(analysis, start)), _warnings(start))


def _target(analysis: Analysis, start: Start) -> tuple[str, ...]:
    jar = f"/{unpacked.path(analysis, start.jar)}"
    if unpacked.is_boot(start):
        return ("-jar", jar)
    if start.program is not None and start.script is None:
        return ("-cp", ":".join((*unpacked.configuration(analysis), jar, *_beside(analysis, start))), start.main_class)
    if start.script is not None and start.script.module is not None:
        return _modules(analysis, start, start.script.module, start.script.module_path)
    jars = tuple(f"/{unpacked.path(analysis, item.entry)}" for item in unpacked.class_path(analysis, start.jar))
    joined = ":".join((*unpacked.configuration(analysis), *jars))
    if len(joined) > _LONGEST_CLASS_PATH:
        folders = dict.fromkeys(name.rpartition("/")[0] for name in jars[1:])
        joined = ":".join((*unpacked.configuration(analysis), jar, *(f"{folder}/*" for folder in folders)))
    return ("-cp", joined, start.main_class)


def _beside(analysis: Analysis, start: Start) -> tuple[str, ...]:
    """Return the libraries in a folder beside a jar whose manifest names none: what is packed along is meant to be
    used.
    """
    home = start.jar.rpartition("/")[0]
    folders = {f"{home}/{name}".lstrip("/") for name in _LIBRARY_FOLDERS}
    found = [
        item.entry for item in unpacked.class_path(analysis, start.jar) if item.entry.rpartition("/")[0] in folders
    ]
    jars = tuple(f"/{unpacked.path(analysis, entry)}" for entry in found)
    if len(":".join(jars)) > _LONGEST_CLASS_PATH:
        return tuple(dict.fromkeys(f"{jar.rpartition('/')[0]}/*" for jar in jars))
    return jars


def _modules(analysis: Analysis, start: Start, module: str, named: tuple[str, ...]) -> tuple[str, ...]:
    """Modules stay modules: on the class path nobody would find the services that they provide."""
    jars = [f"/{unpacked.path(analysis, item.entry)}" for item in unpacked.class_path(analysis, start.jar)]
    modules = [jar for jar in jars if not named or jar.rpartition("/")[2] in named]
    others = [*unpacked.configuration(analysis), *(jar for jar in jars if jar not in modules)]
    class_path = ("-cp", ":".join(others)) if others else ()
    return (*class_path, "--module-path", ":".join(modules), "--module", f"{module}/{start.main_class}")


def _at_home(option: str) -> str:
    for home in _HOMES:
        option = option.replace(home, f"/{unpacked.HOME}")
    return option


def _warnings(start: Start) -> tuple[str, ...]:
    found = []
    if start.script is not None and start.script.more_options:
        found.append(unpacked.unread(start.script))
    if unpacked.is_boot(start):
        found.append(Wording("artifact.boot-jar-inside", jar=start.jar))
    return tuple(found)
