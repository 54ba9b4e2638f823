"""The service's settings, each declared once: name, type and default.

A new setting is one line here, `name: Type = setting(default)`, and its sentence in every language in
`buildpacks/sentences/*/settings_declared.toml`: `setting.name`, and `setting-default.name` where it has words.
Its variable is `BUILDSVC_NAME`. It is read from the environment and the settings file, `buildsvc settings` shows it,
`scripts/reference` writes it into docs/settings.md and docs/zh/settings.md.
"""

from __future__ import annotations

import socket
from pathlib import Path

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from buildsvc.settings.data_paths import Paths
from buildsvc.settings.written import (
    AbsolutePath,
    Count,
    Days,
    Flag,
    HttpsUrl,
    Kinds,
    Language,
    Level,
    Listening,
    Networks,
    RedisUrl,
    Seconds,
    Size,
    Subnets,
    SyslogUrl,
    Text,
    Threads,
    TimeZone,
    Token,
    setting,
)

PREFIX = "BUILDSVC_"


class Settings(BaseSettings):
    """The settings of the service. Sizes in bytes, durations in seconds; None where nothing is set."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", validate_default=True)

    settings_file: AbsolutePath = setting(None)
    data: AbsolutePath = setting(None)
    site_name: Text = setting(lambda _: socket.gethostname())
    listen: Listening = setting("127.0.0.1:8420")
    tls: Flag = setting("no")
    certificate: AbsolutePath | None = setting(None)
    redis_url: RedisUrl | None = setting(None)
    subnets: Subnets = setting("10.213.0.0/16")
    workers: Count = setting("2")
    max_upload: Size = setting("2g")
    engine: Text = setting("docker")
    docker_host: Text | None = setting(None)
    time_zone: TimeZone | None = setting(None)
    inbox: AbsolutePath = setting(lambda given: Paths(given["data"]).inbox)
    bundle_keys: AbsolutePath | None = setting(None)
    bundle_folders: Text = setting("/media:/mnt:/run/media")
    buildpacks: AbsolutePath = setting(lambda given: Paths(given["data"]).buildpacks)
    poll: Seconds = setting("2s")
    watch_polling: Flag = setting("no")
    streams: Count = setting("500")
    uploads: Count = setting("64")
    threads: Threads = setting("16")
    per_address: Count = setting("256")
    trusted_proxies: Networks = setting(())
    backup_folder: AbsolutePath | None = setting(None)
    backup_every: Seconds = setting("24h")
    backup_keep: Count = setting("7")
    backup_key: Text | None = setting(None)
    backup_bases: Flag = setting("no")
    dumps: AbsolutePath = setting(lambda given: Paths(given["data"]).dumps)
    keep_dumps: Count = setting("5")
    notify: Text | None = setting(None)
    webhooks: AbsolutePath | None = setting(None)
    scan: Text | None = setting(None)
    scan_timeout: Seconds = setting("2m")
    keep_releases: Count = setting("10")
    keep_history: Days = setting("365")
    keep_versions: Count = setting("20")
    approval_days: Count = setting("7")
    verify_rate: Size = setting("4m")
    session_idle: Seconds = setting("1h")
    session_length: Seconds = setting("12h")
    password_length: Count = setting("12")
    password_kinds: Kinds = setting("1")
    password_days: Count | None = setting(None)
    lock_after: Count = setting("5")
    lock_for: Seconds = setting("15m")
    second_factor: Flag = setting("no")
    separate_powers: Flag = setting("no")
    ldap_url: Text | None = setting(None)
    ldap_base: Text = setting("")
    ldap_filter: Text = setting("(uid={name})")
    ldap_reader: Text | None = setting(None)
    ldap_password_file: AbsolutePath | None = setting(None)
    ldap_trusted: AbsolutePath | None = setting(None)
    oidc_issuer: HttpsUrl | None = setting(None)
    oidc_client: Text = setting("buildsvc")
    oidc_secret_file: AbsolutePath | None = setting(None)
    oidc_name: Text | None = setting(None)
    oidc_claim: Text = setting("preferred_username")
    oidc_scopes: Text = setting("openid profile")
    oidc_redirect: HttpsUrl | None = setting(None)
    oidc_trusted: AbsolutePath | None = setting(None)
    audit_days: Days = setting("180")
    syslog: SyslogUrl | None = setting(None)
    log_level: Level = setting("info")
    language: Language = setting("en")
    admin_token: Token | None = setting(None)
    runtime_root: AbsolutePath = setting(None)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take what is handed in and nothing else: `reading` reads, and knows where each value came from."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)

    @property
    def listen_host(self) -> str:
        return self.listen.host

    @property
    def listen_port(self) -> int:
        return self.listen.port

    @property
    def served_certificate(self) -> Path | None:
        """The PEM file that is served, given or made; None without TLS."""
        return self.certificate or (self.paths.front / "site.pem" if self.tls else None)

    @property
    def paths(self) -> Paths:
        return Paths(self.data)


def variable(field: str) -> str:
    """Return the variable of a setting: `max_upload` -> `BUILDSVC_MAX_UPLOAD`."""
    return PREFIX + field.upper()
