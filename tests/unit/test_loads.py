"""Which native libraries a class surely loads; the classes are compiled by a real compiler."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from buildpacks.analyse import analyse
from buildpacks.facts import loads
from tests import elves, forge

SOURCES = {
    "InInitializer": 'static { System.loadLibrary("foo"); } public static void main(String[] a) {}',
    "InMain": 'static int n = 70000; public static void main(String[] a) { long l = 7L; System.out.println(l + n);'
    ' System.load("/app/native/libbar.so"); Runtime.getRuntime().loadLibrary("baz"); }',
    "AfterABranch": 'public static void main(String[] a) { if (a.length > 0) System.loadLibrary("foo"); }',
    "WithAFallback": 'static { try { System.loadLibrary("foo"); } catch (UnsatisfiedLinkError e) { } }',
    "InAnotherMethod": 'static void later() { System.loadLibrary("foo"); } public static void main(String[] a) {}',
    "NamedElsewhere": 'static String s = "foo"; public static void main(String[] a) { System.loadLibrary(a[0]); }',
    "AnotherLoad": 'static void load(String s) {} public static void main(String[] a) { load("libfoo.so"); }',
}  # fmt: skip
EXPECTED = {"InInitializer": ("libfoo.so",), "InMain": ("libbar.so", "libbaz.so")}


@pytest.fixture(scope="module")
def classes(javac: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("loads")
    files = []
    for name, body in SOURCES.items():
        file = folder / f"{name}.java"
        file.write_text(f"public class {name} {{ {body} }}\n")
        files.append(str(file))
    subprocess.run([javac, "--release", "8", "-Xlint:-options", "-d", str(folder), *files], check=True)
    return {name: (folder / f"{name}.class").read_bytes() for name in SOURCES}


@pytest.mark.parametrize("name", SOURCES)
def test_only_a_call_that_nothing_keeps_it_from_is_certain(classes: dict[str, bytes], name: str) -> None:
    assert loads.certain(classes[name]) == EXPECTED.get(name, ())


def test_the_class_that_is_started_is_found_in_a_nested_jar_too(classes: dict[str, bytes], tmp_path: Path) -> None:
    library = forge.archive({"InInitializer.class": classes["InInitializer"], "libfoo.so": elves.shared()})
    told = forge.manifest({"Main-Class": forge.JAR_LAUNCHER, "Start-Class": "InInitializer"})
    jar = forge.archive({"META-INF/MANIFEST.MF": told, "BOOT-INF/lib/a.jar": library}, stored=(".jar",))
    assert analyse(forge.write(tmp_path / "a.jar", jar), "a.jar").loads == ("libfoo.so",)


def test_nobody_asks_where_there_are_no_native_libraries(classes: dict[str, bytes], tmp_path: Path) -> None:
    told = forge.manifest({"Main-Class": "InInitializer"})
    jar = forge.archive({"META-INF/MANIFEST.MF": told, "InInitializer.class": classes["InInitializer"]})
    assert analyse(forge.write(tmp_path / "a.jar", jar), "a.jar").loads == ()


@settings(max_examples=300, deadline=2000)
@given(st.data())
def test_broken_class_files_never_do_harm(classes: dict[str, bytes], data: st.DataObject) -> None:
    broken = bytearray(classes["InMain"])
    for at, value in data.draw(st.lists(st.tuples(st.integers(0, len(broken) - 1), st.integers(0, 255)), max_size=20)):
        broken[at] = value
    loads.certain(bytes(broken[: data.draw(st.integers(0, len(broken)))]))
