from __future__ import annotations

import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from buildpacks.errors import Failure, NotFound
from buildsvc.model.application import Secret
from buildsvc.store.ledger import Ledger
from buildsvc.store.secrets import Secrets
from tests.ledgers import open_ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = open_ledger(tmp_path / "ledger.db")
    yield ledger
    ledger.close()


@pytest.fixture
def secrets(ledger: Ledger, tmp_path: Path) -> Secrets:
    return Secrets(ledger, tmp_path / "secret.key")


def test_a_value_comes_back_and_lies_nowhere_in_the_clear(secrets: Secrets, ledger: Ledger, tmp_path: Path) -> None:
    secrets.put("shop", "order.DB_PASSWORD", "hunter2-中文")
    assert secrets.get("shop", "order.DB_PASSWORD") == "hunter2-中文"
    ledger.close()
    assert not any(b"hunter2" in path.read_bytes() for path in tmp_path.iterdir())


def test_the_key_is_private_made_once_and_alone(secrets: Secrets, tmp_path: Path) -> None:
    secrets.put("shop", "a", "1")
    key = (tmp_path / "secret.key").read_bytes()
    secrets.put("shop", "b", "2")
    assert (tmp_path / "secret.key").read_bytes() == key
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600
    assert list(tmp_path.glob("secret.key.*")) == []


def test_many_who_come_first_at_once_use_one_key(secrets: Secrets) -> None:
    threads = [threading.Thread(target=secrets.put, args=("shop", str(n), str(n))) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [secrets.get("shop", str(n)) for n in range(8)] == [str(n) for n in range(8)]


def test_an_environment_is_resolved_and_plain_values_stay(secrets: Secrets) -> None:
    secrets.put("shop", "s", "value")
    assert secrets.resolve("shop", (("A", "plain"), ("B", Secret("s")))) == {"A": "plain", "B": "value"}


def test_secrets_belong_to_one_application(secrets: Secrets) -> None:
    secrets.put("shop", "s", "value")
    assert secrets.names("shop") == ("s",)
    assert secrets.names("bank") == ()
    with pytest.raises(NotFound):
        secrets.resolve("bank", (("B", Secret("s")),))


def test_a_removed_or_misspelt_secret_is_not_found(secrets: Secrets) -> None:
    secrets.put("shop", "password", "1")
    secrets.put("shop", "gone", "1")
    secrets.remove("shop", "gone")
    with pytest.raises(NotFound) as failure:
        secrets.get("shop", "pasword")
    assert failure.value.code == "no-such-secret"
    assert failure.value.hint == "Did you mean 'password'?"
    assert secrets.names("shop") == ("password",)


@pytest.mark.parametrize("content", ["another", "no key at all", None])
def test_a_wrong_or_missing_key_is_a_clear_failure_and_makes_no_new_one(
    secrets: Secrets, ledger: Ledger, tmp_path: Path, content: str | None
) -> None:
    secrets.put("shop", "s", "value")
    key = tmp_path / "secret.key"
    if content == "another":
        (tmp_path / "other").mkdir()
        Secrets(ledger, tmp_path / "other" / "key").put("x", "y", "z")
        key.write_bytes((tmp_path / "other" / "key").read_bytes())
    elif content is None:
        key.unlink()
    else:
        key.write_text(content)
    with pytest.raises(Failure) as failure:
        secrets.get("shop", "s")
    assert failure.value.code == "wrong-key"
    assert "backup" in failure.value.hint
    assert key.exists() == (content is not None)


def test_what_waits_in_the_ledger_can_be_sealed_as_text(secrets: Secrets) -> None:
    sealed = secrets.seal(b"content")
    assert "content" not in sealed
    assert secrets.unseal(sealed) == b"content"
    with pytest.raises(Failure) as failure:
        secrets.unseal("x" + sealed)
    assert failure.value.code == "wrong-key"


def test_a_new_key_opens_everything_and_the_former_one_nothing(
    secrets: Secrets, ledger: Ledger, tmp_path: Path
) -> None:
    secrets.put("shop", "a", "1")
    ledger.remember("proposal:x", secrets.seal(b"waits"))
    former = (tmp_path / "secret.key").read_bytes()
    assert secrets.rotate(lambda: None) == 2
    assert secrets.get("shop", "a") == "1"
    assert secrets.unseal(ledger.recall("proposal:x")) == b"waits"
    newest = (tmp_path / "secret.key").read_bytes()
    assert former not in newest
    assert len(newest.split()) == 1
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600
    (tmp_path / "secret.key").write_bytes(former)
    with pytest.raises(Failure, match="cannot be opened"):
        secrets.get("shop", "a")


def test_a_rotation_that_was_interrupted_goes_on_and_everything_opens_meanwhile(
    secrets: Secrets, tmp_path: Path
) -> None:
    secrets.put("shop", "a", "1")

    def killed() -> None:
        secrets.put("shop", "late", "2")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        secrets.rotate(killed)
    keys = (tmp_path / "secret.key").read_bytes().split()
    assert len(keys) == 2
    assert (secrets.get("shop", "a"), secrets.get("shop", "late")) == ("1", "2")
    secrets.rotate(lambda: None)
    assert (tmp_path / "secret.key").read_bytes().split() == keys[:1]
    assert (secrets.get("shop", "a"), secrets.get("shop", "late")) == ("1", "2")


def test_what_was_sealed_with_the_former_key_at_that_moment_is_sealed_anew(secrets: Secrets, ledger: Ledger) -> None:
    secrets.put("shop", "a", "1")
    late = ledger.sealed("shop")["a"]
    secrets.rotate(lambda: ledger.save_sealed("shop", "late", late))
    assert secrets.get("shop", "late") == "1"


def test_a_key_that_opens_not_everything_is_not_replaced(secrets: Secrets, ledger: Ledger, tmp_path: Path) -> None:
    secrets.put("shop", "a", "1")
    ledger.save_sealed("shop", "foreign", b"gAAAAA")
    former = (tmp_path / "secret.key").read_bytes()
    with pytest.raises(Failure) as failure:
        secrets.rotate(lambda: None)
    assert failure.value.code == "wrong-key"
    assert former in (tmp_path / "secret.key").read_bytes()
    assert secrets.get("shop", "a") == "1"
