"""Properties files."""

from buildpacks.facts.properties import parse_properties


def test_comments_escapes_and_continuations_are_understood() -> None:
    text = b"#Generated\n! too\ngroupId=g\nversion : 1.0\nkey\\:a=b\\=c\nlong=one,\\\n   two\nbare\n"
    assert parse_properties(text) == {
        "groupId": "g", "version": "1.0", "key:a": "b=c", "long": "one,two", "bare": "",
    }  # fmt: skip
