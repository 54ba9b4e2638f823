"""What a component is configured to be, and what the site changed of it over the Compose file."""

from __future__ import annotations

from buildsvc.model.application import Component, Mount, Port, Secret
from buildsvc.model.configuration_views import ConfigurationView, OwnChangeView, VariableView
from buildsvc.model.own_changes import OwnChange, OwnSettings
from buildsvc.model.shown_commands import shown_command
from buildsvc.usecases.apply.laid_by_site import changes_of
from buildsvc.usecases.apply.laying_own import is_of_a_form
from buildsvc.usecases.site import Site


def configuration(site: Site, application: str, component: str) -> ConfigurationView:
    """Return it; values of secrets are left out. Raises NotFound."""
    part = site.ledger.component(application, component)
    changes = tuple(one for one in changes_of(site, application) if one.component == component)
    settings = changes[-1].settings if changes else OwnSettings()
    own = {*settings.environment, *settings.secret}
    return ConfigurationView(
        application=application,
        component=component,
        is_jar=part.is_jar,
        environment=tuple(
            VariableView(name, None if isinstance(value, Secret) else str(value), name in own)
            for name, value in part.environment
        ),
        taken=settings.taken,
        memory=part.limits.memory,
        cpus=part.limits.cpus,
        ports=tuple(_port(one) for one in part.ports),
        mounts=tuple(_written(one) for one in part.mounts if is_of_a_form(one)),
        kept_mounts=tuple(_told(one) for one in part.mounts if not is_of_a_form(one)),
        health=_health(part),
        changes=tuple(_view(one) for one in reversed(changes)),
        added=settings.added is not None,
    )


def _view(change: OwnChange) -> OwnChangeView:
    settings = change.settings
    return OwnChangeView(
        number=change.number,
        actor=change.actor,
        reason=change.reason,
        at=change.at,
        deployment=change.deployment,
        environment=dict(settings.environment),
        taken=settings.taken,
        secret=settings.secret,
        memory=settings.memory,
        cpus=settings.cpus,
        ports=settings.ports,
        health=settings.health,
        mounts=settings.mounts,
    )


def _port(port: Port) -> str:
    """As a Compose file writes it."""
    host = f"[{port.host_ip}]:" if ":" in port.host_ip else f"{port.host_ip}:" if port.host_ip else ""
    published = "" if port.published is None and not host else f"{host}{port.published or ''}:"
    return f"{published}{port.target}{'' if port.protocol == 'tcp' else f'/{port.protocol}'}"


def _written(mount: Mount) -> str:
    """As a Compose file writes it."""
    return f"{mount.source}:{mount.target}{':ro' if mount.read_only else ''}"


def _told(mount: Mount) -> str:
    source = mount.source[:12] if mount.kind == "content" else mount.source
    return f"{mount.kind} {source} → {mount.target}{' (ro)' if mount.read_only else ''}"


def _health(part: Component) -> str:
    if part.jar is not None:
        check = part.jar.health
        return "" if check is None else check.path if check.port is None else f"{check.port} {check.path}"
    return "" if part.healthcheck is None else shown_command(part.healthcheck.test)
