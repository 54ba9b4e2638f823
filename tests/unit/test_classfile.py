"""Class-file versions."""

import pytest

from buildpacks import classfile
from tests import forge


@pytest.mark.parametrize("java", [1, 5, 8, 11, 17, 21, 25, 26])
def test_a_class_file_tells_its_java_release(java: int) -> None:
    major = classfile.major(forge.class_file(java)[:8])
    assert major is not None
    assert classfile.java_release(major) == java


@pytest.mark.parametrize("start", [b"", b"\xca\xfe\xba\xbe", b"PK\x03\x04\0\0\0\x3d", b"\xca\xfe\xba\xbe\0\0\0\x02"])
def test_what_is_no_class_file_has_no_major(start: bytes) -> None:
    assert classfile.major(start) is None


def test_classes_for_other_releases_and_module_infos_do_not_count() -> None:
    assert classfile.counts("a/B.class")
    assert not classfile.counts("META-INF/versions/21/a/B.class")
    assert not classfile.counts("module-info.class")
    assert not classfile.counts("a/module-info.class")
    assert not classfile.counts("a/B.java")
