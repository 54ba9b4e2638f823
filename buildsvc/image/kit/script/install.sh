
# Starting, waiting, and what a first installation does.
address() { # where this server itself reaches the service
    at=$(setting BUILDSVC_LISTEN "$listen")
    host=${at%:*}
    [ "$host" != 0.0.0.0 ] || host=127.0.0.1
    scheme=http
    [ "$(setting BUILDSVC_TLS no)" = no ] || scheme=https
    [ -z "$(setting BUILDSVC_CERTIFICATE '')" ] || scheme=https
    printf '%s://%s:%s\n' "$scheme" "$host" "${at##*:}"
}

shown_address() { # the same, as others reach it
    at=$(address)
    case $at in
        *://127.0.0.1:*)
            [ "$(setting BUILDSVC_LISTEN "$listen")" = "127.0.0.1:${at##*:}" ] || at=${at%%://*}://$(own_address):${at##*:}
            ;;
    esac
    printf '%s\n' "$at"
}

own_address() {
    found=$("$NEW/usr/bin/busybox" ip -4 -o addr show scope global 2>/dev/null | {
        while read -r _ name _ where _; do
            case $name in docker* | br-* | veth*) continue ;; esac
            printf '%s\n' "${where%/*}"
            break
        done
    })
    printf '%s\n' "${found:-$(uname -n)}"
}

ready() { # ready PROGRAM: waits until the service answers that it is; not longer than --wait
    left=$patience
    while [ "$left" -gt 0 ]; do
        if "$1/usr/bin/curl" -fsk -o /dev/null --max-time 2 "$(address)/readyz" 2>/dev/null; then return 0; fi
        sleep 1
        left=$((left - 1))
    done
    return 1
}

last_words() { journalctl -u "$1" -n 15 --no-pager 2>&1; }

start_engine() {
    [ "$engine" = kit ] || return 0
    say "Starting the engine."
    systemctl enable -q "$ENGINE_UNIT" 2>/dev/null
    systemctl start "$ENGINE_UNIT" || die 1 "The engine did not start:" "$(last_words "$ENGINE_UNIT")"
}

begin_here() {
    say "Starting the service."
    token=$("$NEW/usr/bin/python3" -c 'import secrets; print("bs_" + secrets.token_urlsafe(32))')
    (umask 077 && printf 'BUILDSVC_ADMIN_TOKEN=%s\n' "$token" >"$FIRST")
    systemctl enable -q "$SERVICE" 2>/dev/null
    systemctl start "$SERVICE"
    ready "$NEW" || die 1 "The service is not ready after $patience s:" "$(last_words "$SERVICE")" "It was left as it is. Look: $LINK doctor. Or: sh $0 --remove"
    rm -f "$FIRST"
}

# The applications of the bundles; on a server that had the service before they are brought, and changed by nobody.
bring_bundles() {
    [ -n "$BUNDLES" ] || return 0
    if [ -z "$token" ]; then
        keep_bundles
        say "The bundles lie in $DATA/bundles. Bring them in with: buildsvc import FILE"
        return 0
    fi
    rm -rf /run/buildsvc-kit
    mkdir -m 700 /run/buildsvc-kit
    command_line login "$(address)" --token - <<TEXT || die 1 "The service does not take the token that it was started with."
$token
TEXT
    for each in $BUNDLES; do
        say "Installing $each."
        command_line import "$stage/bundles/$each.bundle" || die 1 "$each could not be brought in; the service runs."
        command_line install "$each" || say "$each is not installed; when you know why: buildsvc install $each"
    done
}

keep_bundles() {
    [ -n "$BUNDLES" ] || return 0
    mkdir -p "$DATA/bundles"
    mv "$stage"/bundles/* "$DATA/bundles/"
}

command_line() { HOME=/run/buildsvc-kit XDG_CONFIG_HOME=/run/buildsvc-kit "$NEW/bin/buildsvc" "$@"; }

# Without systemd nothing is started here: what to start, and what to do then, is printed.
by_hand() { # by_hand FORMER
    keep_bundles
    say "" "Without systemd, start it so (and let your own init do it at each start):"
    home=$(engine_folder)
    [ "$engine" = theirs ] || say "  PATH=${home%/}:$TOP/tables:\$PATH ${home}dockerd --data-root $ENGINE_DATA &"
    say "  $TOP/current/bin/buildsvc up &      prints an admin token at its first start, once"
    if [ -n "$1" ] && [ "$1" != "$VERSION" ]; then
        say "End the one of $1 first (SIGTERM); applications run on. The ledger of before lies in $DATA/before-$VERSION. To go back:" \
            "  ln -sfn $1 $TOP/current; cp -p $DATA/before-$VERSION/* $DATA/; rm -f $DATA/ledger.db-wal $DATA/ledger.db-shm"
    fi
    [ -n "$BUNDLES" ] || return 0
    say "Then bring the applications:" "  $LINK login $(address) --token TOKEN"
    for each in $BUNDLES; do
        say "  $LINK import $DATA/bundles/$each.bundle" "  $LINK install $each"
    done
}

farewell() {
    say "" "buildsvc $VERSION serves at $(shown_address)"
    [ -z "$token" ] || say "Admin token, shown once:    $token"
    [ ! -r "$DATA/front/site.pem" ] || say "SHA-256 of its certificate: $(fingerprint)"
    say "On a laptop:                buildsvc login $(shown_address)"
}

fingerprint() {
    "$NEW/usr/bin/python3" -P -c 'import sys
from pathlib import Path
from buildsvc.doors.front import certificate
print(certificate.fingerprint(certificate.read(Path(sys.argv[1]))))' "$DATA/front/site.pem" 2>/dev/null
}
