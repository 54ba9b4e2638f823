"""A text that knows its sentence: English to whoever takes a text, told in every language, whole after a journey."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest
from click.testing import CliRunner

from buildpacks.analyse import analyse
from buildpacks.kinds import detect
from buildpacks.sentences.values import plain
from buildpacks.sentences.wording import Wording, again, in_language, said_of
from buildsvc.doors import words
from buildsvc.doors.checkup.examining import inbox
from buildsvc.doors.cli.local.buildpacks import buildpacks
from buildsvc.model.events import Failed, SwitchedBack, Warned
from buildsvc.model.raised import failure_of, in_warning
from tests import forge

GONE = Wording("soak.ended", code=3)


def test_it_is_its_english_text_and_is_told_in_every_language() -> None:
    assert GONE == "the new instance ended with exit code 3"
    assert in_language(GONE, "zh") == "新实例以退出码 3 结束"
    assert in_language("as a site's own says", "zh") == "as a site's own says"


def test_it_comes_back_whole_from_another_process_and_from_json() -> None:
    for came in (pickle.loads(pickle.dumps(GONE)), again(json.loads(json.dumps(plain(GONE))))):
        assert isinstance(came, Wording)
        assert (came, said_of(came)) == (GONE, GONE.as_value())


def test_a_text_that_an_earlier_version_kept_is_that_text() -> None:
    assert (again("it fell over"), said_of(again("it fell over")), again(None)) == ("it fell over", None, "")


def test_a_reason_is_told_in_the_reader_s_language_and_an_older_one_as_it_was_kept() -> None:
    told = SwitchedBack(str(GONE), 4, reason_said=said_of(GONE))
    assert words.tell(told) == "Switched back: the new instance ended with exit code 3. Release 4 serves again."
    assert "新实例以退出码 3 结束" in words.tell(told, "zh")
    assert "it fell over" in words.tell(SwitchedBack("it fell over", 4), "zh")
    unknown = SwitchedBack("of tomorrow", None, reason_said={"code": "soak.of-tomorrow", "values": {}})
    assert "of tomorrow" in words.tell(unknown)


def test_a_warning_keeps_its_values_and_one_of_a_site_s_own_its_text() -> None:
    warned = in_warning("artifact", Wording("artifact.boot-jar-inside", jar="lib/a.jar"))
    assert (warned.code, warned.variant, warned.values) == ("artifact", "boot-jar-inside", {"jar": "lib/a.jar"})
    assert in_warning("artifact", "Ours.") == Warned("artifact", "Ours.")


def test_why_it_needs_its_java_is_told_in_chinese(tmp_path: Path) -> None:
    plan = detect.detect(analyse(forge.write(tmp_path / "x.jar", forge.jar(java=17)), "x.jar"))
    assert in_language(plan.java_reason, "zh") == "其自身的类按 Java 17 编译（类文件版本 61）"


def test_a_command_speaks_chinese_where_the_terminal_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUILDSVC_LANGUAGE", "zh")
    found = CliRunner().invoke(buildpacks, ["--buildpacks", str(tmp_path)])
    assert found.stdout.splitlines()[0].split() == ["名称", "来源", "优先于", "识别"]


def test_what_doctor_finds_is_told_with_its_remedy_in_chinese() -> None:
    finding = inbox(Path("/nowhere/at/all"))
    assert (in_language(finding.text, "zh"), in_language(finding.remedy, "zh")) == (
        "/nowhere/at/all 不存在。",
        "`buildsvc up` 会创建默认目录；自定目录请自行创建。",
    )


def test_a_failure_of_the_catalogue_is_told_again_as_it_was() -> None:
    failed = failure_of(Failed("not-logged-in", "kept", "", variant="", values={}))
    assert (failed.code, failed.told("zh").message != "kept") == ("not-logged-in", True)
    assert failure_of(Failed("of-tomorrow", "As told.", "Do it.")).told("zh").message == "As told."
