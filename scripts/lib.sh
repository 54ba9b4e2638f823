# Shared by the scripts here; sourced after `cd` to the project's root. No function starts anything by being defined.
# shellcheck shell=bash

say() { printf '  %-12s %s\n' "$1" "${2-}"; }

die() { # die SENTENCE [NEXT STEP…]
    printf '\n%s\n' "$1" >&2
    shift
    [ $# -eq 0 ] || printf '%s\n' "$@" >&2
    exit 2
}

# The first Python that is new enough; PYTHON goes before what is found.
find_python() {
    local each
    for each in "${PYTHON-}" python3 python3.11 python3.12 python3.13 python3.14 /usr/bin/python3; do
        [ -n "$each" ] && command -v "$each" >/dev/null 2>&1 || continue
        if "$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$each"
            return
        fi
    done
    die "Python 3.11 or newer is needed, and none was found on PATH." "Install it (apt-get install python3.11), or name it: PYTHON=/path/to/python3 $0"
}

# The package that completes this Python's venv module, empty when it is complete.
venv_package() {
    "$1" -c 'import ensurepip, venv' 2>/dev/null && return
    "$1" - <<'PY'
import os, sys
real = os.path.realpath(sys.executable)
print(f"python3.{sys.version_info.minor}-venv" if real.startswith("/usr/bin/") else "python3-venv")
PY
}

# need COMMAND PACKAGE…: adds the packages to `missing` unless the command is there.
missing=()
need() {
    local command=$1
    shift
    command -v "$command" >/dev/null 2>&1 || [ -x "/usr/sbin/$command" ] || missing+=("$@")
}

# Installs what `missing` names. What packages would start at once is kept from starting: this project starts its own.
install_missing() {
    [ ${#missing[@]} -gt 0 ] || return 0
    command -v apt-get >/dev/null 2>&1 ||
        die "This machine lacks: ${missing[*]}" "They are names of Debian packages; install what they hold, then run this again."
    if [ "$(id -u)" -ne 0 ]; then
        die "This machine lacks packages, and only root can install them. Run:" "" \
            "    sudo apt-get update && sudo apt-get install --no-install-recommends ${missing[*]}" "" "then run this again."
    fi
    say packages "installing ${missing[*]}"
    local log=.cache/apt.log
    local policy=/usr/sbin/policy-rc.d
    local made=
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 755 "$policy"
        made=yes
    fi
    local ended=0
    {
        apt-get -q update &&
            DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0 -o Acquire::Retries=3 \
                install --no-install-recommends "${missing[@]}"
    } >"$log" 2>&1 </dev/null || ended=$?
    [ -z "$made" ] || rm -f "$policy"
    if [ "$ended" -ne 0 ]; then
        tail -n 15 "$log" >&2
        die "apt-get could not install: ${missing[*]}" "Its last words are above, all of them in $log. Mend the package sources, then run this again."
    fi
    missing=()
}

# made_from PYTHON FILE: what .venv is made from, as it is written down beside it.
made_from() { { "$1" -V; pwd; cat pyproject.toml "$2"; } | sha256sum; }

# has_environment PYTHON FILE…: whether .venv holds all that the requirements files name.
has_environment() {
    local python=$1 file
    shift
    for file in "$@"; do
        [ "$(cat ".venv/.made-from-$file" 2>/dev/null)" = "$(made_from "$python" "$file")" ] || return 1
    done
}

# make_environment PYTHON FILE…: .venv holds what the requirements files name, and the project itself.
make_environment() {
    local python=$1 file wanted
    shift
    for file in "$@"; do
        ! has_environment "$python" "$file" || continue
        wanted=$(made_from "$python" "$file")
        say environment "installing $(grep -c '==' "$file") Python packages into .venv, by $file"
        # One that was moved with its folder, or whose Python is gone, is made from nothing.
        if ! .venv/bin/python -m pip --version >/dev/null 2>&1 || ! grep -qF "$(pwd)/.venv" .venv/bin/activate; then
            logged .cache/pip.log "$python" -m venv --clear .venv
        fi
        logged .cache/pip.log .venv/bin/python -m pip install --disable-pip-version-check --progress-bar off --require-hashes -r "$file"
        logged .cache/pip.log .venv/bin/python -m pip install --disable-pip-version-check --no-index --no-deps --no-build-isolation --editable .
        printf '%s\n' "$wanted" >".venv/.made-from-$file"
    done
}

# The version that the newest tag says, by the environment that scripts/setup made.
project_version() { .venv/bin/python -m setuptools_scm; }

# logged FILE COMMAND…: what it prints is kept, and shown only when it fails.
logged() {
    local log=$1
    shift
    "$@" >"$log" 2>&1 </dev/null && return
    tail -n 15 "$log" >&2
    die "This failed: $*" "Its last words are above, all of them in $log."
}

# ensure_engine FOLDER: an engine answers afterwards; one that is started here is recorded in FOLDER.
ensure_engine() {
    local python=.venv/bin/python
    "$python" scripts/owned.py answers && return
    if [ "$(id -u)" -ne 0 ]; then
        die "No Docker Engine answers$("$python" scripts/owned.py why)." \
            "Start it (sudo systemctl start docker) and be a member of the group docker (sudo usermod -aG docker $(id -un), then sign in again), or run this as root."
    fi
    say engine "none answers: starting dockerd"
    "$python" scripts/owned.py start "$1" engine dockerd
    local _
    for _ in $(seq 120); do
        "$python" scripts/owned.py answers && return
        "$python" scripts/owned.py alive "$1" engine || break
        sleep 0.25
    done
    tail -n 15 "$1/engine.log" >&2
    stop_owned "$1" engine
    die "dockerd did not come up." "Its last words are above, all of them in $1/engine.log."
}

stop_owned() { # stop_owned FOLDER NAME: ends what was started there under that name, and nothing else
    .venv/bin/python scripts/owned.py stop "$1" "$2"
}
