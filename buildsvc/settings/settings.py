"""The service's settings, each declared once: name, type, default and sentence.

A new setting is one line here: `name: Type = setting(default, sentence)`. Its variable is `BUILDSVC_NAME`, it is read
from the environment and the settings file, it is shown by `buildsvc settings`, and `scripts/reference`
writes it into docs/settings.md.
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

    settings_file: AbsolutePath = setting(
        None,
        "The file with further settings, a line NAME=value each; what the environment says comes first.",
        shown="/etc/buildsvc/settings.env for root, else ~/.config/buildsvc/settings.env; need not be there",
    )
    data: AbsolutePath = setting(
        None,
        "The data directory, on a local disk.",
        shown="/var/lib/buildsvc for root, else ~/.local/share/buildsvc",
    )
    site_name: Text = setting(
        lambda _: socket.gethostname(), "What this site is called in bundles and reports.", shown="the host's name"
    )
    listen: Listening = setting("127.0.0.1:8420", "Address and port that the web door listens on.")
    tls: Flag = setting("no", "yes: serve by TLS, with a certificate that is made at the first start if none is given.")
    certificate: AbsolutePath | None = setting(
        None, "The certificate to serve by TLS with: PEM, its chain and its key in one file.", shown="none"
    )
    redis_url: RedisUrl | None = setting(None, "A Redis of your own.", shown="none: an embedded Redis is started")
    subnets: Subnets = setting("10.213.0.0/16", "IPv4 pools of which each application network gets a /22.")
    workers: Count = setting("2", "How many deployments run at the same time.")
    max_upload: Size = setting("2g", "The largest artifact that is taken.")
    engine: Text = setting("docker", "The engine that components run on; there is docker.")
    docker_host: Text | None = setting(
        None, "The Docker Engine, as unix:///run/docker.sock.", shown="DOCKER_HOST, else the usual socket"
    )
    time_zone: TimeZone | None = setting(
        None, "The time zone whose clock maintenance windows go by, as Asia/Shanghai.", shown="none: the server's own"
    )
    inbox: AbsolutePath = setting(
        lambda given: Paths(given["data"]).inbox, "The watched folder.", shown="inbox in the data directory"
    )
    bundle_keys: AbsolutePath | None = setting(
        None,
        "A folder of public keys (NAME.pem or NAME.pub): a bundle without a signature of one of them is refused.",
        shown="none: bundles without signature are taken",
    )
    bundle_folders: Text = setting(
        "/media:/mnt:/run/media",
        "Folders of the server that bundles may be imported from by their path, colons between.",
    )
    buildpacks: AbsolutePath = setting(
        lambda given: Paths(given["data"]).buildpacks,
        "The folder with the site's own buildpacks.",
        shown="buildpacks in the data directory",
    )
    poll: Seconds = setting("2s", "How often the watched folder is read anew.")
    watch_polling: Flag = setting("no", "yes: poll the watched folder only; for NFS and SMB.")
    streams: Count = setting("500", "Event streams that are open at the same time; more readers poll.")
    uploads: Count = setting("64", "Uploads that arrive at the same time; more wait at the front.")
    threads: Threads = setting("16", "Threads that answer what is neither upload nor stream.")
    per_address: Count = setting("256", "Connections that one address may have open at the same time.")
    trusted_proxies: Networks = setting(
        (), "The site's own proxies before the front: what they say of who calls is believed.", shown="none"
    )
    backup_folder: AbsolutePath | None = setting(
        None, "Where backups are made by themselves; it must be there.", shown="none: nothing is backed up by itself"
    )
    backup_every: Seconds = setting("24h", "How often.")
    backup_keep: Count = setting("7", "How many of them are kept.")
    backup_key: Text | None = setting(
        None, "The public key (age1...) that they are encrypted to.", shown="none: they hold secret.key in the clear"
    )
    backup_bases: Flag = setting("no", "yes: with base images and built images.")
    dumps: AbsolutePath = setting(
        lambda given: Paths(given["data"]).dumps,
        "The folder with the dumps that `backup:` commands of components write.",
        shown="dumps in the data directory",
    )
    keep_dumps: Count = setting("5", "How many dumps of each component are kept.")
    notify: Text | None = setting(
        None, "A program that is told what keepers want to know at once, as JSON on its standard input.", shown="none"
    )
    webhooks: AbsolutePath | None = setting(
        None, "The file (TOML) with the webhooks that are told how deployments ended.", shown="none"
    )
    scan: Text | None = setting(
        None, "A program that is asked before an artifact is kept; the path is its last argument.", shown="none"
    )
    scan_timeout: Seconds = setting("2m", "How long that program may take; then the artifact is refused.")
    keep_releases: Count = setting(
        "10", "How many releases of each component that have served are kept, besides what is live."
    )
    keep_history: Days = setting("365", "How long events and journals of ended deployments are kept.")
    keep_versions: Count = setting("20", "How many versions of each application are kept, besides the installed one.")
    approval_days: Count = setting("7", "How many days a push waits for its approval before it ends.")
    verify_rate: Size = setting("4m", "Bytes a second that the slow round over everything that is kept may read.")
    session_idle: Seconds = setting("1h", "After how long without a request a browser's session ends.")
    session_length: Seconds = setting("12h", "After how long a browser's session ends whatever is done with it.")
    password_length: Count = setting("12", "How many characters a password has at least.")
    password_kinds: Kinds = setting("1", "How many kinds it mixes: small letters, capitals, digits, all else.")
    password_days: Count | None = setting(None, "After how many days it has to be changed.", shown="none: never")
    lock_after: Count = setting("5", "After how many wrong passwords a name is locked; tokens are not.")
    lock_for: Seconds = setting("15m", "How long it is locked; an admin unlocks it sooner.")
    second_factor: Flag = setting("no", "yes: whoever signs in by a password needs a one-time code too.")
    separate_powers: Flag = setting(
        "no", "yes: nobody is both admin and auditor, and auditors alone read the audit log."
    )
    ldap_url: Text | None = setting(
        None, "A directory that proves who somebody is: ldaps://HOST, or ldap://HOST (then by StartTLS).", shown="none"
    )
    ldap_base: Text = setting(
        "", "Below what persons are found in it, as ou=people,dc=example,dc=org.", shown="none: all of it"
    )
    ldap_filter: Text = setting("(uid={name})", "How they are found there by their name.")
    ldap_reader: Text | None = setting(None, "The DN that looks for them.", shown="none: nobody")
    ldap_password_file: AbsolutePath | None = setting(None, "The file with the password of that DN.", shown="none")
    ldap_trusted: AbsolutePath | None = setting(
        None, "The certificates (PEM) that are believed of the directory.", shown="none: those of this machine"
    )
    oidc_issuer: HttpsUrl | None = setting(
        None, "An identity provider (OpenID Connect) that proves who somebody is, by its issuer.", shown="none"
    )
    oidc_client: Text = setting("buildsvc", "What this site is called there (its client id).")
    oidc_secret_file: AbsolutePath | None = setting(None, "The file with the secret of that client.", shown="none")
    oidc_name: Text | None = setting(None, "What the page calls the provider.", shown="none: its host")
    oidc_claim: Text = setting("preferred_username", "The claim that is a person's name here, as email or upn.")
    oidc_scopes: Text = setting("openid profile", "What is asked for, openid among it.")
    oidc_redirect: HttpsUrl | None = setting(
        None,
        "Where the provider sends browsers back to, as it is registered there.",
        shown="none: /api/session/oidc/callback at the address that the page was asked by",
    )
    oidc_trusted: AbsolutePath | None = setting(
        None, "The certificates (PEM) that are believed of the provider.", shown="none: those of this machine"
    )
    audit_days: Days = setting("180", "How long the audit log is kept before it is exported and cut.")
    syslog: SyslogUrl | None = setting(None, "A syslog that gets every entry of the audit log.", shown="none")
    log_level: Level = setting("info", "How much is logged.")
    language: Language = setting(
        "en",
        "What people are told in who ask for no other language.",
        shown="en; on the command line the terminal's language, else en",
    )
    admin_token: Token | None = setting(
        None, "The first admin token, for an unattended set-up.", shown="none: a new one is printed once"
    )
    runtime_root: AbsolutePath = setting(
        None, "Where sockets lie.", shown="/run for root, else XDG_RUNTIME_DIR or /tmp"
    )

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
