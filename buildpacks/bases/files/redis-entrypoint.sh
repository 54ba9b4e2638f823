#!/bin/sh
# Starts Redis: as root it gives the data to `redis` and goes on as that user.
set -eu

# Whether the command or its configuration says something of the protected mode; if not, it is off: a container has a network of its own.
says_protection() {
    for word; do
        case "$word" in --protected-mode | --sentinel) return 0 ;; esac
    done
    [ -f "${2-}" ] && grep -qi '^[[:space:]]*protected-mode[[:space:]]' "$2"
}

case "${1-}" in -* | *.conf | '') set -- redis-server "$@" ;; esac
[ "$1" = redis-server ] || exec "$@"
case "${2-}" in --help | -h | --version | -v | --check-system | --test-memory) exec "$@" ;; esac
if [ "$(id -u)" = 0 ]; then
    find . ! -user redis -exec chown redis:redis {} +
    exec start-stop-daemon -S -c redis:redis -x "$0" -- "$@"
fi
says_protection "$@" || set -- "$@" --protected-mode no
exec "$@"
