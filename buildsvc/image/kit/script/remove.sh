
# Taking away what such a file installed, and only that.
remove_all() {
    [ -e "$UNITS/$SERVICE" ] || [ -d "$TOP" ] || die 2 "Nothing of buildsvc is installed here."
    [ "$(id -u)" = 0 ] || die 2 "Only root can do that: sudo sh $0 --remove"
    own_engine=
    [ ! -e "$UNITS/$ENGINE_UNIT" ] || own_engine=yes
    say "This takes away $TOP, the units and $LINK."
    if [ -n "$own_engine" ]; then say "The engine came with a kit and goes too: all containers stop."; else say "The engine is the server's own: applications run on."; fi
    if [ -n "$data" ]; then say "ALL DATA go: $DATA${own_engine:+, $ENGINE_DATA} and $CONFIGURATION."; else say "Data stay in $DATA${own_engine:+, $ENGINE_DATA} and $CONFIGURATION."; fi
    sure
    if has_systemd; then
        systemctl disable -q --now "$SERVICE" 2>/dev/null
        [ -z "$own_engine" ] || end_engine
        rm -f "$UNITS/$SERVICE" "$UNITS/$ENGINE_UNIT"
        systemctl daemon-reload
        systemctl reset-failed "$SERVICE" "$ENGINE_UNIT" 2>/dev/null
    fi
    [ "$(readlink "$LINK" 2>/dev/null)" != "$TOP/current/bin/buildsvc" ] || rm -f "$LINK"
    rm -rf "$TOP"
    [ -z "$data" ] || rm -rf "$DATA" "$CONFIGURATION" ${own_engine:+"$ENGINE_DATA"}
    say "It is gone."
}

end_engine() {
    for folder in "$TOP"/engine/*/; do
        [ -x "${folder}docker" ] || continue
        running=$("${folder}docker" ps -q 2>/dev/null)
        # shellcheck disable=SC2086 # a list of ids
        [ -z "$running" ] || "${folder}docker" stop -t 30 $running >/dev/null 2>&1
    done
    systemctl disable -q --now "$ENGINE_UNIT" 2>/dev/null
    for each in "$TOP"/*/usr/bin/busybox; do
        [ ! -x "$each" ] || "$each" ip link delete docker0 2>/dev/null
        break
    done
}
