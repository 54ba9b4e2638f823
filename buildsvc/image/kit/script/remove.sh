
# Taking away what such a file installed, and only that.
remove_all() {
    [ -e "$UNITS/$SERVICE" ] || [ -d "$TOP" ] || die 2 "Nothing of buildsvc is installed here."
    [ "$(id -u)" = 0 ] || die 2 "Only root can do that: sudo sh $0 --remove"
    own_engine=$(engine_folder)
    has_systemd || nothing_runs
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

# Without systemd nobody here may end what somebody else started, and what runs is not taken away under its feet.
nothing_runs() {
    running=
    shims=
    for each in /proc/[0-9]*; do
        case $(readlink "$each/exe" 2>/dev/null) in
            # They end with their containers.
            "$TOP"/*/containerd-shim*) shims=yes ;;
            "$TOP"/*) out_of_top "$(parent_of "$each")" || running="$running ${each#/proc/}" ;;
        esac
    done
    [ -n "$running$shims" ] || return 0
    say "Without systemd, end first what runs out of $TOP; nothing was changed:" >&2
    [ -z "$own_engine" ] || say "  ${own_engine}docker ps -q | while read -r each; do ${own_engine}docker stop \$each; done" >&2
    [ -z "$running" ] || say "  kill$running" >&2
    die 2 "Then run this file again with --remove."
}

out_of_top() {
    case $(readlink "/proc/$1/exe" 2>/dev/null) in "$TOP"/*) return 0 ;; *) return 1 ;; esac
}

parent_of() {
    while read -r name value; do
        [ "$name" != PPid: ] || printf '%s\n' "$value"
    done <"$1/status"
} 2>/dev/null

end_engine() {
    running=$("${own_engine}docker" ps -q 2>/dev/null)
    # shellcheck disable=SC2086 # a list of ids
    [ -z "$running" ] || "${own_engine}docker" stop -t 30 $running >/dev/null 2>&1
    systemctl disable -q --now "$ENGINE_UNIT" 2>/dev/null
    for each in "$TOP"/*/usr/bin/busybox; do
        [ ! -x "$each" ] || "$each" ip link delete docker0 2>/dev/null
        break
    done
}
