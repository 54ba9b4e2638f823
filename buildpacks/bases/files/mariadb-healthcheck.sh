#!/bin/sh
# Tells whether MariaDB answers on its port (--connect) and whether InnoDB is ready (--innodb_initialized); without either, both.
# Being refused as a stranger is an answer too.
set -eu

# While the database is made for the first time the server has no port.
answers() {
    said=$(mariadb --no-defaults --host=127.0.0.1 --port="${MARIADB_TCP_PORT:-3306}" --protocol=tcp --user=healthcheck \
        --connect-timeout=5 --execute 'SELECT 1' 2>&1) && return 0
    case "$said" in *'ERROR 1045'* | *'ERROR 1130'*) return 0 ;; *) return 1 ;; esac
}

# The server opens its port when its engines are ready, and not before.
for one in "${@:---connect}"; do
    case "$one" in
        --connect | --innodb_initialized) answers ;;
        --*) echo "healthcheck.sh: $one is not known here; --connect and --innodb_initialized are." >&2; exit 2 ;;
    esac
done
