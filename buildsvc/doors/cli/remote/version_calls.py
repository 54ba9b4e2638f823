"""The service's versions and bundles as its clients see them: one method a route."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Literal

from buildsvc.doors.cli.remote.asking import UPLOADED, Asking, Progress, Sent, part
from buildsvc.doors.cli.remote.exchange import HttpAnswer, unreachable
from buildsvc.model.api import Accepted
from buildsvc.model.streams import Readable
from buildsvc.model.version_views import ChangeView, OutlookView, VersionView, WantedView


@dataclass(frozen=True)
class Wish:
    """Bring an application to a version: `cause` is install, upgrade or rollback; `name` what it is called there."""

    application: str
    version: str
    cause: str
    name: str | None = None
    secrets: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, Literal["site", "version"]] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    without_backup: tuple[str, ...] = ()
    restored: tuple[str, ...] = ()


class VersionCalls(Asking):
    """What a client can ask about versions."""

    def create_version(self, application: str, name: str | None, note: str) -> Accepted:
        path = f"applications/{part(application)}/versions"
        return self.decode(Accepted, self.call("POST", path, json={"name": name, "note": note}))

    def versions(self, application: str | None) -> list[VersionView]:
        return self.get(list[VersionView], "versions", {"application": application})

    def version(self, application: str, wanted: str) -> VersionView:
        return self.get(VersionView, _version(application, wanted))

    def difference(self, application: str, before: str, after: str) -> list[ChangeView]:
        return self.get(list[ChangeView], f"{_version(application, before)}/difference", {"to": after})

    def export(self, application: str, wanted: str, platforms: tuple[str, ...], have: tuple[str, ...]) -> Accepted:
        asked = {"platforms": platforms, "have": have}
        return self.decode(Accepted, self.call("POST", f"{_version(application, wanted)}/export", json=asked))

    def bundle(self, document: str, start: int) -> Iterator[bytes]:
        """Fetch the file of an exported bundle, from byte `start` on, as it arrives. Raises Unreachable where it
        breaks.
        """
        headers = {"Accept": "*/*", "Range": f"bytes={start}-"}
        answer = self.call("GET", f"bundles/{part(document)}", headers=headers)
        try:
            while data := answer.some():
                yield data
        except (OSError, HTTPException) as error:
            raise unreachable(self.url, error) from error
        finally:
            answer.close()

    def sums(self, document: str) -> bytes:
        """SHA256SUMS of an exported bundle."""
        return self.call("GET", f"bundles/{part(document)}/sums", headers={"Accept": "*/*"}).content()

    def sign_bundle(self, document: str, signatures: Mapping[str, bytes]) -> None:
        self.call("PUT", f"bundles/{part(document)}/signature", json=_spelled(signatures)).close()

    def begin_import(self, document: bytes, signatures: Mapping[str, bytes], *, pin: bool) -> WantedView:
        headers = {"Content-Type": "application/json"}
        params = {"pin": "true" if pin else "false", **_spelled(signatures)}
        return self.decode(WantedView, self.call("POST", "bundles", params=params, headers=headers, body=document))

    def put_blob(self, bundle: str, digest: str, stream: Readable, size: int, progress: Progress) -> None:
        body = Sent(stream, size, progress)
        path = f"bundles/{part(bundle)}/blobs/{part(digest)}"
        self.call("PUT", path, body=body, headers={"Content-Type": body.kind}, wait=UPLOADED).close()

    def finish_import(self, bundle: str) -> Accepted:
        return self.decode(Accepted, self.call("POST", f"bundles/{part(bundle)}/finish", wait=UPLOADED))

    def import_on_server(self, path: str) -> Accepted:
        return self.decode(Accepted, self.call("POST", "bundles/on-server", json={"path": path}, wait=UPLOADED))

    def have(self) -> list[str]:
        return self.get(list[str], "have")

    def outlook(self, wish: Wish) -> OutlookView:
        return self.decode(OutlookView, self._wished("outlook", wish))

    def bring(self, wish: Wish) -> Accepted:
        return self.decode(Accepted, self._wished("bring", wish))

    def _wished(self, what: str, wish: Wish) -> HttpAnswer:
        asked: dict[str, object] = {
            "name": wish.name,
            "secrets": wish.secrets,
            "answers": wish.answers,
            "values": wish.values,
        }
        # A service of an older version knows nothing of these, and refuses what it does not know.
        data = {"without_backup": wish.without_backup, "restored": wish.restored}
        asked |= {name: components for name, components in data.items() if components}
        path = f"{_version(wish.application, wish.version)}/{what}"
        return self.call("POST", path, params={"cause": wish.cause}, json=asked)


def _spelled(signatures: Mapping[str, bytes]) -> dict[str, str]:
    """Both sections in base64, under the names that the service gives them."""
    names = {"signature": "SHA256SUMS.sig", "key": "SHA256SUMS.pem"}
    return {name: b64encode(signatures[one]).decode() for name, one in names.items() if one in signatures}


def _version(application: str, wanted: str) -> str:
    return f"applications/{part(application)}/versions/{part(wanted)}"
