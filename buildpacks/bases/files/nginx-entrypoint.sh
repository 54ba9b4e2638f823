#!/bin/sh
# Starts Nginx after what lies in /docker-entrypoint.d: programs (.sh) are run, .envsh files are read into its environment.
set -eu

case "${1-}" in
    nginx | nginx-debug)
        for script in /docker-entrypoint.d/*; do
            case "$script" in
                *.envsh) [ ! -x "$script" ] || . "$script" ;;
                *.sh) if [ -x "$script" ]; then "$script"; else echo "entrypoint: $script is not executable, and left out"; fi ;;
            esac
        done
        ;;
esac
exec "$@"
