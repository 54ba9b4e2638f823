"""Every setting: its name, its default, and what it means. `docs/settings.md` shows the same rows."""

from __future__ import annotations

SERVICE = (
    (
        "BUILDSVC_DATA",
        "/var/lib/buildsvc for root, else ~/.local/share/buildsvc",
        "The data directory, on a local disk.",
    ),
    ("BUILDSVC_LISTEN", "127.0.0.1:8420", "Address and port that the web door listens on, as address:port."),
    ("BUILDSVC_REDIS_URL", "none: an embedded Redis is started", "A Redis of your own, as redis://host:6379/0."),
    (
        "BUILDSVC_SUBNETS",
        "10.213.0.0/16",
        "IPv4 pools, with commas between, of which each application network gets a /22.",
    ),
    ("BUILDSVC_WORKERS", "2", "How many deployments run at the same time."),
    ("BUILDSVC_MAX_UPLOAD", "2g", "The largest artifact that is taken, in bytes or with k, m, g."),
    ("BUILDSVC_DOCKER_HOST", "DOCKER_HOST, else the usual socket", "The Docker Engine, as unix:///run/docker.sock."),
    ("BUILDSVC_INBOX", "inbox in the data directory", "The watched folder."),
    ("BUILDSVC_BUILDPACKS", "buildpacks in the data directory", "The folder with the site's own buildpacks."),
    ("BUILDSVC_POLL", "2s", "How often the watched folder is read anew."),
    ("BUILDSVC_WATCH_POLLING", "no", "yes: poll the watched folder only; for NFS and SMB."),
    ("BUILDSVC_STREAMS", "16", "Event streams that are open at the same time; more readers poll."),
    ("BUILDSVC_THREADS", "24", "Threads of the web door; more than BUILDSVC_STREAMS."),
    ("BUILDSVC_LOG_LEVEL", "info", "debug, info, warning or error."),
    ("BUILDSVC_ADMIN_TOKEN", "none: a new one is printed once", "The first admin token, for an unattended set-up."),
)
CLIENT = (
    ("BUILDSVC_URL", "what buildsvc login remembered", "The service that the command line speaks to."),
    ("BUILDSVC_TOKEN", "what buildsvc login remembered", "The token that the command line sends."),
)


def table() -> tuple[tuple[str, str, str], ...]:
    """Every setting as (name, default, meaning), the service's first."""
    return SERVICE + CLIENT
