"""Settings: defaults, values, and that a bad one is never taken for the default."""

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

import pytest

from buildpacks.errors import Refused
from buildsvc.settings import laptop, reading, unset
from buildsvc.settings.from_text import Address
from buildsvc.settings.settings import Settings, variable
from buildsvc.settings.spoken import read_language

HOME = {"HOME": "/people/me"}


def read(**given: str) -> Settings:
    return reading.read({**HOME, **given}, root=False)


def test_the_defaults_of_a_plain_user() -> None:
    found = read()
    assert found.data == Path("/people/me/.local/share/buildsvc")
    assert (found.listen_host, found.listen_port) == ("127.0.0.1", 8420)
    assert (found.redis_url, found.docker_host, found.admin_token) == (None, None, None)
    assert found.subnets == (IPv4Network("10.213.0.0/16"),)
    assert (found.workers, found.streams, found.threads, found.log_level) == (2, 500, 16, "info")
    assert (found.max_upload, found.poll, found.watch_polling) == (2 * 1024**3, 2.0, False)
    assert found.inbox == found.data / "inbox"
    assert found.buildpacks == found.data / "buildpacks"


def test_the_defaults_of_root() -> None:
    found = reading.read({}, root=True)
    assert found.data == Path("/var/lib/buildsvc")
    assert found.runtime_root == Path("/run")


def test_every_value_is_read() -> None:
    found = read(
        BUILDSVC_DATA="/data",
        BUILDSVC_LISTEN="[::]:80",
        BUILDSVC_REDIS_URL="redis://r:6379/0",
        BUILDSVC_SUBNETS="10.1.0.0/16, 10.2.0.0/20",
        BUILDSVC_WORKERS="4",
        BUILDSVC_MAX_UPLOAD="512m",
        BUILDSVC_DOCKER_HOST="tcp://d:1",
        BUILDSVC_INBOX="/in",
        BUILDSVC_BUILDPACKS="/packs",
        BUILDSVC_POLL="500ms",
        BUILDSVC_WATCH_POLLING="yes",
        BUILDSVC_STREAMS="3",
        BUILDSVC_THREADS="9",
        BUILDSVC_UPLOADS="7",
        BUILDSVC_PER_ADDRESS="20",
        BUILDSVC_TRUSTED_PROXIES="192.0.2.7, 2001:db8::/64",
        BUILDSVC_LOG_LEVEL="DEBUG",
        BUILDSVC_ADMIN_TOKEN="0123456789abcdef",
        XDG_RUNTIME_DIR="/run/user/1",
    )
    assert found == Settings(
        data=Path("/data"),
        settings_file=Path("/people/me/.config/buildsvc/settings.env"),
        listen=Address("::", 80),
        redis_url="redis://r:6379/0",
        subnets=(IPv4Network("10.1.0.0/16"), IPv4Network("10.2.0.0/20")),
        workers=4,
        max_upload=512 * 1024**2,
        docker_host="tcp://d:1",
        inbox=Path("/in"),
        buildpacks=Path("/packs"),
        poll=0.5,
        watch_polling=True,
        streams=3,
        threads=9,
        uploads=7,
        per_address=20,
        trusted_proxies=(IPv4Network("192.0.2.7/32"), IPv6Network("2001:db8::/64")),
        log_level="debug",
        admin_token="0123456789abcdef",
        runtime_root=Path("/run/user/1"),
    )


def test_a_variable_set_to_nothing_counts_as_not_set() -> None:
    assert read(BUILDSVC_WORKERS="", BUILDSVC_REDIS_URL=" ") == read()


def test_the_engines_own_variable_is_the_second_choice() -> None:
    assert read(DOCKER_HOST="unix:///a").docker_host == "unix:///a"
    assert read(DOCKER_HOST="unix:///a", BUILDSVC_DOCKER_HOST="unix:///b").docker_host == "unix:///b"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATA", "relative/path"),
        ("LISTEN", "8420"),
        ("LISTEN", "127.0.0.1:99999"),
        ("REDIS_URL", "localhost:6379"),
        ("SUBNETS", "10.0.0.1/16"),
        ("SUBNETS", "10.0.0.0/24"),
        ("SUBNETS", "10.0.0.0/8,10.1.0.0/16"),
        ("SUBNETS", ","),
        ("WORKERS", "0"),
        ("WORKERS", "two"),
        ("MAX_UPLOAD", "much"),
        ("MAX_UPLOAD", "0"),
        ("POLL", "0"),
        ("POLL", "often"),
        ("WATCH_POLLING", "maybe"),
        ("STREAMS", "-1"),
        ("THREADS", "7"),
        ("TRUSTED_PROXIES", "192.0.2.7/8"),
        ("LOG_LEVEL", "loud"),
        ("ADMIN_TOKEN", "short"),
    ],
)
def test_a_bad_value_is_refused_and_never_becomes_the_default(name: str, value: str) -> None:
    with pytest.raises(Refused, match=f"BUILDSVC_{name}") as caught:
        read(**{f"BUILDSVC_{name}": value})
    assert caught.value.code == "bad-setting"
    assert caught.value.hint


def test_a_token_or_a_password_in_a_bad_value_is_not_shown() -> None:
    with pytest.raises(Refused) as caught:
        read(BUILDSVC_ADMIN_TOKEN="hush hush hush hush")
    assert "hush" not in str(caught.value)
    with pytest.raises(Refused) as caught:
        read(BUILDSVC_REDIS_URL="http://me:hush@r")
    assert "hush" not in str(caught.value)


def test_an_unknown_setting_is_refused_with_a_suggestion() -> None:
    with pytest.raises(Refused, match="BUILDSVC_WORKER ") as caught:
        read(BUILDSVC_WORKER="3")
    assert caught.value.code == "unknown-setting"
    assert caught.value.hint == "Did you mean BUILDSVC_WORKERS?"
    with pytest.raises(Refused):
        laptop.read_client({**HOME, "BUILDSVC_TOKN": "x"})


def test_the_laptops_settings_are_read_apart() -> None:
    given = {**HOME, "BUILDSVC_URL": "http://site:8420/", "BUILDSVC_TOKEN": "t", "BUILDSVC_DATA": "relative"}
    found = laptop.read_client(given)
    assert found == laptop.ClientSettings("http://site:8420", "t", Path("/people/me/.config/buildsvc/login.json"))
    windows = laptop.read_client({"USERPROFILE": "/u", "APPDATA": "/u/AppData/Roaming"})
    assert windows.login_file == Path("/u/AppData/Roaming/buildsvc/login.json")
    with pytest.raises(Refused):
        laptop.read_client({**HOME, "BUILDSVC_URL": "site"})


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"BUILDSVC_LANGUAGE": "zh", "LANG": "en_US.UTF-8"}, "zh"),
        ({"LC_ALL": "zh_CN.UTF-8", "LANG": "en_US.UTF-8"}, "zh"),
        ({"LC_ALL": "", "LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}, "en"),
        ({"BUILDSVC_LANGUAGE": "klingon"}, "en"),
        ({}, "en"),
    ],
)
def test_the_command_line_speaks_the_language_of_the_setting_else_of_the_terminal(
    given: dict[str, str], found: str
) -> None:
    assert read_language(given) == found


def test_a_site_speaks_english_unless_it_is_told_otherwise() -> None:
    assert (read().language, read(BUILDSVC_LANGUAGE="zh").language) == ("en", "zh")
    with pytest.raises(Refused, match="en, zh"):
        read(BUILDSVC_LANGUAGE="klingon")


def test_everything_lies_in_the_data_directory() -> None:
    paths = read(BUILDSVC_DATA="/data").paths
    shown = [paths.ledger, paths.secret_key, paths.blobs, paths.bases, paths.spool, paths.inbox, paths.logs, paths.tmp]
    assert [str(p) for p in shown] == [
        f"/data/{name}" for name in ("ledger.db", "secret.key", "blobs", "bases", "spool", "inbox", "logs", "tmp")
    ]


def test_the_settings_file_is_read_and_the_environment_comes_first(tmp_path: Path) -> None:
    file = tmp_path / "site.env"
    file.write_text("# ours\nBUILDSVC_WORKERS=4\nBUILDSVC_STREAMS='3'\nBUILDSVC_POLL=\n")
    found = read(BUILDSVC_SETTINGS_FILE=str(file), BUILDSVC_WORKERS="5")
    assert (found.workers, found.streams, found.poll) == (5, 3, 2.0)


def test_the_usual_settings_file_need_not_be_there_and_a_named_one_must(tmp_path: Path) -> None:
    ours = tmp_path / "buildsvc" / "settings.env"
    assert read(XDG_CONFIG_HOME=str(tmp_path)).workers == 2
    ours.parent.mkdir()
    ours.write_text("BUILDSVC_WORKERS=7\n")
    assert read(XDG_CONFIG_HOME=str(tmp_path)).workers == 7
    with pytest.raises(Refused, match="is not there") as caught:
        read(BUILDSVC_SETTINGS_FILE=str(tmp_path / "none.env"))
    assert (caught.value.code, bool(caught.value.hint)) == ("bad-settings-file", True)


def test_a_settings_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "site.env"
    file.write_bytes(b"BUILDSVC_WORKERS=\xff\n")
    with pytest.raises(Refused, match=r"site\.env cannot be read") as caught:
        read(BUILDSVC_SETTINGS_FILE=str(file))
    assert caught.value.code == "bad-settings-file"


@pytest.mark.parametrize("name", ["BUILDSVC_WORKER", "WORKERS", "BUILDSVC_URL", "BUILDSVC_SETTINGS_FILE"])
def test_a_line_of_the_settings_file_that_is_no_setting_is_refused_with_its_place(tmp_path: Path, name: str) -> None:
    file = tmp_path / "site.env"
    file.write_text(f"{name}=3\n")
    with pytest.raises(Refused, match=f"{name} of {file}") as caught:
        read(BUILDSVC_SETTINGS_FILE=str(file))
    assert (caught.value.code, bool(caught.value.hint)) == ("unknown-setting", True)


def test_a_bad_value_is_told_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "site.env"
    file.write_text("BUILDSVC_WORKERS=two\n")
    with pytest.raises(Refused, match=f"BUILDSVC_WORKERS of {file} is 'two'") as caught:
        read(BUILDSVC_SETTINGS_FILE=str(file))
    assert caught.value.hint == "Give a whole number from 1 to 1000."
    with pytest.raises(Refused, match="BUILDSVC_WORKERS of the environment"):
        read(BUILDSVC_WORKERS="two")


def in_force(**given: str) -> dict[str, tuple[str, str]]:
    rows = reading.in_force(reading.gather({**HOME, **given}, root=False))
    return {row.name: (row.value, row.place) for row in rows}


def test_the_settings_in_force_say_where_they_come_from_and_hide_secrets(tmp_path: Path) -> None:
    file = tmp_path / "site.env"
    file.write_text("BUILDSVC_WORKERS=4\nBUILDSVC_ADMIN_TOKEN=0123456789abcdef\n")
    rows = in_force(BUILDSVC_SETTINGS_FILE=str(file), BUILDSVC_DATA="/data", DOCKER_HOST="unix:///a")
    assert set(rows) == {variable(name) for name in Settings.model_fields}
    assert rows["BUILDSVC_DATA"] == ("/data", "the environment")
    assert rows["BUILDSVC_WORKERS"] == ("4", str(file))
    assert rows["BUILDSVC_ADMIN_TOKEN"] == ("•••", str(file))
    assert rows["BUILDSVC_DOCKER_HOST"] == ("unix:///a", "DOCKER_HOST")
    assert rows["BUILDSVC_INBOX"] == ("/data/inbox", "default")
    assert rows["BUILDSVC_MAX_UPLOAD"] == ("2g", "default")


def test_the_settings_in_force_are_shown_also_where_one_is_bad() -> None:
    assert in_force(BUILDSVC_WORKERS="two")["BUILDSVC_WORKERS"] == ("two", "the environment")


def test_a_laptop_leaves_the_services_settings_alone() -> None:
    given = dict.fromkeys((variable(name) for name in Settings.model_fields), "x")
    assert laptop.read_client({**HOME, **given}).url is None


def test_a_setting_is_made_without_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUILDSVC_WORKERS", "9")
    assert Settings(settings_file="/s", data="/data", runtime_root="/run").workers == 2


@pytest.mark.parametrize("root", [True, False])
def test_where_nothing_is_set_the_buildpacks_are_known_without_reading(root: bool, tmp_path: Path) -> None:
    given = {"HOME": str(tmp_path), "BUILDSVC_URL": "http://site:8420"}
    assert unset.buildpacks(given, root=root) == reading.read(given, root=root).buildpacks


def test_where_something_is_set_the_settings_have_to_be_read(tmp_path: Path) -> None:
    given = {"HOME": str(tmp_path)}
    assert unset.buildpacks({**given, "BUILDSVC_DATA": "/data"}, root=False) is None
    assert unset.buildpacks({**given, "BUILDSVC_DATAA": "/data"}, root=False) is None
    file = tmp_path / ".config" / "buildsvc" / "settings.env"
    file.parent.mkdir(parents=True)
    file.write_text("BUILDSVC_DATA=/data\n")
    assert unset.buildpacks(given, root=False) is None
