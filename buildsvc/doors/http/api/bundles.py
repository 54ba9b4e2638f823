"""Bundles: fetched as a file that can be taken up in its middle, brought in blob by blob."""

from __future__ import annotations

import base64
import sys
from typing import BinaryIO, cast

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint

from buildpacks.errors import NotFound, Refused
from buildsvc.doors.http import auth
from buildsvc.doors.http.api.bundle_shapes import BeginQuery, OfBlob, OfBundle, PathBody, SignatureBody, WantedAnswer
from buildsvc.doors.http.api.common import answer, blueprint, the_site
from buildsvc.doors.http.api.shapes import BINARY, AcceptedAnswer, Digests
from buildsvc.doors.memory import give_back_memory
from buildsvc.model.access import Role
from buildsvc.model.bundle import Bundle
from buildsvc.store.bundle import writing
from buildsvc.store.bundle.sections import LARGEST_DOCUMENT, SIGNATURES, bundle_of, sums_of
from buildsvc.usecases.tend import keeping
from buildsvc.usecases.versions import arriving, importing, signing, views

TAR = "application/x-tar"
_DOCUMENT = {"requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}}
_BLOB = {"requestBody": {"required": True, "content": {"application/octet-stream": BINARY}}}


def routes() -> APIBlueprint:
    """Make the routes of bundles."""
    api = blueprint("bundles", "Carry versions from site to site")
    api.get("/have", summary="The digests that this site has, for a differential bundle", responses={200: Digests})(
        have
    )
    api.get(
        "/bundles/<bundle>",
        summary="The file of an exported bundle; `Range: bytes=N-` goes on from a byte",
        responses={200: {"description": "An uncompressed tar", "content": {TAR: BINARY}}},
    )(fetch)
    api.get(
        "/bundles/<bundle>/sums",
        summary="SHA256SUMS of an exported bundle: what a signature is made of",
        responses={200: {"description": "As sha256sum reads it", "content": {"text/plain": {}}}},
    )(sums)
    api.put(
        "/bundles/<bundle>/signature",
        summary="Sign an exported bundle: its file carries the signature from now on",
        responses={204: None},
    )(sign)
    api.post(
        "/bundles",
        summary="Begin an import: the body is the bundle's app.json, the answer what has to come",
        responses={200: WantedAnswer},
        openapi_extensions=_DOCUMENT,
    )(begin)
    api.put(
        "/bundles/<bundle>/blobs/<digest>",
        summary="Bring one blob of an import",
        responses={204: None},
        openapi_extensions=_BLOB,
    )(put)
    api.post(
        "/bundles/<bundle>/finish",
        summary="End an import, when every blob was brought: the version is written down",
        responses={202: AcceptedAnswer},
    )(finish)
    api.post(
        "/bundles/on-server",
        summary="Import a bundle that lies on the server, below a folder of BUILDSVC_BUNDLE_FOLDERS",
        responses={202: AcceptedAnswer},
    )(import_file)
    return api


@auth.needs(Role.OPERATOR)
def have() -> Response:
    auth.reach_all()
    return answer(Digests(keeping.offered(the_site())))


@auth.needs(Role.OPERATOR)
def fetch(path: OfBundle) -> Response:
    document, bundle = _exported(path)
    signatures = signing.signatures(the_site(), path.bundle)
    size = writing.length(document, bundle, signatures)
    start = _start(request.headers.get("Range", ""), size)
    response = Response(writing.write(the_site().layout, document, bundle, signatures, start=start), mimetype=TAR)
    response.content_length = size - start
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Content-Disposition"] = f'attachment; filename="{bundle.title.replace("@", "-")}.bundle"'
    if start:
        response.status_code = 206
        response.headers["Content-Range"] = f"bytes {start}-{size - 1}/{size}"
    return response


@auth.needs(Role.OPERATOR)
def sums(path: OfBundle) -> Response:
    return Response(sums_of(*_exported(path)), mimetype="text/plain")


@auth.needs(Role.OPERATOR, "sign")
def sign(path: OfBundle, body: SignatureBody) -> Response:
    signing.keep(the_site(), path.bundle, sums_of(*_exported(path)), _signatures(body.signature, body.key))
    return Response(status=204)


@auth.needs(Role.OPERATOR, "import")
def begin(query: BeginQuery) -> Response:
    auth.reach_all()
    request.max_content_length = LARGEST_DOCUMENT
    signatures = _signatures(query.signature, query.key)
    found = importing.begin(the_site(), request.get_data(cache=False), signatures, pin=query.pin)
    return answer(views.wanted_view(found))


@auth.needs(Role.OPERATOR, "import-blob")
def put(path: OfBlob) -> Response:
    auth.reach_all()
    # None would mean the small bound that all other bodies have; the bundle itself says how long a blob is.
    request.max_content_length = sys.maxsize
    importing.put(the_site(), path.bundle, path.digest, cast("BinaryIO", request.stream))
    give_back_memory()
    return Response(status=204)


@auth.needs(Role.OPERATOR, "imported")
def finish(path: OfBundle) -> Response:
    auth.reach_all()
    return answer(arriving.submit_sent(the_site(), path.bundle, actor=auth.caller().name, door=auth.door()), 202)


@auth.needs(Role.OPERATOR, "import-file")
def import_file(body: PathBody) -> Response:
    auth.reach_all()
    accepted = arriving.submit_on_server(the_site(), body.path, actor=auth.caller().name, door=auth.door())
    return answer(accepted, 202)


def _exported(path: OfBundle) -> tuple[bytes, Bundle]:
    """Give the document of a bundle that this site exported, where the caller may have it."""
    site = the_site()
    if not path.bundle.startswith("sha256:") or site.ledger.recall(f"bundle:{path.bundle}") is None:
        raise NotFound("no-such-bundle", bundle=path.bundle[:80])
    document = site.layout.read(path.bundle)
    bundle = bundle_of(document)
    auth.reach(bundle.version.application)
    return document, bundle


def _signatures(signature: str, key: str) -> dict[str, bytes]:
    try:
        told = (base64.b64decode(one, validate=True) for one in (signature, key))
        return {name: one for name, one in zip(SIGNATURES, told, strict=True) if one}
    except ValueError as error:
        raise Refused("bundle-signature.half") from error


def _start(asked: str, size: int) -> int:
    """Return the byte N of `bytes=N-`; everything else is answered whole, as the standard allows (RFC 9110, 14.2)."""
    unit, _, rest = asked.partition("=")
    first, dash, last = rest.partition("-")
    if unit != "bytes" or not dash or last or not first.isdecimal():
        return 0
    return int(first) if int(first) < size else 0
