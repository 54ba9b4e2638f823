"""Joining a thin jar with its libraries: which file each path means, what stays of the former artifact."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from buildpacks.analyse import analyse
from buildpacks.analysis import Analysis
from buildpacks.errors import Refused
from buildpacks.kinds.detect import detect
from buildpacks.programs import thin
from buildpacks.programs.joined import Joined, changed, holds_libraries, write
from buildpacks.programs.joining import of_folder, of_jar
from tests import forge
from tests.thin import MAIN, library, thin_jar

Read = Callable[..., Analysis]
SCRIPT = b"#!/bin/sh\nexec java -Xmx1g -jar order.jar\n"


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Analyse bytes, or the zip of entries, under a name."""

    def analysed(data: bytes | dict[str, bytes], name: str = "lib.zip") -> Analysis:
        content = data if isinstance(data, bytes) else forge.archive(data)
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        return analyse(forge.write(folder / name, content), name)

    return analysed


def written(joined: Joined, folder: Path) -> bytes:
    write(joined, folder / "joined.zip")
    return (folder / "joined.zip").read_bytes()


def names(joined: Joined) -> list[str]:
    return [piece.name for piece in joined.pieces]


def test_libraries_are_found_in_whatever_folder_they_were_packed(read: Read) -> None:
    jar = read(thin_jar("lib/a.jar", "lib/b%20c.jar", "conf/", "."), "order.jar")
    for packed in ("", "lib/", "target/lib/"):
        libraries = read({f"{packed}a.jar": library("A"), f"{packed}b c.jar": library("B")})
        joined = of_jar(jar, None, [libraries])
        assert (names(joined), joined.missing) == (["lib/a.jar", "lib/b c.jar", "order.jar"], ())
        assert len(joined.taken(libraries)) == 2


def test_the_same_jar_and_libraries_give_the_same_bytes_wherever_the_libraries_came_from(
    read: Read, tmp_path: Path
) -> None:
    jar = read(thin_jar("lib/a.jar"), "order.jar")
    one = of_jar(jar, None, [read({"a.jar": library("A")})])
    other = of_jar(jar, None, [read({"x/a.jar": library("A"), "x/z.jar": library("Z")})])
    assert written(one, tmp_path) == written(other, tmp_path)
    assert detect(read(written(one, tmp_path), "order.jar")).buildpack == "thin-app"


def test_an_earlier_source_wins(read: Read) -> None:
    jar = read(thin_jar("lib/a.jar", "lib/b.jar"), "order.jar")
    new, old = read({"a.jar": library("A", "new")}), read({"a.jar": library("A", "old"), "b.jar": library("B")})
    joined = of_jar(jar, None, [new, old])
    assert [[piece.name for piece in joined.taken(one)] for one in (new, old)] == [["lib/a.jar"], ["lib/b.jar"]]


def test_what_nobody_has_is_missing_and_what_lies_elsewhere_cannot_be_had(read: Read) -> None:
    jar = read(thin_jar("lib/a.jar", "lib/x.jar", "file:/opt/b.jar", "/opt/a.jar"), "order.jar")
    joined = of_jar(jar, None, [read({"a.jar": library("A"), "b.jar": library("B")})])
    assert joined.missing == ("lib/x.jar", "file:/opt/b.jar", "/opt/a.jar")


def test_two_different_files_that_a_path_may_mean_are_refused_and_two_equal_ones_are_not(read: Read) -> None:
    jar = read(thin_jar("lib/a.jar"), "order.jar")
    with pytest.raises(Refused) as caught:
        of_jar(jar, None, [read({"x/a.jar": library("A", "1"), "y/a.jar": library("A", "2")})])
    assert caught.value.code == "library-twice"
    assert of_jar(jar, None, [read({"x/a.jar": library("A"), "y/a.jar": library("A")})]).missing == ()
    nearer = of_jar(jar, None, [read({"x/a.jar": library("A", "1"), "lib/a.jar": library("A", "2")})])
    assert [piece.member.name for piece in nearer.pieces if piece.member] == ["lib/a.jar"]


def test_a_jar_takes_the_place_of_the_former_one_and_the_other_files_stay(read: Read) -> None:
    former = read(
        {
            "app/order-1.jar": thin_jar("lib/a.jar", "lib/old.jar"),
            "app/lib/a.jar": library("A"),
            "app/lib/old.jar": library("Old"),
            "app/plugins/p.jar": library("P"),
            "app/conf/application.yml": b"a: 1",
        },
        "app.zip",
    )
    jar = read(thin_jar("lib/a.jar", "lib/new.jar", version="2"), "order-2.jar")
    joined = of_jar(jar, former, [read({"new.jar": library("New")}), former])
    assert joined.missing == ()
    assert names(joined) == [
        "app/conf/application.yml",
        "app/lib/a.jar",
        "app/lib/new.jar",
        "app/order-2.jar",
        "app/plugins/p.jar",
    ]


def test_where_a_start_script_names_the_former_jar_the_new_one_is_called_so(read: Read) -> None:
    entries = {"bin/start.sh": SCRIPT, "order.jar": thin_jar("lib/a.jar"), "lib/a.jar": library("A")}
    former = read(entries, "app.zip")
    joined = of_jar(read(thin_jar("lib/a.jar", version="2"), "order-2.jar"), former, [former])
    assert names(joined) == ["bin/start.sh", "lib/a.jar", "order.jar"]


def test_the_same_jar_again_changes_nothing_whatever_it_is_called(read: Read) -> None:
    former = read({"order.jar": thin_jar("lib/a.jar"), "lib/a.jar": library("A")}, "app.zip")
    assert changed(of_jar(read(thin_jar("lib/a.jar"), "order (1).jar"), former, [former]), former) == ()
    newer = read({"a.jar": library("A", "2")})
    assert changed(of_folder(former, [newer, former]), former) == ("lib/a.jar",)


def test_a_class_path_that_goes_up_gets_a_folder_to_come_from(read: Read, tmp_path: Path) -> None:
    joined = of_jar(read(thin_jar("../lib/a.jar"), "order.jar"), None, [read({"a.jar": library("A")})])
    assert names(joined) == ["bin/order.jar", "lib/a.jar"]
    plan = detect(read(written(joined, tmp_path), "order.jar"))
    assert plan.launch.target[1] == "/app/bin/order.jar"


def test_a_jar_that_names_itself_is_not_missing(read: Read) -> None:
    joined = of_jar(read(thin_jar("order.jar", "a.jar"), "order.jar"), None, [read({"a.jar": library("A")})])
    assert (names(joined), joined.missing) == (["a.jar", "order.jar"], ())


def test_what_a_library_names_beside_it_comes_along_and_is_not_missed(read: Read) -> None:
    libraries = read(
        {
            "x/a.jar": library("A", "1", "b.jar", "absent.jar", "../../away.jar"),
            "x/b.jar": library("B", "1", "a.jar", "deep/c.jar"),
            "x/deep/c.jar": library("C"),
            "x/unnamed.jar": library("D"),
        }
    )
    joined = of_jar(read(thin_jar("lib/a.jar"), "order.jar"), None, [libraries])
    assert names(joined) == ["lib/a.jar", "lib/b.jar", "lib/deep/c.jar", "order.jar"]
    assert joined.missing == ()


def test_what_a_library_names_beside_it_is_renewed_too_but_not_by_an_older_source(read: Read) -> None:
    former = read(
        {
            "order.jar": thin_jar("lib/a.jar"),
            "lib/a.jar": library("A", "1", "b.jar"),
            "lib/b.jar": library("B", "former"),
        },
        "app.zip",
    )
    other = read({"a.jar": library("A", "2", "b.jar"), "b.jar": library("B", "other")})
    assert changed(of_folder(former, [other, former]), former) == ("lib/a.jar", "lib/b.jar")
    jar = read(thin_jar("lib/a.jar", "lib/c.jar"), "order.jar")
    older = read({"c.jar": library("C", "1", "b.jar"), "b.jar": library("B", "older")})
    assert changed(of_jar(jar, former, [former, older]), former) == ("lib/c.jar", "order.jar")


def test_a_folder_that_lacks_libraries_gets_them_and_its_own_win(read: Read) -> None:
    folder = read({"order.jar": thin_jar("lib/a.jar", "lib/b.jar"), "lib/a.jar": library("A", "own")}, "app.zip")
    other = read({"a.jar": library("A", "other"), "b.jar": library("B")})
    joined = of_folder(folder, [folder, other])
    assert [piece.name for piece in joined.taken(other)] == ["lib/b.jar"]


def test_a_jar_that_holds_a_class_of_a_library_was_merged(read: Read) -> None:
    libraries = [read({"a.jar": library("A")})]
    jar = read(thin_jar("lib/a.jar"), "order.jar")
    assert not holds_libraries(jar, of_jar(jar, None, libraries))
    told = forge.manifest({"Main-Class": MAIN, "Class-Path": "lib/a.jar"})
    merged = read({"META-INF/MANIFEST.MF": told, "lib/A.class": forge.class_file()}, "order.jar")
    assert holds_libraries(merged, of_jar(merged, None, libraries))


def test_a_program_beside_a_library_that_could_be_started_is_the_one_that_names_it(read: Read) -> None:
    plan = detect(read({"order.jar": thin_jar("h2.jar"), "h2.jar": library("H2", main=True)}, "app.zip"))
    assert (plan.buildpack, plan.launch.target[-1]) == ("thin-app", MAIN)


def test_times_are_those_of_the_entries(read: Read, tmp_path: Path) -> None:
    joined = of_jar(read(thin_jar("lib/a.jar"), "order.jar"), None, [read({"a.jar": library("A")})])
    written(joined, tmp_path)
    with zipfile.ZipFile(tmp_path / "joined.zip") as archive:
        assert {info.date_time for info in archive.infolist()} == {forge.MTIME}
        assert archive.testzip() is None


def test_only_a_jar_that_is_started_and_has_a_class_path_may_lack_something(read: Read) -> None:
    assert thin.lacks(read(thin_jar("lib/a.jar"), "order.jar"))
    assert thin.may_lack(read(thin_jar("lib/a.jar", needs="java/lang/Object"), "order.jar"))
    assert not thin.lacks(read(thin_jar("lib/a.jar", needs="java/lang/Object"), "order.jar"))
    assert not thin.may_lack(read(thin_jar("conf/", "."), "order.jar"))
    assert not thin.may_lack(read(library("A", "1", "b.jar"), "a.jar"))


MEASURE = """
import resource, sys
from pathlib import Path
from buildpacks.programs.joined import changed, write
from buildpacks.programs.joining import of_jar
from buildpacks.analyse import analyse

folder = Path(sys.argv[1])
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
jar = analyse(folder / "order.jar", "order.jar")
before = peak()
libraries = analyse(folder / "lib.zip", "lib.zip")
joined = of_jar(jar, None, [libraries])
write(joined, folder / "joined.zip")
whole = analyse(folder / "joined.zip", "order.jar")
print(peak() - before, len(changed(joined, whole)), (folder / "joined.zip").stat().st_size)
"""


def test_two_hundred_megabytes_are_joined_in_less_than_forty(tmp_path: Path) -> None:
    count = 20
    names = [f"lib/l{number}.jar" for number in range(count)]
    forge.write(tmp_path / "order.jar", thin_jar(*names))
    with zipfile.ZipFile(tmp_path / "lib.zip", "w") as out:
        for name in names:
            out.writestr(name, forge.archive({"a/A.class": forge.class_file(), "b": os.urandom(10 << 20)}, stored=True))
    told = subprocess.check_output([sys.executable, "-c", MEASURE, str(tmp_path)], text=True)
    growth, different, size = map(int, told.split())
    assert growth < 40 * 1024
    assert different == 0
    assert size > count * 10 << 20


def test_one_library_is_not_put_into_two_places_of_one_name(read: Read) -> None:
    jar = read(thin_jar("lib/api-1.0.jar", "ext/api-1.0.jar"), "order.jar")
    with pytest.raises(Refused) as caught:
        of_jar(jar, None, [read({"api-1.0.jar": library("A")})])
    assert caught.value.code == "library-twice"
    both = read({"lib/api-1.0.jar": library("A"), "ext/api-1.0.jar": library("B")})
    assert of_jar(jar, None, [both]).missing == ()
