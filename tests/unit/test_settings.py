"""Settings: defaults, values, and that a bad one is never taken for the default."""

from ipaddress import IPv4Network
from pathlib import Path

import pytest

from buildpacks.errors import Refused
from buildsvc import settings

HOME = {"HOME": "/people/me"}


def read(**given):
    return settings.read({**HOME, **given}, root=False)


def test_the_defaults_of_a_plain_user():
    found = read()
    assert found.data == Path("/people/me/.local/share/buildsvc")
    assert (found.listen_host, found.listen_port) == ("127.0.0.1", 8420)
    assert (found.redis_url, found.docker_host, found.admin_token) == (None, None, None)
    assert found.subnets == (IPv4Network("10.213.0.0/16"),)
    assert (found.workers, found.streams, found.threads, found.log_level) == (2, 16, 24, "info")
    assert (found.max_upload, found.poll, found.watch_polling) == (2 * 1024**3, 2.0, False)
    assert found.inbox == found.data / "inbox"
    assert found.buildpacks == found.data / "buildpacks"


def test_the_defaults_of_root():
    found = settings.read({}, root=True)
    assert found.data == Path("/var/lib/buildsvc")
    assert found.runtime_root == Path("/run")


def test_every_value_is_read():
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
        BUILDSVC_THREADS="5",
        BUILDSVC_LOG_LEVEL="DEBUG",
        BUILDSVC_ADMIN_TOKEN="0123456789abcdef",
        XDG_RUNTIME_DIR="/run/user/1",
    )
    assert found == settings.Settings(
        data=Path("/data"),
        listen_host="::",
        listen_port=80,
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
        threads=5,
        log_level="debug",
        admin_token="0123456789abcdef",
        runtime_root=Path("/run/user/1"),
    )


def test_a_variable_set_to_nothing_counts_as_not_set():
    assert read(BUILDSVC_WORKERS="", BUILDSVC_REDIS_URL=" ") == read()


def test_the_engines_own_variable_is_the_second_choice():
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
        ("THREADS", "16"),
        ("LOG_LEVEL", "loud"),
        ("ADMIN_TOKEN", "short"),
    ],
)
def test_a_bad_value_is_refused_and_never_becomes_the_default(name, value):
    with pytest.raises(Refused, match=f"BUILDSVC_{name}") as caught:
        read(**{f"BUILDSVC_{name}": value})
    assert caught.value.code == "bad-setting"
    assert caught.value.hint


def test_a_token_or_a_password_in_a_bad_value_is_not_shown():
    with pytest.raises(Refused) as caught:
        read(BUILDSVC_ADMIN_TOKEN="hush hush hush hush")
    assert "hush" not in str(caught.value)
    with pytest.raises(Refused) as caught:
        read(BUILDSVC_REDIS_URL="http://me:hush@r")
    assert "hush" not in str(caught.value)


def test_an_unknown_setting_is_refused_with_a_suggestion():
    with pytest.raises(Refused, match="BUILDSVC_WORKER ") as caught:
        read(BUILDSVC_WORKER="3")
    assert caught.value.code == "unknown-setting"
    assert caught.value.hint == "Did you mean BUILDSVC_WORKERS?"
    with pytest.raises(Refused):
        settings.read_client({**HOME, "BUILDSVC_TOKN": "x"})


def test_the_laptops_settings_are_read_apart():
    given = {**HOME, "BUILDSVC_URL": "http://site:8420/", "BUILDSVC_TOKEN": "t", "BUILDSVC_DATA": "relative"}
    found = settings.read_client(given)
    assert found == settings.ClientSettings("http://site:8420", "t", Path("/people/me/.config/buildsvc/login.json"))
    windows = settings.read_client({"USERPROFILE": "/u", "APPDATA": "/u/AppData/Roaming"})
    assert windows.login_file == Path("/u/AppData/Roaming/buildsvc/login.json")
    with pytest.raises(Refused):
        settings.read_client({**HOME, "BUILDSVC_URL": "site"})


def test_everything_lies_in_the_data_directory():
    paths = read(BUILDSVC_DATA="/data").paths
    shown = [paths.ledger, paths.secret_key, paths.blobs, paths.bases, paths.spool, paths.inbox, paths.logs, paths.tmp]
    assert [str(p) for p in shown] == [
        f"/data/{name}" for name in ("ledger.db", "secret.key", "blobs", "bases", "spool", "inbox", "logs", "tmp")
    ]
