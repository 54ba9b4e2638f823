"""Whether native libraries can be loaded where they are to run."""

import pytest

from buildpacks.analysis import NativeLibrary
from buildpacks.java.loadable import SHOWN, Host, family, findings

DEBIAN = Host("amd64", "2.36", frozenset({"libc.so.6", "libm.so.6", "libstdc++.so.6", "libstdc++.so.6.0.30"}), 4096)
ARM = Host("arm64", "2.36", DEBIAN.libraries, 65536)


def native(path: str, machine: str = "amd64", libc: str = "glibc", **more: object) -> NativeLibrary:
    return NativeLibrary(path, machine, libc, **more)  # type: ignore[arg-type]


def codes(natives: list[NativeLibrary], host: Host) -> list[str]:
    return [finding.said.code for finding in findings(natives, host)]


def test_one_that_is_there_for_this_machine_and_others_is_not_mentioned() -> None:
    both = [native("l/x86-64/libfoo.so"), native("l/aarch64/libfoo.so", "arm64", align=65536)]
    assert findings(both, DEBIAN) == ()
    assert findings(both, ARM) == ()


def test_one_for_other_machines_only_is_named_with_its_jar_and_its_machines() -> None:
    natives = [
        native("BOOT-INF/lib/foo-1.0.jar!/x86/libfoo.so", "386"),
        native("BOOT-INF/lib/foo-1.0.jar!/x64/libfoo.so"),
        native("BOOT-INF/lib/bar-1.0.jar!/arm/libbar.so", "arm64", align=65536),
    ]
    (found,) = findings(natives, ARM)
    assert found.said.code == "natives-missing"
    assert "libfoo.so (in foo-1.0.jar) for 386, amd64" in found.said.message
    assert "libbar" not in found.said.message
    assert not found.certain


def test_many_are_counted_and_not_listed() -> None:
    (found,) = findings([native(f"lib{sign}.so") for sign in "abcdefghijk"], ARM)
    assert f"and {11 - SHOWN} more" in found.said.message


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("libnetty_epoll_x86_64.so", "libnetty_epoll_aarch_64.so"),
        ("librocksjni-linux64.so", "librocksjni-linux-aarch64.so"),
        ("librocksjni-linux64.so", "librocksjni-linux64-musl.so"),
        ("libduck.so_linux_amd64", "libduck.so_linux_arm64"),
        ("libsigar-amd64-linux.so", "libsigar-x86-linux.so"),
    ],
)
def test_the_platform_in_a_name_does_not_part_a_family(one: str, other: str) -> None:
    assert family(one) == family(other)


def test_different_libraries_are_different_families() -> None:
    assert (
        len({family(name) for name in ("libfoo.so", "libfoo.so.1", "libfoox.so", "libarmor.so", "libx86info.so")}) == 5
    )


def test_other_systems_libraries_are_neither_missed_nor_counted_as_ours() -> None:
    assert codes([native("bsd/libfoo.so", "amd64", "other"), native("android/libfoo.so", "arm64", "bionic")], ARM) == []
    natives = [native("linux/libfoo.so", "amd64"), native("android/libfoo.so", "arm64", "bionic")]
    assert codes(natives, ARM) == ["natives-missing"]


def test_too_new_a_glibc_names_what_is_needed_and_what_the_base_has() -> None:
    (found,) = findings([native("libfoo.so", glibc="2.38"), native("libbar.so", glibc="2.4")], DEBIAN)
    assert (found.said.code, found.glibc) == ("natives-glibc", "2.38")
    assert "glibc 2.36" in found.said.message
    assert "libfoo.so needs 2.38" in found.said.message
    assert "libbar" not in found.said.message


def test_versions_are_compared_as_numbers() -> None:
    assert findings([native("libfoo.so", glibc="2.4")], DEBIAN) == ()
    assert codes([native("libfoo.so", glibc="2.4")], Host("amd64", "2.31")) == []


def test_a_library_for_the_other_c_library_is_told_both_ways() -> None:
    musl = native("libfoo.so", libc="musl", needed=("libc.musl-x86_64.so.1",))
    assert codes([musl], DEBIAN) == ["natives-libc"]
    assert codes([native("libfoo.so", glibc="2.4")], Host("amd64", "musl")) == ["natives-libc"]
    assert codes([musl, native("libfoo.so", glibc="2.4")], DEBIAN) == []
    assert codes([musl], Host("amd64", "")) == []
    assert codes([native("libfoo.so", libc="none")], Host("amd64", "musl")) == []


def test_shared_libraries_that_the_base_lacks_are_named_unless_the_artifact_has_them() -> None:
    asks = native("libfoo.so", needed=("libc.so.6", "libapr-1.so.0", "libown.so", "ld-linux-x86-64.so.2"))
    (found,) = findings([asks, native("lib/libown.so")], DEBIAN)
    assert found.said.code == "natives-library"
    assert "libfoo.so for libapr-1.so.0." in found.said.message
    assert codes([asks], Host("amd64", "2.36")) == []


def test_too_new_a_c_plus_plus_library_is_told() -> None:
    assert codes([native("libfoo.so", glibcxx="3.4.30")], DEBIAN) == []
    (found,) = findings([native("libfoo.so", glibcxx="3.4.32")], DEBIAN)
    assert "GLIBCXX_3.4.32" in found.said.message


def test_small_alignment_matters_where_pages_are_large() -> None:
    small = native("libfoo.so", "arm64", align=4096)
    (found,) = findings([small], ARM)
    assert found.said.code == "natives-page"
    assert "64 KB" in found.said.message
    assert "aligned to 4 KB" in found.said.message
    assert codes([small], Host("arm64", "2.36", page=4096)) == []
    (soft,) = findings([small], Host("arm64", "2.36"), ("libfoo.so",))
    assert not soft.certain
    assert codes([native("libfoo.so", align=4096)], Host("amd64", "2.36")) == []


def test_what_is_surely_loaded_makes_a_finding_certain() -> None:
    natives = [native("x86/libfoo.so"), native("x86/libbar.so")]
    assert [finding.certain for finding in findings(natives, ARM, ("libfoo.so",))] == [True]
    assert [finding.certain for finding in findings(natives, ARM, ("libelse.so",))] == [False]
    here = [native("arm/libfoo.so", "arm64", align=65536), *natives]
    assert [finding.certain for finding in findings(here, ARM, ("libfoo.so",))] == [False]


def test_a_shared_library_may_be_mounted_so_its_absence_is_never_certain() -> None:
    (found,) = findings([native("libfoo.so", needed=("libapr-1.so.0",))], DEBIAN, ("libfoo.so",))
    assert not found.certain


def test_what_nobody_could_read_is_given_the_benefit_of_the_doubt() -> None:
    assert findings([NativeLibrary("libfoo.so", "amd64"), native("libbar.so", libc="unknown")], DEBIAN) == ()
