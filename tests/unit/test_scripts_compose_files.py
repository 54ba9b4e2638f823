"""scripts/compose-files counts what is understood, what only lacks files beside it, and what is refused."""

from __future__ import annotations

from pathlib import Path

from scripts import compose_files


def test_files_are_counted_by_what_becomes_of_them(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "one.yml").write_text("services: {a: {image: i}, b: {x-buildsvc: {}}}\n")
    (tmp_path / "a" / "two.yaml").write_text("services: {a: {image: i, env_file: absent.env}}\n")
    (tmp_path / "three.yml").write_text("services: {a: {image: i, imagine: x}}\n")
    (tmp_path / "four.yml").write_text("spring: {application: {name: a}}\n")
    found = compose_files.rows(tmp_path)
    assert [(row.file, row.outcome) for row in found] == [
        ("a/one.yml", compose_files.UNDERSTOOD),
        ("a/two.yaml", compose_files.LACKING),
        ("three.yml", compose_files.REFUSED),
    ]
    told = compose_files.table(found)
    assert "| a/one.yml | 2 | 1 | understood | admitted | admitted |  |" in told
    assert "services.a.imagine is not a known key" in told
    assert "3 files: 1 understood, 1 understood, but for what lies beside it, 1 refused; 3 services." in told
    assert "Admitted by a new site: 2; by the example policy: 2." in told


def test_what_is_wrong_beside_what_lacks_is_told(tmp_path: Path) -> None:
    whole = "services: {a: {build: ../x}, b: {image: i, env_file: [a.env, b/c.env], volumes: ['./n.conf:/n.conf']}}\n"
    (tmp_path / "one.yml").write_text(whole)
    (tmp_path / "two.yml").write_text(whole.replace("{image: i", "{image: i, ports: [many]"))
    one, two = compose_files.rows(tmp_path)
    assert (one.outcome, one.services) == (compose_files.LACKING, 2)
    assert two.outcome == compose_files.REFUSED
    assert "services.b.ports" in two.said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.yml", "two.yml"]


def test_what_the_policy_denies_is_counted_apart_with_the_command_that_admits_it(tmp_path: Path) -> None:
    (tmp_path / "few.yml").write_text("services: {a: {image: i, ports: ['80:80'], volumes: ['/data/a:/a']}}\n")
    (tmp_path / "much.yml").write_text("services: {a: {image: i, volumes: ['/var/run/docker.sock:/s', '/root:/r']}}\n")
    few, much = compose_files.rows(tmp_path)
    assert (few.admitted, few.admitted_by_example) == (False, True)
    assert "buildsvc policy allow ports 80 --app shown" in few.denied
    assert (much.admitted, much.admitted_by_example) == (False, False)
    told = compose_files.table([few, much])
    assert "Admitted by a new site: 0; by the example policy: 1." in told
    assert "docker.sock is given to nobody" in told
    assert compose_files.EXAMPLE.read_text().strip() in told


def test_a_file_of_profiles_alone_is_read_with_all_of_them(tmp_path: Path) -> None:
    (tmp_path / "one.yml").write_text(
        "services: {a: {image: i, profiles: [core]}, b: {build: ./b, profiles: [down]}}\n"
    )
    (one,) = compose_files.rows(tmp_path)
    assert (one.outcome, one.services) == (compose_files.LACKING, 2)
