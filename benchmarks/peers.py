"""The peers: `docker build` with the layered-extract Dockerfile, and Jib."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
import zipfile
from pathlib import Path

from benchmarks.jars import unpacked

JIB = Path(__file__).parent / "jib"
DOCKERFILE = """\
FROM {base} AS extracted
WORKDIR /extracted
COPY app.jar app.jar
RUN {extract}
FROM {base}
WORKDIR /app
COPY --from=extracted /extracted/out/dependencies/ ./
COPY --from=extracted /extracted/out/spring-boot-loader/ ./
COPY --from=extracted /extracted/out/snapshot-dependencies/ ./
COPY --from=extracted /extracted/out/application/ ./
ENTRYPOINT ["java", "{launcher}"]
"""
EXTRACT = {
    "spring-boot-jarmode-tools": "java -Djarmode=tools -jar app.jar extract --layers --launcher --destination out",
    "spring-boot-jarmode-layertools": "java -Djarmode=layertools -jar app.jar extract --destination out",
}
"""How a jar is taken apart by the library in it, since Spring Boot 3.3 and 2.3."""


class DockerBuild:
    """The Dockerfile that Spring Boot's own documentation gives, over the same base image."""

    name = "docker build"

    def __init__(self, base: str, folder: Path, jar: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True)
        extract, launcher = taken_apart(jar)
        whole = DOCKERFILE.format(base=base, extract=extract, launcher=launcher)
        # The stage that extracts writes, and the base's own user may not: the same base with root in front.
        (folder / "Dockerfile").write_text(whole.replace("WORKDIR /extracted", "USER 0\nWORKDIR /extracted"))
        self.tag = "buildsvc-benchmark/docker"
        self._before = untagged()

    def build(self, jar: Path, *, first: bool) -> float:
        """Seconds from the jar on disk to the image in the engine."""
        shutil.copyfile(jar, self._folder / "app.jar")
        command = ["docker", "build", "-q", "-t", self.tag, *(["--no-cache"] if first else []), str(self._folder)]
        began = time.perf_counter()
        run(command, env={"DOCKER_BUILDKIT": builder()})
        return time.perf_counter() - began

    def forget(self) -> None:
        subprocess.run(["docker", "rmi", "-f", self.tag], capture_output=True, check=False)

    def close(self) -> None:
        """Take away the images of stages that the builder leaves without a name."""
        for image in untagged() - self._before:
            subprocess.run(["docker", "rmi", image], capture_output=True, check=False)


def taken_apart(jar: Path) -> tuple[str, str]:
    """How the layered-extract Dockerfile takes this jar apart, and its launcher. Raises ValueError where it cannot."""
    with zipfile.ZipFile(jar) as archive:
        names = archive.namelist()
        manifest = archive.read("META-INF/MANIFEST.MF").decode()
    found = (command for library, command in EXTRACT.items() if any(f"/{library}-" in name for name in names))
    extract = next(found, None)
    if extract is None:
        raise ValueError(f"{jar.name} carries no library that takes it apart: Spring Boot has one since 2.3")
    return extract, next(line.split(": ")[1].strip() for line in manifest.splitlines() if line.startswith("Main-Class"))


def untagged() -> set[str]:
    """The ids of the engine's images that have no name."""
    return set(run(["docker", "images", "-q", "--no-trunc", "--filter", "dangling=true"]).split())


def compiled_jib(folder: Path, maven: Path) -> tuple[str, float]:
    """The class path of the small program around jib-core, made by Maven, and the seconds that Maven took."""
    shutil.copytree(JIB, folder)
    began = time.perf_counter()
    goals = ("package", "dependency:copy-dependencies", "-DoutputDirectory=target/lib")
    run(["mvn", "-q", "-B", f"-Dmaven.repo.local={maven}", *goals], cwd=folder)
    return f"{folder}/target/jib-peer-1.jar:{folder}/target/lib/*", time.perf_counter() - began


class Jib:
    """jib-core, given classes and libraries already unpacked, as its Maven plugin finds them in a project.

    A `warm` one builds in a Java process that has built before, as a Gradle daemon does; the other starts one for each
    build, as Maven and Jib's command line do. What the process needs to start is not counted.
    """

    def __init__(self, name: str, class_path: str, base: str, folder: Path, *, warm: bool) -> None:
        self.name, self.tag = name, f"buildsvc-benchmark/jib:{'warm' if warm else 'fresh'}"
        self._command = ["java", "-cp", class_path, "JibPeer"]
        self._base, self._folder, self._warm = base, folder, warm
        self._process: subprocess.Popen[str] | None = None

    def build(self, jar: Path, *, first: bool) -> float:
        """Seconds as Jib itself sees them; unpacking the jar is not counted. A first build has a warm base."""
        project = self._folder / "project"
        shutil.rmtree(project, ignore_errors=True)
        main = unpacked(jar, project)
        cache = self._folder / "cache"
        if first:
            shutil.rmtree(cache / "application", ignore_errors=True)
        if self._process is None:
            self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        seconds = self._ask(self._process, self._base, self.tag, str(project), main, str(cache))
        if not self._warm:
            self.close()
        return seconds

    def _ask(self, process: subprocess.Popen[str], *words: str) -> float:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("\t".join(words) + "\n")
        process.stdin.flush()
        answer = process.stdout.readline()
        if not answer:
            raise RuntimeError("Jib's process ended; its error is above")
        return float(answer)

    def forget(self) -> None:
        subprocess.run(["docker", "rmi", "-f", self.tag], capture_output=True, check=False)

    def close(self) -> None:
        """End its process."""
        if self._process is not None:
            self._process.communicate()
            self._process = None


def builder() -> str:
    """`1` where buildx is installed, otherwise the legacy builder."""
    has_buildx = subprocess.run(["docker", "buildx", "version"], capture_output=True, check=False).returncode == 0
    return "1" if has_buildx else "0"


def run(command: list[str], *, cwd: Path | None = None, env: dict[str, str] | None = None) -> str:
    """Run a program to its end. Raises RuntimeError with its last words."""
    whole = {**os.environ, **(env or {})}
    done = subprocess.run(command, cwd=cwd, env=whole, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{(done.stdout + done.stderr)[-2000:]}")
    return done.stdout
