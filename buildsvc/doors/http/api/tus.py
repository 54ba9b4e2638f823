"""The tus protocol, so that any of its clients can upload here and go on after a break.

Source: tus.io, resumable upload protocol 1.0.0: core, creation, checksum, expiration, termination. An upload that
was begun by its parts (`POST /api/uploads`) is sent by the same requests.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from email.utils import format_datetime

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint

from buildpacks.errors import Conflict, Failure, Refused
from buildpacks.sentences.values import sentence
from buildsvc.doors.http import auth
from buildsvc.doors.http.api import artifacts, upload
from buildsvc.doors.http.api.common import answer, blueprint, parts, the_site
from buildsvc.doors.http.api.shapes import BINARY
from buildsvc.doors.http.api.upload_shapes import OfUpload
from buildsvc.doors.http.api.uploads import own, view
from buildsvc.doors.memory import give_back_memory
from buildsvc.model.access import Role
from buildsvc.model.uploading import OpenUpload
from buildsvc.usecases.people import auditing
from buildsvc.usecases.receive import piecewise

VERSION = "1.0.0"
PIECE = "application/offset+octet-stream"
EXTENSIONS = "creation,checksum,expiration,termination"
_LONGEST_METADATA = 8192
_CONTENT = {"requestBody": {"content": {PIECE: BINARY}}}
_DONE = {"description": "Done; the headers say how far it is."}


class VersionUnknown(Failure):
    """Another version of the protocol."""

    http_status = 412


class ChecksumWrong(Failure):
    """A piece that is not what its checksum says; nothing of it was kept. The protocol's own status."""

    http_status = 460


class UploadLocked(Failure):
    """Somebody else adds to it at this moment."""

    http_status = 423


def routes() -> APIBlueprint:
    """Make the routes of tus."""
    api = blueprint("tus", "Resumable uploads by the tus protocol 1.0.0")
    api.post("/tus", summary="Begin an upload: Upload-Length and Upload-Metadata", responses={201: _DONE})(create)
    api.get("/tus", summary="What of the protocol is understood (OPTIONS says the same)", responses={204: _DONE})(able)
    api.get("/tus/<upload>", summary="How much is here: Upload-Offset, for HEAD too", responses={200: _DONE})(progress)
    api.patch(
        "/tus/<upload>", summary="Send the bytes from Upload-Offset on", responses={204: _DONE},
        openapi_extensions=_CONTENT,
    )(send)  # fmt: skip
    api.delete("/tus/<upload>", summary="Forget an upload", responses={204: _DONE})(forget)
    api.post(
        "/tus/<upload>", summary="PATCH or DELETE, named by X-HTTP-Method-Override", responses={204: _DONE},
        openapi_extensions=_CONTENT,
    )(instead)  # fmt: skip
    return api


@auth.needs(Role.DEVELOPER)
def able() -> Response:
    return _empty(
        {
            "Tus-Version": VERSION,
            "Tus-Extension": EXTENSIONS,
            "Tus-Max-Size": str(the_site().settings.max_upload),
            "Tus-Checksum-Algorithm": ",".join(piecewise.CHECKSUMS),
        }
    )


@auth.needs(Role.DEVELOPER, "upload")
def create() -> Response:
    _require_version()
    said = _metadata(request.headers.get("Upload-Metadata", ""))
    application = artifacts.only(said.get("application") or None)
    component = said.get("component") or None
    auth.aim(application, component)
    filename = upload.plain_name(said.get("filename") or said.get("name") or "")
    if not filename:
        raise Refused("no-filename.tus")
    wishes = {name: upload.means_yes(said.get(name)) for name in ("force", "anyway", "accept_gap")}
    told = artifacts.asked(filename, application, component, **wishes)
    content = piecewise.Content(_number("Upload-Length", least=1), _sha256(said.get("sha256", "")))
    made, _ = piecewise.begin(the_site(), told, content, owner=auth.caller().id)
    return _empty({"Location": f"{request.base_url.rstrip('/')}/{made.id}", **_headers(made)}, 201)


@auth.needs(Role.DEVELOPER)
def progress(path: OfUpload) -> Response:
    found = own(path.upload)
    response = answer(view(found))
    response.headers.update(_headers(found))
    return response


@auth.needs(Role.DEVELOPER, "upload-piece")
def send(path: OfUpload) -> Response:
    _require_version()
    if request.mimetype != PIECE:
        raise Refused("bad-piece", header="Content-Type", value=request.mimetype, wanted=PIECE)
    found = own(path.upload)
    auth.aim(found.application, found.component)
    offset, checksum = _number("Upload-Offset"), _checksum(request.headers.get("Upload-Checksum"))
    request.max_content_length = max(found.expected - offset, 0) + artifacts.FRAMING
    pieces = upload.arriving(request, parts().metrics.uploaded.inc)
    try:
        after = piecewise.append(the_site(), found, offset, pieces, checksum)
    except Conflict as conflict:
        raise _locked(conflict) from conflict
    except Refused as refused:
        raise _checked(refused) from refused
    finally:
        give_back_memory()
    if after.accepted is not None:
        _note(after)
    return _empty(_headers(after))


@auth.needs(Role.DEVELOPER, "upload-forgotten")
def forget(path: OfUpload) -> Response:
    _require_version()
    found = own(path.upload)
    auth.aim(found.application, found.component)
    piecewise.stop(the_site(), found)
    return _empty({})


@auth.needs(Role.DEVELOPER, "upload-piece")
def instead(path: OfUpload) -> Response:
    method = request.headers.get("X-HTTP-Method-Override", "")
    routes_by_name = {"PATCH": send, "DELETE": forget}
    if method not in routes_by_name:
        raise Refused("bad-piece", header="X-HTTP-Method-Override", value=method, wanted="PATCH, DELETE")
    return routes_by_name[method](path)


def _note(after: OpenUpload) -> None:
    """Note the push once, however many pieces it took."""
    accepted = after.accepted
    assert accepted is not None, "asked before"
    target = f"{accepted.application}/{accepted.component}"
    status = 200 if accepted.deployment is None else 202
    auditing.note(
        the_site(), after.actor, "push", target, {"status": status, "upload": after.id}, address=auth.address()
    )


def _headers(found: OpenUpload) -> dict[str, str]:
    store = piecewise.store_of(the_site())
    deployment = found.accepted.deployment.id if found.accepted and found.accepted.deployment else None
    return {
        "Upload-Offset": str(store.received(found)),
        "Upload-Length": str(found.expected),
        "Upload-Expires": format_datetime(store.expires(found), usegmt=True),
        **({"Buildsvc-Deployment": deployment} if deployment else {}),
    }


def _empty(headers: Mapping[str, str], status: int = 204) -> Response:
    response = Response(status=status)
    response.headers.update({"Tus-Resumable": VERSION, **headers})
    return response


def _require_version() -> None:
    asked = request.headers.get("Tus-Resumable", "")
    if asked != VERSION:
        raise VersionUnknown("tus-version", asked=asked, version=VERSION)


def _number(header: str, *, least: int = 0) -> int:
    text = request.headers.get(header, "")
    if not (text.isascii() and text.isdecimal()) or len(text) > 18 or int(text) < least:  # noqa: PLR2004 - digits
        raise Refused("bad-piece", header=header, value=text[:80], wanted=sentence("piece-wanted.number", least=least))
    return int(text)


def _metadata(header: str) -> dict[str, str]:
    """Keys and values: `filename d29ybGQ=,force`; a value is base64."""
    if len(header) > _LONGEST_METADATA:
        raise Refused(
            "bad-piece",
            header="Upload-Metadata",
            value=header[:80],
            wanted=sentence("piece-wanted.short", most=_LONGEST_METADATA),
        )
    found = {}
    for pair in filter(None, header.split(",")):
        key, _, value = pair.strip().partition(" ")
        try:
            found[key] = base64.b64decode(value, validate=True).decode()
        except ValueError as error:
            raise Refused(
                "bad-piece", header="Upload-Metadata", value=pair[:80], wanted=sentence("piece-wanted.pairs")
            ) from error
    return found


def _sha256(text: str) -> str:
    if text and not re.fullmatch(r"[0-9a-f]{64}", text):
        raise Refused(
            "bad-piece", header="Upload-Metadata", value=f"sha256 {text[:80]}", wanted=sentence("piece-wanted.sha256")
        )
    return text


def _checksum(header: str | None) -> piecewise.Checksum | None:
    if header is None:
        return None
    algorithm, _, value = header.partition(" ")
    try:
        digest = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if algorithm not in piecewise.CHECKSUMS or not digest:
        wanted = ", ".join(piecewise.CHECKSUMS)
        raise Refused("bad-piece", header="Upload-Checksum", value=header[:80], wanted=wanted)
    return piecewise.Checksum(algorithm, digest)


def _locked(conflict: Conflict) -> Failure:
    """As the protocol wants it said; another failure is itself."""
    return UploadLocked("upload-busy") if conflict.code == "upload-busy" else conflict


def _checked(refused: Refused) -> Failure:
    if refused.code != "upload-checksum":
        return refused
    return ChecksumWrong("upload-checksum", **dict(refused.values or {}))
