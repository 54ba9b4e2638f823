#!/bin/sh
# Starts MariaDB: as root it gives the data to `mysql` and goes on as that user; at the first start it makes the database.
set -eu
. /usr/local/lib/first-start.sh

SOCKET=/run/mysqld/mysqld.sock
NAMES="ROOT_HOST ROOT_PASSWORD ROOT_PASSWORD_HASH DATABASE USER PASSWORD PASSWORD_HASH ALLOW_EMPTY_ROOT_PASSWORD RANDOM_ROOT_PASSWORD"

# Both spellings are understood; MARIADB_ goes first.
read_variables() {
    for one in $NAMES INITDB_SKIP_TZINFO; do
        told "MARIADB_$one" "MYSQL_$one"
        eval "$one=\${MARIADB_$one-\${MYSQL_$one-}}"
    done
    told MYSQL_ALLOW_EMPTY_PASSWORD
    ALLOW_EMPTY_ROOT_PASSWORD=${ALLOW_EMPTY_ROOT_PASSWORD:-${MYSQL_ALLOW_EMPTY_PASSWORD-}}
    ROOT_HOST=${ROOT_HOST:-%}
}

check_variables() {
    [ -n "$ROOT_PASSWORD$ROOT_PASSWORD_HASH$ALLOW_EMPTY_ROOT_PASSWORD$RANDOM_ROOT_PASSWORD" ] || refuse \
        "The database is new, and root has no password: set MARIADB_ROOT_PASSWORD (or MYSQL_ROOT_PASSWORD)," \
        "MARIADB_ROOT_PASSWORD_HASH, MARIADB_ALLOW_EMPTY_ROOT_PASSWORD or MARIADB_RANDOM_ROOT_PASSWORD."
    [ "$USER" != root ] || refuse "MARIADB_USER is for another user than root: MARIADB_ROOT_PASSWORD gives root its password."
    [ -z "$USER" ] || [ -n "$PASSWORD$PASSWORD_HASH" ] || refuse "MARIADB_USER is set without MARIADB_PASSWORD."
}

# What the server itself says that its configuration comes to; a configuration that it refuses ends the start here.
configured() {
    wanted=$1
    shift
    table=$(mktemp)
    said=$("$@" --verbose --help 2>&1 >"$table") || refuse "MariaDB refuses its configuration: $said"
    awk -v wanted="$wanted" '$1 == wanted && /^[^ \t]/ { sub(/^[^ \t]+[ \t]+/, ""); print; exit }' "$table"
    rm -f "$table"
}

# Text as a literal of SQL.
quoted() { printf "'%s'" "$(printf %s "$1" | sed "s/\\\\/\\\\\\\\/g; s/'/''/g")"; }
named() { printf '`%s`' "$(printf %s "$1" | sed 's/`/``/g')"; }

as_root() { MYSQL_PWD=$NOW mariadb --protocol=socket --socket="$SOCKET" --user=root --comments --default-character-set=utf8mb4 "$@"; }
docker_process_sql() { as_root ${DATABASE:+--database="$DATABASE"} "$@"; }

# Without a port. Nothing needs to survive before all of it does, so the log is not waited for.
start_aside() {
    "$@" --skip-networking --socket="$SOCKET" --default-time-zone=SYSTEM --skip-slave-start \
        --loose-innodb_buffer_pool_load_at_startup=0 --loose-innodb_flush_log_at_trx_commit=0 &
    ASIDE=$!
    until as_root --execute 'SELECT 1' >/dev/null 2>&1; do
        kill -0 $ASIDE 2>/dev/null || refuse "MariaDB ended while its database was made: see above."
        sleep 0.2
    done
}

accounts() {
    echo "SET @@SESSION.SQL_LOG_BIN=0; SET @@SESSION.SQL_MODE=REPLACE(@@SESSION.SQL_MODE, 'NO_BACKSLASH_ESCAPES', '');"
    # Made with the database, and without a password.
    echo "DROP USER IF EXISTS root@'127.0.0.1', root@'::1', root@$(quoted "$(hostname)"), ''@localhost, ''@$(quoted "$(hostname)");"
    if [ -n "$ROOT_PASSWORD_HASH" ]; then by="BY PASSWORD $(quoted "$ROOT_PASSWORD_HASH")"; else by="BY $(quoted "$ROOT_PASSWORD")"; fi
    if [ "$ROOT_HOST" != localhost ]; then
        echo "CREATE USER root@$(quoted "$ROOT_HOST") IDENTIFIED $by; GRANT ALL ON *.* TO root@$(quoted "$ROOT_HOST") WITH GRANT OPTION;"
    fi
    [ -z "$DATABASE" ] || echo "CREATE DATABASE IF NOT EXISTS $(named "$DATABASE");"
    if [ -n "$USER" ]; then
        if [ -n "$PASSWORD_HASH" ]; then own="BY PASSWORD $(quoted "$PASSWORD_HASH")"; else own="BY $(quoted "$PASSWORD")"; fi
        echo "CREATE USER $(quoted "$USER")@'%' IDENTIFIED $own;"
        [ -z "$DATABASE" ] || echo "GRANT ALL ON $(named "$(printf %s "$DATABASE" | sed 's/_/\\_/g; s/%/\\%/g')").* TO $(quoted "$USER")@'%';"
    fi
    echo "SET PASSWORD FOR root@localhost = $(root_password);"
}

root_password() {
    if [ -n "$ROOT_PASSWORD_HASH" ]; then quoted "$ROOT_PASSWORD_HASH"; else echo "PASSWORD($(quoted "$ROOT_PASSWORD"))"; fi
}

make_database() {
    check_variables
    begun "$DATA" || refuse "$DATA holds files and no database: give it an empty folder."
    if [ -n "$RANDOM_ROOT_PASSWORD" ]; then
        ROOT_PASSWORD=$(head -c 24 /dev/urandom | base64 | tr '+/' '-_')
        say "GENERATED ROOT PASSWORD: $ROOT_PASSWORD"
    fi
    say "making the database in $DATA"
    program=$1
    shift
    mariadb-install-db --datadir="$DATA" --rpm --auth-root-authentication-method=normal --skip-test-db --cross-bootstrap \
        --loose-innodb_buffer_pool_load_at_startup=0 --loose-innodb_buffer_pool_dump_at_shutdown=0 "$@" >/tmp/made ||
        { cat /tmp/made >&2; refuse "The database could not be made."; }
    NOW=
    start_aside "$program" "$@"
    if [ -z "$INITDB_SKIP_TZINFO" ]; then
        mariadb-tzinfo-to-sql --skip-write-binlog /usr/share/zoneinfo 2>/dev/null | as_root mysql
    fi
    accounts | as_root
    NOW=$ROOT_PASSWORD
    run_scripts docker_process_sql
    kill $ASIDE
    wait $ASIDE || refuse "MariaDB did not end well after its database was made."
    finished "$DATA"
    say "the database is made"
}

case "${1-}" in -* | '') set -- mariadbd "$@" ;; esac
case "$1" in mariadbd | mysqld) ;; *) exec "$@" ;; esac
for one; do
    case "$one" in --help | -'?' | --version | -V | --print-defaults) exec "$@" ;; esac
done

read_variables
DATA=$(configured datadir "$@")
DATA=${DATA%/}
if [ "$(id -u)" = 0 ]; then
    mkdir -p "$DATA"
    find "$DATA" /run/mysqld ! -user mysql -exec chown mysql:mysql {} +
    exec start-stop-daemon -S -c mysql:mysql -x "$0" -- "$@"
fi
[ -d "$DATA/mysql" ] && [ ! -e "$DATA/$UNFINISHED" ] || make_database "$@"
exec "$@"
