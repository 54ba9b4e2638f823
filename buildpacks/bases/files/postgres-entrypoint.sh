#!/bin/sh
# Starts PostgreSQL: as root it gives the data to `postgres` and goes on as that user; at the first start it makes the database.
set -eu
. /usr/local/lib/first-start.sh

check_variables() {
    [ -n "$POSTGRES_PASSWORD" ] || [ "${POSTGRES_HOST_AUTH_METHOD-}" = trust ] || refuse \
        "The database is new, and $POSTGRES_USER has no password: set POSTGRES_PASSWORD," \
        "or POSTGRES_HOST_AUTH_METHOD=trust, which lets everybody in without one."
}

docker_process_sql() { psql -v ON_ERROR_STOP=1 --no-password --no-psqlrc --username "$POSTGRES_USER" --dbname "${POSTGRES_DB}" "$@"; }

make_database() {
    check_variables
    begun "$PGDATA" || refuse "$PGDATA holds files and no database: give it an empty folder."
    say "making the database in $PGDATA"
    # initdb wants an empty folder: it works beside, and what it made moves in.
    own=$PGDATA/.made
    printf '%s\n' "$POSTGRES_PASSWORD" > /tmp/password
    eval 'set -- '"${POSTGRES_INITDB_ARGS-}"
    [ -z "${POSTGRES_INITDB_WALDIR-}" ] || set -- --waldir "$POSTGRES_INITDB_WALDIR" "$@"
    [ -n "$POSTGRES_PASSWORD" ] && set -- --pwfile=/tmp/password "$@"
    initdb --pgdata="$own" --username="$POSTGRES_USER" "$@"
    rm -f /tmp/password
    find "$own" -mindepth 1 -maxdepth 1 -exec mv {} "$PGDATA" \;
    rmdir "$own"
    printf '\nhost all all all %s\n' "${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" >> "$PGDATA/pg_hba.conf"
    printf "\nlisten_addresses = '*'\nunix_socket_directories = '/run/postgresql'\n" >> "$PGDATA/postgresql.conf"
}

fill_database() {
    # Without a port: nobody meets a database that is half made.
    pg_ctl --pgdata="$PGDATA" --options="$(options "$@") -c listen_addresses='' -p ${PGPORT:-5432}" --wait start
    PGPASSWORD=$POSTGRES_PASSWORD
    export PGPASSWORD
    if [ "$POSTGRES_DB" != postgres ]; then
        printf 'SELECT format(%s, :%s) WHERE NOT EXISTS (SELECT 1 FROM pg_database WHERE datname = :%s) \\gexec\n' \
            "'CREATE DATABASE %I'" "'db'" "'db'" |
            psql -v ON_ERROR_STOP=1 --no-psqlrc --username "$POSTGRES_USER" --dbname postgres --set db="$POSTGRES_DB"
    fi
    run_scripts docker_process_sql
    pg_ctl --pgdata="$PGDATA" --mode=fast --wait stop
    finished "$PGDATA"
    unset PGPASSWORD
    say "the database is made"
}

# The arguments behind the program's name, each as a word that pg_ctl's shell reads back.
options() {
    shift
    for word; do printf "'%s' " "$(printf %s "$word" | sed "s/'/'\\\\''/g")"; done
}

case "${1-}" in -* | '') set -- postgres "$@" ;; esac
[ "$1" = postgres ] || exec "$@"
for one; do
    case "$one" in --help | -'?' | --version | -V | --describe-config) exec "$@" ;; esac
done

if [ "$(id -u)" = 0 ]; then
    mkdir -p "$PGDATA"
    find "$PGDATA" /run/postgresql ! -user postgres -exec chown postgres:postgres {} +
    if [ -n "${POSTGRES_INITDB_WALDIR-}" ]; then
        mkdir -p "$POSTGRES_INITDB_WALDIR"
        chown -R postgres:postgres "$POSTGRES_INITDB_WALDIR"
    fi
    exec start-stop-daemon -S -c postgres:postgres -x "$0" -- "$@"
fi

chmod 0700 "$PGDATA" 2>/dev/null || mkdir -m 0700 -p "$PGDATA" || refuse "$PGDATA cannot be made by user $(id -u)."
told POSTGRES_PASSWORD POSTGRES_USER POSTGRES_DB POSTGRES_INITDB_ARGS
POSTGRES_PASSWORD=${POSTGRES_PASSWORD-}
POSTGRES_USER=${POSTGRES_USER:-postgres}
POSTGRES_DB=${POSTGRES_DB:-$POSTGRES_USER}
export POSTGRES_USER POSTGRES_DB
if [ ! -s "$PGDATA/PG_VERSION" ] || [ -e "$PGDATA/$UNFINISHED" ]; then
    make_database
    fill_database "$@"
fi
exec "$@"
