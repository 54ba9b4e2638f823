"""The folder with a site's own buildpacks."""

import hashlib
import os
from pathlib import Path

import pytest

from buildpacks.analyse import analyse
from buildpacks.analysis import Analysis
from buildpacks.buildpack import Buildpacks
from buildpacks.errors import Refused
from buildpacks.kinds.detect import BUILT_IN, detect, explain
from buildpacks.own.custom import gather, signature
from tests import forge

NAMES = [one.name for one in BUILT_IN.ordered]


def toml(name: str, before: str | None = None, entry: str = "acme.txt") -> bytes:
    asked = f'before = "{before}"\n' if before else ""
    return f"""name = "{name}"
{asked}[match]
entries = ["{entry}"]
[[layer]]
role = "application"
entries = ["**"]
[launch]
target = ["-jar", "/app/x.jar"]
""".encode()


def failing(name: str, where: str, before: str = "spring-boot") -> bytes:
    bodies = dict.fromkeys(("recognise", "plan"), "return Verdict(NAME, True, 'all')") | {
        where: "raise ValueError('oh')"
    }
    return f"""from buildpacks.verdict import Verdict
NAME, BEFORE = "{name}", "{before}"
def recognise(analysis):
    {bodies["recognise"]}
def plan(analysis):
    {bodies["plan"]}
""".encode()


def folder(tmp_path: Path, **files: bytes) -> Path:
    home = tmp_path / "site"
    home.mkdir(exist_ok=True)
    for name, data in files.items():
        ending = ".toml" if data.startswith(b"name") else ".py"
        forge.write(home / f"{name}{ending}", data)
    return home


def gathered(tmp_path: Path, **files: bytes) -> Buildpacks:
    return gather(folder(tmp_path, **files), BUILT_IN)


def jar(tmp_path: Path, name: str = "x.jar", data: bytes | None = None) -> Analysis:
    return analyse(forge.write(tmp_path / name, data or forge.jar(extra={"acme.txt": b""})), name)


def test_without_a_folder_there_are_the_built_in_ones(tmp_path: Path) -> None:
    assert gather(tmp_path / "absent", BUILT_IN) == BUILT_IN


def test_they_are_asked_behind_the_built_in_ones_unless_they_name_one(tmp_path: Path) -> None:
    found = gathered(tmp_path, b=toml("late"), a=toml("later"), c=toml("first", "spring-boot"), d=toml("mid", "war"))
    assert [one.name for one in found.ordered] == ["first", "spring-boot", "mid", *NAMES[1:], "later", "late"]
    first, mid, late = (next(one for one in found.ordered if one.name == name) for name in ("first", "mid", "late"))
    assert [other.name for other in found.behind(first)] == NAMES
    assert [other.name for other in found.behind(mid)] == NAMES[1:]
    assert found.behind(late) == ()
    assert found.behind(BUILT_IN.ordered[0]) == ()


def test_the_name_of_a_built_in_one_is_refused_and_both_places_are_named(tmp_path: Path) -> None:
    found = gathered(tmp_path, a=toml("spring-boot", "spring-boot"))
    assert found.ordered == BUILT_IN.ordered
    (broken,) = found.broken
    assert broken.fault.code == "buildpack-twice"
    assert f"{tmp_path}/site/a.toml has the name spring-boot, which is that of a built-in" in broken.fault.message


def test_of_two_with_one_name_none_takes_part_and_both_places_are_named(tmp_path: Path) -> None:
    found = gathered(tmp_path, a=toml("acme"), b=toml("acme"), c=toml("other"))
    assert [one.name for one in found.ordered] == [*NAMES, "other"]
    assert [Path(one.file).name for one in found.broken] == ["a.toml", "b.toml"]
    assert (
        f"{tmp_path}/site/a.toml and {tmp_path}/site/b.toml have the same name acme." in found.broken[0].fault.message
    )


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (toml("Acme"), "is called 'Acme'"),
        (toml("acme", "executable"), "Did you mean executable-jar?"),
        (toml("acme", "other-one"), "Built in are: spring-boot, war"),
        (b"name = 'acme'", "match says nothing"),
    ],
)
def test_a_file_that_cannot_be_used_says_why_and_takes_no_part(tmp_path: Path, data: bytes, said: str) -> None:
    found = gathered(tmp_path, a=data)
    assert found.ordered == BUILT_IN.ordered
    assert said in str(found.broken[0].fault)


def test_what_everybody_can_write_is_not_run(tmp_path: Path) -> None:
    home = folder(tmp_path, a=failing("acme", "plan"))
    (home / "a.py").chmod(0o666)
    (broken,) = gather(home, BUILT_IN).broken
    assert broken.fault.hint == f"chmod o-w {home}/a.py"
    (home / "a.py").chmod(0o644)
    assert gather(home, BUILT_IN).broken == ()
    home.chmod(0o1777)
    (broken,) = gather(home, BUILT_IN).broken
    assert broken.file == str(home)


def test_only_files_with_the_right_ending_are_read(tmp_path: Path) -> None:
    home = folder(tmp_path)
    for name in ("README", ".a.py", "a.toml~", "a.json"):
        forge.write(home / name, b"nonsense")
    assert gather(home, BUILT_IN) == BUILT_IN
    forge.write(home / "a b.toml", toml("acme"))
    (home / "d.py").mkdir()
    assert [Path(one.file).name for one in gather(home, BUILT_IN).broken] == ["a b.toml", "d.py"]


def test_it_takes_from_a_built_in_one_only_aloud(tmp_path: Path) -> None:
    found = gathered(tmp_path, a=toml("acme", "executable-jar"))
    plan = detect(jar(tmp_path), found)
    assert plan.buildpack == "acme"
    assert plan.buildpack_digest == hashlib.sha256(toml("acme", "executable-jar")).hexdigest()
    assert plan.warnings == (
        f"The buildpack acme ({tmp_path}/site/a.toml) takes it away from the built-in executable-jar, which fits too.",
    )
    assert [told.buildpack for told in explain(jar(tmp_path), found) if told.fits] == ["acme", "executable-jar"]


def test_behind_a_built_in_one_it_takes_nothing_away(tmp_path: Path) -> None:
    plan = detect(jar(tmp_path), gathered(tmp_path, a=toml("acme")))
    assert (plan.buildpack, plan.warnings) == ("executable-jar", ())


def test_what_the_door_refuses_it_may_take_without_taking_it_away(tmp_path: Path) -> None:
    data = forge.archive({"acme.txt": b"", "x.jar": forge.library("a.A")})
    zipped = jar(tmp_path, "x.zip", data)
    with pytest.raises(Refused):
        detect(zipped)
    for before in (None, "spring-boot"):
        plan = detect(zipped, gathered(tmp_path, a=toml("acme", before)))
        assert (plan.buildpack, plan.warnings) == ("acme", ())
    thin = jar(tmp_path, "y.jar", forge.jar(main="org.springframework.boot.loader.wrapper.ThinJarWrapper",
                                            extra={"acme.txt": b"", "x.jar": b""}))  # fmt: skip
    assert detect(thin, gathered(tmp_path, a=toml("acme"))).buildpack == "acme"


def test_a_broken_one_does_not_stop_what_is_recognised_but_is_told(tmp_path: Path) -> None:
    found = gathered(tmp_path, a=b"name = 'acme'", b=failing("other", "recognise"))
    plan = detect(jar(tmp_path), found)
    assert plan.buildpack == "executable-jar"
    assert [f"{tmp_path}/site/a.toml: match says nothing" in plan.warnings[0], len(plan.warnings)] == [True, 2]
    assert "The buildpack other could not say whether x.jar is its own" in plan.warnings[1]
    assert f"{tmp_path}/site/b.py, line 4: recognise raised ValueError: oh" in plan.warnings[1]


def test_where_nothing_takes_it_the_broken_one_is_named_too(tmp_path: Path) -> None:
    library = jar(tmp_path, "lib.jar", forge.library("a.B"))
    with pytest.raises(Refused) as caught:
        detect(library, gathered(tmp_path, b=failing("other", "recognise")))
    assert caught.value.code == "no-main-class"
    assert "site/b.py, line 4" in caught.value.message
    assert caught.value.hint.endswith("Or mend that buildpack.")


def test_one_that_takes_it_and_cannot_plan_it_is_an_error_not_another_kind(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"takes x.jar, but cannot plan it: .*/b.py, line 6: ValueError: oh"):
        detect(jar(tmp_path), gathered(tmp_path, b=failing("other", "plan")))


def test_the_signature_changes_with_every_file_and_nothing_else(tmp_path: Path) -> None:
    home = folder(tmp_path, a=toml("acme"))
    before = signature(home)
    forge.write(home / "README", b"")
    assert signature(home) == before
    seen = {before}
    forge.write(home / "b.toml", toml("other"))
    seen.add(signature(home))
    os.utime(home / "b.toml", ns=(1, 1))
    seen.add(signature(home))
    forge.write(home / "b.toml", toml("other2"))
    os.utime(home / "b.toml", ns=(1, 1))
    seen.add(signature(home))
    (home / "b.toml").chmod(0o600)
    seen.add(signature(home))
    (home / "b.toml").rename(home / "c.toml")
    seen.add(signature(home))
    home.chmod(0o700)
    seen.add(signature(home))
    assert len(seen) == 7
    assert signature(tmp_path / "absent") == ()
    (home / "gone.py").symlink_to(tmp_path / "gone.py")
    seen.add(signature(home))
    forge.write(tmp_path / "gone.py", b"")
    seen.add(signature(home))
    assert len(seen) == 9
