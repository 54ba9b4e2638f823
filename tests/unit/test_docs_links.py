"""The documentation holds together: links lead somewhere, folder tables name what is there, commands can be typed."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from buildsvc.doors.cli.main import cli

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    page
    for page in ROOT.rglob("*.md")
    if not {part for part in page.relative_to(ROOT).parts if part.startswith(".")} & {".venv", ".cache", ".demo"}
)
ROOM_READMES = [page for page in PAGES if page.name == "README.md" and page.parent != ROOT]


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


def prose(text: str) -> str:
    """The page without its fenced blocks, whose brackets are no links."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """What a link may name after `#`: headings as GitHub and its like write them."""
    headings = re.findall(r"^#+ (.+)$", prose(page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def dead_links(page: Path) -> Iterator[str]:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        if not found.exists() or (anchor and found.suffix == ".md" and anchor not in anchors(found)):
            yield target


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_somewhere(page: Path) -> None:
    assert list(dead_links(page)) == []


def absent(page: Path) -> Iterator[str]:
    """Names in the first column of a table of modules or rooms that are neither a file nor a folder beside the page."""
    inside = False
    for line in page.read_text(encoding="utf-8").splitlines():
        if not line.startswith("|"):
            inside = False
        elif re.match(r"\| (module|room|file|folder) \|", line):
            inside = True
        elif inside:
            for name in re.findall(r"`([^`]+)`", line.split("|")[1]):
                place = page.parent / name
                if not place.exists() and not place.with_name(place.name + ".py").exists():
                    yield name


@pytest.mark.parametrize("page", ROOM_READMES, ids=named)
def test_a_folders_table_names_what_is_there(page: Path) -> None:
    assert list(absent(page)) == []


def test_a_dead_link_and_an_absent_room_would_be_seen(tmp_path: Path) -> None:
    page = tmp_path / "README.md"
    page.write_text(
        "# One two\n[a](#one-two) [b](#three) [c](gone.md) [d](http://x)\n```\n[e](no)\n```\n\n"
        "| room | x |\n| `y/` | z |\n",
        encoding="utf-8",
    )
    assert list(dead_links(page)) == ["#three", "gone.md"]
    assert list(absent(page)) == ["y/"]


def typed(page: Path) -> Iterator[str]:
    """Lines of code blocks, fenced or indented, that begin with the command."""
    text = page.read_text(encoding="utf-8")
    joined = re.sub(r"\\\n\s*", " ", text)
    for line in joined.splitlines():
        if match := re.match(r"(?:    )?(?:\$ )?(?:[A-Z_]+=\S+ )*buildsvc (.+)$", line):
            yield match[1]


def wrong_in(words: list[str]) -> str:
    """What the command line would not know in these words after `buildsvc`, empty when it knows all."""
    command: click.Command = cli
    context = click.Context(cli, info_name="buildsvc")
    while isinstance(command, click.Group) and words and words[0][0].islower():
        found = command.get_command(context, words[0])
        if found is None:
            return words[0]
        command, words = found, words[1:]
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    given = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
    return " ".join(sorted(given - known - {"--help", "-h", "--version"}))


def shell_words(line: str) -> list[str]:
    """The words of one command, without brackets around what may be left out and what follows a pipe or a remark."""
    plain = re.split(r"\s+(?:[|#;>]|&&)|\s{3,}|\s*;", line)[0].replace("[", "").replace("]", "")
    return shlex.split(plain, comments=False)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_what_the_pages_tell_to_type_exists(page: Path) -> None:
    assert {line: wrong for line in typed(page) if (wrong := wrong_in(shell_words(line)))} == {}


def test_a_command_and_an_option_that_do_not_exist_would_be_seen(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "```sh\nbuildsvc pusch a.jar\n```\n\n    buildsvc push a.jar --apq x   # a remark\n", encoding="utf-8"
    )
    assert [wrong_in(shell_words(line)) for line in typed(page)] == ["pusch", "--apq"]


TOPS = ("buildpacks", "buildsvc", "docs", "examples", "scripts", "tests", "webui")
WRITTEN_PATH = re.compile(rf"`((?:{'|'.join(TOPS)})/[^`\s]*|[\w-]+\.(?:js|py|toml))`")


def absent_paths(page: Path) -> Iterator[str]:
    """Paths in code marks, from the root or a file's name alone, where nothing lies. `NAME` and `*` stand for any name,
    `{a,b}` for each.
    """
    for path in WRITTEN_PATH.findall(page.read_text(encoding="utf-8")):
        before, _, rest = path.rstrip("/").replace("NAME", "*").partition("{")
        inside, _, after = rest.partition("}")
        each = [f"{before}{one}{after}" for one in inside.split(",")]
        places = [each] if "/" in path else [[path], *([f"{top}/**/{path}"] for top in TOPS)]
        if not any(all(any(ROOT.glob(one)) for one in those) for those in places):
            yield path


@pytest.mark.parametrize("page", [ROOT / "CONTRIBUTING.md", ROOT / "docs" / "architecture.md"], ids=named)
def test_every_place_that_a_newcomer_is_sent_to_is_there(page: Path) -> None:
    assert list(absent_paths(page)) == []


def test_a_place_that_is_gone_would_be_seen(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "`webui/gone/` `dom.js` `detect.py` `tests/unit/test_NAME.py` `docs/{zh,fr}/*.md`", encoding="utf-8"
    )
    assert list(absent_paths(page)) == ["webui/gone/", "dom.js", "docs/{zh,fr}/*.md"]
