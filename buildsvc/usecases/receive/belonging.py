"""A jar that was put on one component and says that it is another's: asked about, because one slip makes both wrong.

What a component accepts is what it is known by from then on: with another's jar it would take that one's jars too.
"""

from __future__ import annotations

from buildpacks.errors import Conflict
from buildsvc.model.artifact import Identity
from buildsvc.usecases.receive.arrival import Upload
from buildsvc.usecases.receive.whose import Match, candidates, says_it_is
from buildsvc.usecases.site import Site


def ask_if_elsewhere(site: Site, said: Identity, found: Match, upload: Upload) -> None:
    """Raise Conflict `belongs-elsewhere`, which names who has it, where an artifact does not say that it is `found`'s
    and says that it is another's. `upload.anyway` is the answer. A component of the same name in another application
    is a second installation of the same, not another.
    """
    if upload.anyway or not (said.spring_name or said.artifact_id or said.title):
        return
    mine = candidates(site, found.application, found.component)
    if says_it_is(said, *mine[found.application, found.component]):
        return
    owners = [
        (application, component)
        for (application, component), known in sorted(candidates(site, None, None).items())
        if says_it_is(said, *known)
        and (application == found.application or component != found.component)
        and (upload.reach is None or application in upload.reach)
    ]
    if not owners:
        return
    owner = next((one for one in owners if one[0] == found.application), owners[0])
    raise Conflict(
        "belongs-elsewhere",
        filename=upload.filename,
        said=said.spring_name or said.artifact_id or said.title,
        owner=f"{owner[0]}/{owner[1]}",
        asked=f"{found.application}/{found.component}",
        candidates=[f"{application}/{component}" for application, component in owners],
    )
