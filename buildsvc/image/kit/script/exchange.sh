
# A newer version in the place of a former one. Intake is closed while the ledger is copied; if the newer one does not become
# ready, the former one gets its ledger back. Applications run on.
exchange() {
    old=$(former)
    say "Stopping $old; applications run on."
    systemctl stop "$SERVICE"
    trap 'go_back; exit 1' INT TERM HUP
    keep_ledger
    choose_tables
    point_to "$VERSION"
    say "Starting $VERSION."
    systemctl reset-failed "$SERVICE" 2>/dev/null
    systemctl start "$SERVICE"
    if ready "$NEW"; then
        trap 'exit 1' INT TERM HUP
        forget_older "$old"
        return 0
    fi
    words=$(last_words "$SERVICE")
    go_back
    die 1 "$VERSION was not ready after $patience s:" "$words"
}

keep_ledger() {
    rm -rf "$keep"
    mkdir -m 700 "$keep"
    if ! copy_ledger "$DATA/ledger.db" "$keep/ledger.db"; then
        ! has_systemd || systemctl start "$SERVICE"
        die 1 "The ledger could not be copied, so nothing was changed: $(former) runs on."
    fi
    for each in secret.key audit.head; do
        [ ! -e "$DATA/$each" ] || cp -p "$DATA/$each" "$keep/$each"
    done
}

go_back() {
    say "Going back to $old, with the ledger from before."
    systemctl stop "$SERVICE"
    rm -f "$DATA/ledger.db-wal" "$DATA/ledger.db-shm"
    for each in ledger.db secret.key audit.head; do
        [ ! -e "$keep/$each" ] || { cp -p "$keep/$each" "$DATA/.$each.back" && mv -f "$DATA/.$each.back" "$DATA/$each"; }
    done
    [ ! -d "$TOP/$old/tables" ] || [ ! -L "$TOP/tables" ] || relink_tables "$old"
    point_to "$old"
    systemctl reset-failed "$SERVICE" 2>/dev/null
    systemctl start "$SERVICE"
    if ready "$TOP/$old"; then say "$old serves again."; else say "$old does not answer either. Look: $LINK doctor"; fi
    [ "$old" = "$VERSION" ] || rm -rf "$NEW"
}

relink_tables() {
    kind=$(readlink "$TOP/tables")
    rm -f "$TOP/tables"
    ln -s "$1/tables/${kind##*/}" "$TOP/tables"
}

copy_ledger() {
    "$NEW/usr/bin/python3" -c 'import sqlite3, sys
live, copy = sqlite3.connect(sys.argv[1]), sqlite3.connect(sys.argv[2])
live.backup(copy)
copy.execute("PRAGMA journal_mode=DELETE")
found = copy.execute("PRAGMA quick_check").fetchone()[0]
copy.close()
sys.exit(found != "ok")' "$1" "$2" && sync
}

# One former version stays, for a look back; those before it go.
forget_older() {
    for each in "$TOP"/*; do
        name=${each##*/}
        if [ ! -d "$each/programs" ] || [ -L "$each" ]; then continue; fi
        [ "$name" = "$VERSION" ] || [ "$name" = "$1" ] || rm -rf "$each"
    done
    for each in "$DATA"/before-*; do
        [ ! -d "$each" ] || [ "$each" = "$keep" ] || rm -rf "$each"
    done
}
