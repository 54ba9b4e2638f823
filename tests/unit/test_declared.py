"""Buildpacks that a site writes in TOML."""

import re
from pathlib import Path

import pytest

from buildpacks.analyse import analyse
from buildpacks.analysis import Analysis
from buildpacks.buildpack import Buildpack
from buildpacks.errors import Refused
from buildpacks.java import jvm
from buildpacks.own import declared, declared_plan
from buildpacks.plan import Entry, Whole
from tests import forge

WHOLE = """
name = "acme"
description = "what Acme packs"
port = 9090
writable = ["/srv/acme"]
leave_out = ["README*"]
keeps_sessions_in_memory = true
[environment]
ACME_HOME = "/app"
[match]
entries = ["conf/acme.toml", "lib/*.jar"]
[[layer]]
role = "dependencies"
entries = ["lib/*.jar"]
[[layer]]
role = "application"
entries = ["conf/*", "bin/**"]
executable = true
[launch]
options = ["-Xss2m"]
main_class = "com.acme.Main"
class_path = ["/app/conf/", "/app/absent/", "/app/lib/*.jar"]
arguments = ["--server"]
"""
FILES = {
    "acme-1.2/conf/acme.toml": b"",
    "acme-1.2/lib/b-1.0.jar": forge.library("com.acme.Main", java=11),
    "acme-1.2/lib/a:1.0.jar": forge.library("a.A"),
    "acme-1.2/README.md": b"",
}


def acme(text: str = WHOLE) -> Buildpack:
    return declared_plan.buildpack(declared.parse("/site/acme.toml", text.encode()))


def analysed(tmp_path: Path, files: dict[str, bytes] | bytes, name: str = "acme-1.2.zip") -> Analysis:
    data = files if isinstance(files, bytes) else forge.archive(files)
    return analyse(forge.write(tmp_path / name, data), name)


def test_entries_make_layers_and_the_class_path_is_what_lies_in_them(tmp_path: Path) -> None:
    plan = acme().plan(analysed(tmp_path, FILES))
    assert [(layer.role, layer.content_mtime) for layer in plan.layers] == [
        ("dependencies", True),
        ("application", False),
    ]
    assert [file.path for file in plan.layers[0].files] == ["app/lib/b-1.0.jar", "app/lib/a_1.0.jar"]
    assert [(file.path, file.mode) for file in plan.layers[1].files] == [("app/conf/acme.toml", 0o755)]
    assert plan.layers[0].files[0].source == Entry("acme-1.2/lib/b-1.0.jar")
    assert plan.launch.options == (*jvm.OPTIONS, "-Xss2m")
    assert plan.launch.target == ("-cp", "/app/conf:/app/lib/b-1.0.jar:/app/lib/a_1.0.jar", "com.acme.Main")
    assert plan.launch.arguments == ("--server",)
    assert (plan.buildpack, plan.title, plan.version, plan.java) == ("acme", "acme", "1.2", 11)
    assert plan.environment[-1] == ("ACME_HOME", "/app")
    assert (plan.writable, plan.hints) == (("srv/acme",), (("server.port", "9090"),))
    assert plan.keeps_sessions_in_memory
    assert plan.warnings == ()


def test_names_begin_behind_the_one_folder_unless_they_are_meant_only_with_it(tmp_path: Path) -> None:
    text = WHOLE.replace('entries = ["conf/acme.toml", "lib/*.jar"]', 'entries = ["lib/*.jar"]')
    inside = {"lib/b-1.0.jar": FILES["acme-1.2/lib/b-1.0.jar"]}
    for files in (inside, {f"acme-1.2/{name}": data for name, data in inside.items()}):
        found = analysed(tmp_path, files)
        assert acme(text).recognise(found).fits
        assert [file.path for file in acme(text).plan(found).layers[0].files] == ["app/lib/b-1.0.jar"]


def test_files_that_no_layer_takes_are_told(tmp_path: Path) -> None:
    plan = acme().plan(analysed(tmp_path, {**FILES, "acme-1.2/data/x": b"", "acme-1.2/y": b""}))
    (warning,) = plan.warnings
    assert "2 of its files go into no layer" in warning
    assert "data/x, y" in warning


def test_a_jar_is_started_whole_with_a_java_of_its_own(tmp_path: Path) -> None:
    text = """
    name = "acme"
    java = 21
    [match]
    main_class = 'demo\\..*'
    [match.manifest]
    X-Acme = "service|batch"
    [[layer]]
    role = "application"
    whole = "/app/acme.jar"
    [launch]
    jar = "/app/*.jar"
    """
    found = analysed(tmp_path, forge.jar(attributes={"X-Acme": "batch"}), "x.jar")
    told = acme(text).recognise(found)
    assert told.fits
    assert told.reason == "its manifest's X-Acme is batch, its main class is demo.Main"
    plan = acme(text).plan(found)
    assert [file.source for file in plan.layers[0].files] == [Whole()]
    assert plan.launch.target == ("-jar", "/app/acme.jar")
    assert (plan.java, plan.java_reason, plan.warnings) == (21, "/site/acme.toml says so", ())


@pytest.mark.parametrize(
    ("match", "reason"),
    [
        ('entries = ["demo/*", "a/b"]', "it has no entry a/b"),
        ('filename = "*.jar"\nabsent = ["demo/*"]', "it has demo/Main.class, which must be absent"),
        ('manifest.X-Acme = "a"', "its manifest's X-Acme is absent, not a"),
        ('manifest.Main-Class = "demo"', "its manifest's Main-Class is demo.Main, not demo"),
        ('main_class = "Main"', "its main class is demo.Main, not Main"),
        ('filename = "y*"', "it is called x.jar, not y*"),
    ],
)
def test_what_does_not_hold_is_the_reason(tmp_path: Path, match: str, reason: str) -> None:
    text = WHOLE[: WHOLE.index("[match]")] + f"[match]\n{match}\n" + WHOLE[WHOLE.index("[[layer]]") :]
    told = acme(text).recognise(analysed(tmp_path, forge.jar(), "x.jar"))
    assert (told.fits, told.reason) == (False, reason)


def test_a_jar_of_a_folder_decides_about_java_and_says_its_name(tmp_path: Path) -> None:
    text = WHOLE.replace('main_class = "com.acme.Main"\nclass_path = ["/app/conf/", "/app/absent/", "/app/lib/*.jar"]',
                         'jar = "/app/lib/server-*.jar"')  # fmt: skip
    server = forge.jar(java=17, extra=forge.pom_properties("com.acme", "server", "3.1"))
    plan = acme(text).plan(
        analysed(tmp_path, {"conf/acme.toml": b"", "lib/server-3.1.jar": server, "lib/z.jar": forge.library("z.Z")})
    )
    assert plan.launch.target == ("-jar", "/app/lib/server-3.1.jar")
    assert (plan.title, plan.version, plan.java) == ("server", "3.1", 17)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('class_path = ["/app/conf/", "/app/absent/", "/app/lib/*.jar"]', 'class_path = ["/lib/*.jar"]', "points"),
        (
            'main_class = "com.acme.Main"\nclass_path = ["/app/conf/", "/app/absent/", "/app/lib/*.jar"]',
            'jar = "/app/lib/*.jar"',
            "/app/lib/b-1.0.jar, /app/lib/a_1.0.jar",
        ),
        ('main_class = "com.acme.Main"\n', "", "neither launch.main_class nor the manifest names a class"),
        ('entries = ["conf/*", "bin/**"]', 'entries = ["**"]\nto = "/app/lib"\nstrip = "conf/"\n', None),
        ('entries = ["lib/*.jar"]\n[[', 'entries = ["absent"]\n[[', "points"),
    ],
)
def test_a_plan_that_could_not_start_is_refused(tmp_path: Path, old: str, new: str, said: str | None) -> None:
    assert old in WHOLE
    broken = acme(WHOLE.replace(old, new).replace('"/app/conf/", "/app/absent/", ', ""))
    if said is None:
        assert broken.plan(analysed(tmp_path, FILES)).layers[1].files[0].path == "app/lib/acme.toml"
        return
    with pytest.raises(Refused, match=re.escape(said)) as caught:
        broken.plan(analysed(tmp_path, FILES))
    assert caught.value.code == "bad-plan"
    assert "/site/acme.toml" in caught.value.hint


@pytest.mark.parametrize(
    ("old", "new", "message", "hint"),
    [
        ("[launch]", "[launch", "/site/acme.toml is no TOML: ", "Mend that place."),
        ("[match]", "[mach]", "/site/acme.toml: mach is not a known key.", "Did you mean match?"),
        ('role = "application"\nent', 'role = "application"\nrole2 = 1\nent', "layer[1].role2 is not a known key",
         "Did you mean layer[1].role?"),
        ("class_path", "classpath", "launch.classpath is not a known key", "Did you mean launch.class_path?"),
        ("port = 9090", "port = 0", "port is 0", ""),
        ("port = 9090", "java = 7", "java is 7", "older than Java 8"),
        ("port = 9090", "port = true", "port is True, not a number", ""),
        ('writable = ["/srv/acme"]', 'writable = ["srv/../x"]', "writable is 'srv/../x'", "Write it like"),
        ('writable = ["/srv/acme"]', "writable = [1]", "writable[0] is 1, not a text", ""),
        ('entries = ["conf/acme.toml", "lib/*.jar"]', "", "match says nothing", "Give it entries"),
        ('entries = ["conf/acme.toml", "lib/*.jar"]', 'manifest.A = "("', "match.manifest.A is no regular expression",
         ""),
        ('role = "dependencies"', 'role = "Über"', "layer[0].role is 'Über'", "lower-case"),
        ('role = "dependencies"', "", "layer[0].role is missing", ""),
        ("executable = true", 'whole = "/app/x"', "layer[1].entries or whole", "For example"),
        ("executable = true", 'mtime = "now"', "layer[1].mtime is 'now'", "Use content"),
        ('main_class = "com.acme.Main"', 'target = ["-version"]', "launch needs one of", "For example"),
        ('"/app/conf/"', '"conf/"', "launch.class_path has 'conf/'", "Write where it lies"),
        ('name = "acme"', 'name = " "', "name is empty", ""),
        ('name = "acme"', "", "name is missing", ""),
        ("[[layer]]", "[[layers]]", "layers is not a known key", "Did you mean layer?"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_file_and_key(old: str, new: str, message: str, hint: str) -> None:
    assert old in WHOLE
    with pytest.raises(Refused) as caught:
        declared.parse("/site/acme.toml", WHOLE.replace(old, new).encode())
    assert caught.value.code == "bad-buildpack"
    assert caught.value.message.startswith("/site/acme.toml")
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_a_jar_that_has_its_classes_in_one_folder_has_no_top_folder(tmp_path: Path) -> None:
    assert declared_plan.top_folder(analysed(tmp_path, {"META-INF/MANIFEST.MF": b""}).members) == ""
    assert declared_plan.top_folder(analysed(tmp_path, {"a/b": b"", "a/c": b""}).members) == "a/"
    assert declared_plan.top_folder(analysed(tmp_path, {"a/b": b"", "c": b""}).members) == ""
