#!/bin/sh
# buildsvc @VERSION@ for @PLATFORM@: what a bare server needs, in one file. It asks for sh, tar and coreutils, and for no network.
usage() {
    cat <<'TEXT'
sh FILE [--check | --remove [--data]] [--yes] [--listen ADDRESS:PORT] [--tls yes|no] [--wait SECONDS]

  (nothing)    looks, says what it will do, asks, does it. Where an older version runs it takes that one's place;
               applications are not touched.
  --check      only looks; changes nothing
  --yes        asks nothing
  --listen     where the service listens: 0.0.0.0:8420. At the first installation only; later it is a line of
               /etc/buildsvc/settings.env
  --tls        whether it serves by TLS, with a certificate of its own: yes. At the first installation only
  --wait       how long the service may take until it is ready: 120
  --remove     takes away what such a file installed, and only that; data stay
  --data       with --remove: the data too, of the service and of the engine that came with it
TEXT
}

set -u
umask 022
LC_ALL=C
PATH=/usr/sbin:/usr/bin:/sbin:/bin:${PATH-}
export LC_ALL PATH
unset CDPATH

VERSION='@VERSION@'
PLATFORM='@PLATFORM@'
MACHINE='@MACHINE@'
TOP='@HOME@'
SCRIPT=@SCRIPT@
SIZE=@SIZE@
SHA256='@SHA256@'
UNPACKED=@UNPACKED@
ENGINE='@ENGINE@'
MADE=@MADE@
BUNDLES='@BUNDLES@'

CONFIGURATION=/etc/buildsvc
SETTINGS=$CONFIGURATION/settings.env
DATA=/var/lib/buildsvc
ENGINE_DATA=/var/lib/buildsvc-engine
UNITS=/etc/systemd/system
SERVICE=buildsvc.service
ENGINE_UNIT=buildsvc-engine.service
LINK=/usr/local/bin/buildsvc
FIRST=/run/buildsvc-first.env
NEW=$TOP/$VERSION
keep=$DATA/before-$VERSION
stage=
token=

say() { printf '%s\n' "$@"; }

die() { # die STATUS SENTENCE...
    status=$1
    shift
    printf '%s\n' "$@" >&2
    exit "$status"
}

tidy() {
    [ -z "$stage" ] || rm -rf "$stage"
    rm -f "$FIRST"
    rm -rf /run/buildsvc-kit
}

has_systemd() { [ -d /run/systemd/system ]; }

# holds FILE WORD: whether a line of the file is that word, or ends in it after blanks.
holds() {
    [ -r "$1" ] || return 1
    while read -r first rest; do
        [ "$first" != "$2" ] && [ "$rest" != "$2" ] || return 0
    done <"$1"
    return 1
}

# setting NAME DEFAULT: what the settings file says.
setting() {
    found=$2
    if [ -r "$SETTINGS" ]; then
        while read -r line; do
            case $line in "$1="*) found=${line#*=} ;; esac
        done <"$SETTINGS"
    fi
    printf '%s\n' "$found"
}

engine_folder() { # where the engine lies that a kit brought, with a slash at the end; nothing where none did
    for folder in "$TOP"/engine/*/; do
        [ ! -x "${folder}dockerd" ] || printf '%s\n' "$folder"
    done | tail -n 1
}

former() { # the version that is installed; nothing where none is
    [ ! -L "$TOP/current" ] || readlink "$TOP/current"
}
