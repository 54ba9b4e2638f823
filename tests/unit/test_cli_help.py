"""Every command, option and argument has its help in every language, out of the catalogue; click's own words too."""

from __future__ import annotations

import ast
import gettext
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from buildpacks.sentences import catalogue
from buildsvc.doors.cli.click_words import EARLY, spoken_by_click
from buildsvc.doors.cli.columns import cells
from buildsvc.doors.cli.helping import PROGRAM, first_sentence, help_of, name_of, words_of
from buildsvc.doors.cli.main import cli
from buildsvc.doors.cli.paragraphs import wrapped
from buildsvc.doors.cli.screen import in_words, require_yes
from scripts import reference

CONTEXTS = {context.command_path: context for context in reference.commands()}
UNASKED = {"[OPTIONS]", "COMMAND [ARGS]...", "required"}
"""What click shows without asking gettext, or by a variable."""
TO_DEVELOPERS = re.compile(
    r"Could not determine name|No options defined|exactly one parameter|defined twice|same flag|color"
)
"""Faults of a command's declaration, which no user meets."""


def options(context: click.Context) -> Iterator[str]:
    yield from (name_of(one) for one in context.command.get_params(context) if isinstance(one, click.Option))


@pytest.mark.parametrize("language", catalogue.LANGUAGES)
@pytest.mark.parametrize("path", CONTEXTS)
def test_every_command_option_and_argument_has_its_help(path: str, language: str) -> None:
    context = CONTEXTS[path]
    words, sentence = words_of(context), r"[A-Z].*[.;)]" if language == "en" else r".*[一-鿿].*"
    text = help_of(words, language=language)
    assert re.match(sentence, text, re.DOTALL)
    assert [one for one in options(context) if not re.match(sentence, help_of(words, one, language), re.DOTALL)] == []
    arguments = [one for one in context.command.params if isinstance(one, click.Argument)]
    named = [name for one in arguments for name in re.findall(r"[A-Z]+", one.make_metavar(context))]
    assert [name for name in named if name not in text] == []


@pytest.mark.parametrize("path", CONTEXTS)
def test_what_an_option_takes_is_named_in_a_word(path: str) -> None:
    assert "RANGE" not in " ".join(one.make_metavar(CONTEXTS[path]) for one in CONTEXTS[path].command.params)


def test_no_help_is_left_that_no_command_has() -> None:
    needed = set()
    for context in CONTEXTS.values():
        key = ".".join(("help", *words_of(context)))
        needed |= {key, *(own_or_shared(key, option) for option in options(context))}
    assert set(catalogue.alone("help", catalogue.DEFAULT)) == needed


def own_or_shared(key: str, option: str) -> str:
    return f"{key}.{option}" if catalogue.knows(f"{key}.{option}") else f"help.any.{option}"


@pytest.mark.parametrize("path", CONTEXTS)
def test_help_stands_in_the_catalogue_alone(path: str) -> None:
    command = CONTEXTS[path].command
    assert "\n\n" not in (command.help or ""), "whoever reads the code needs one sentence; more is help"
    params = command.params
    told = [one.name for one in params if one.help is not None and "--version" not in one.opts]
    assert told == [], "write it into buildpacks/sentences/*/help_*.toml (README.md there says how)"


def test_english_and_chinese_name_the_same_options_settings_and_commands() -> None:
    for key, english in catalogue.alone("help", "en").items():
        chinese = catalogue.alone("help", "zh")[key]
        for pattern in (r"BUILDSVC_[A-Z_]+", r"(?<![\w-])--[a-z-]+", r"\b[A-Z]{2,}\b(?!s)"):
            named = (set(re.findall(pattern, one.says)) - {"CDS"} for one in (english, chinese))
            assert next(named) == next(named), key


def test_every_word_of_click_is_in_the_catalogue() -> None:
    known = {sentence.says.replace("{{", "{").replace("}}", "}") for sentence in click_words("en").values()}
    asked = {text for text in asked_by_click() if not TO_DEVELOPERS.search(text)}
    assert known - UNASKED == asked - EARLY


def click_words(language: str) -> dict[str, catalogue.Sentence]:
    return dict(catalogue.alone("click", language))


def asked_by_click() -> Iterator[str]:
    """What click's source hands to gettext, but what only shells can meet."""
    for file in sorted(Path(click.__file__).parent.glob("*.py")):
        if file.name == "shell_completion.py":
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"_", "ngettext"}:
                yield from (
                    one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)
                )


def chinese(*arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(cli, arguments, env={"BUILDSVC_LANGUAGE": "zh"}, input=given, prog_name="buildsvc")


def english_in(text: str) -> list[str]:
    """Words that are neither names of ours nor the jar's: two small letters and more, beside no sign of a name."""
    return [
        word
        for word in re.findall(r"(?<![\w./`'=-])[a-zA-Z]?[a-z]{2,}(?![\w./`'=-])", text)
        if word not in {"jar", "zip"}
    ]


def test_a_chinese_help_is_wholly_chinese() -> None:
    shown = chinese("push", "--help").output
    told, _, example = shown.partition("示例：")
    assert told.startswith("用法： buildsvc push [选项] [JAR]")
    assert english_in(told) == ["buildsvc", "push"]
    assert re.search("--help +显示本帮助并退出。\n", told)
    assert "buildsvc push app.jar --app shop" in example


def test_a_group_lists_its_commands_in_chinese() -> None:
    shown = chinese("person", "--help").output
    assert "命令：\n" in shown
    assert "  list      列出人员及其角色。\n" in shown


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("push", "--forse"), "错误：没有选项 '--forse'。 是否想输入 '--force'？"),
        (("login",), "错误：缺少参数 'URL'."),
        (("psuh",), "没有命令 'psuh'。"),
        (("push", "gone.jar"), "错误：'[JAR]' 的取值无效：'gone.jar' 不存在。"),
        (("logs", "shop", "order", "--tail", "x"), "'x' 不是有效的数字。"),
        (("person", "add", "ann", "--role", "king"), "'king' 不是下列之一："),
        (("status", "shop", "shop"), "错误：多余的参数（shop）"),
    ],
)
def test_wrong_usage_is_told_in_chinese(arguments: tuple[str, ...], said: str) -> None:
    ended = chinese(*arguments)
    assert ended.exit_code == 2
    assert said in ended.output
    assert "查看帮助：buildsvc" in ended.output
    assert not re.search(r"Usage|Error|Try|for help|Invalid|Missing|OPTIONS|ARGS", ended.output)


def test_an_option_without_its_value_is_told_in_chinese() -> None:
    assert chinese("login", "x", "--token").output == "错误：选项 '--token' 需要一个值。\n"


def test_a_question_that_is_broken_off_says_so_in_chinese() -> None:
    shown = chinese("login", "http://127.0.0.1:9", given="").output
    assert "已中止！" in shown


def test_a_failure_and_its_hint_begin_in_chinese() -> None:
    told = chinese("status", "shop").output.splitlines()
    assert [line.partition(" ")[0] for line in told] == ["错误：", "提示："]


def test_english_stays_as_click_says_it() -> None:
    ended = CliRunner().invoke(cli, ["login"], env={"BUILDSVC_LANGUAGE": "en"}, prog_name="buildsvc")
    assert ended.output == (
        "Usage: buildsvc login [OPTIONS] URL\nTry 'buildsvc login --help' for help.\n\nError: Missing argument 'URL'.\n"
    )


def test_gettext_answers_as_before_when_the_command_is_over() -> None:
    before = gettext.dgettext, gettext.dngettext

    def told() -> tuple[str, str]:
        return gettext.gettext("Options"), gettext.ngettext("{value!r} is not {choice}.", "", 1)

    with spoken_by_click("zh"):
        assert told() == ("选项", "{value!r} 不是 {choice}。")
    assert (gettext.dgettext, gettext.dngettext) == before
    assert told()[0] == "Options"


@pytest.mark.parametrize("language", catalogue.LANGUAGES)
def test_a_command_that_is_not_asked_for_help_reads_no_sentence(language: str, tmp_path: Path) -> None:
    code = (
        "import click\nfrom buildsvc.doors.cli.main import cli\nfrom buildsvc.doors.cli.remote.push import push\n"
        "push.callback = lambda **given: None\n"
        "cli(['push'], standalone_mode=False)\n"
        "from buildpacks.sentences import catalogue\nprint(catalogue.alone.cache_info().currsize)"
    )
    environ = {"BUILDSVC_LANGUAGE": language, "HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environ)
    assert done.stdout == "0\n"


def test_wide_text_is_broken_by_cells_and_no_line_begins_with_a_stop() -> None:
    text = "旧发布继续服务，新发布启动；buildsvc status 会说明。" * 6
    lines = wrapped(text, 30).removeprefix("\b\n").splitlines()
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(cells(line) <= 32 and line[0] not in "，；。" for line in lines)
    assert wrapped("no wide letter", 5) == "no wide letter"


def test_a_list_shows_how_a_help_begins() -> None:
    assert first_sentence("Make it. Then more.") == "Make it."
    assert first_sentence("制作。更多。") == "制作。"
    assert first_sentence("Keep `a.b` and c\n\nMore") == "Keep `a.b` and c"


def test_the_program_has_a_help_too() -> None:
    assert help_of(PROGRAM, language="en").startswith("Drop a jar;")


@pytest.mark.parametrize(
    ("language", "asked"),
    [
        ("en", "Let it replace order now? [y/N]: "),
        ("zh", "现在让它替换 order？（输入 y 表示同意，直接回车表示不同意）： "),
    ],
)
def test_a_question_is_asked_in_one_language_and_an_empty_answer_is_a_no(
    monkeypatch: pytest.MonkeyPatch, language: str, asked: str
) -> None:
    monkeypatch.setenv("BUILDSVC_LANGUAGE", language)

    @click.command
    def replacing() -> None:
        require_yes(in_words("said.let-it-replace", component="order"))

    empty, yes = (CliRunner().invoke(replacing, input=typed) for typed in ("\n", "y\n"))
    assert empty.stderr.startswith(asked)
    assert (empty.exit_code, yes.exit_code) == (1, 0)
