
sure() {
    [ -z "$yes" ] || return 0
    [ -t 0 ] || die 2 "Nobody can be asked here: say --yes."
    printf 'Go on? [y/N] '
    read -r answer
    case $answer in y | Y | yes | Yes) ;; *) die 2 "Nothing was changed." ;; esac
}

plan() {
    say "" "It will:"
    say "  put buildsvc $VERSION into $NEW, with its own Python, HAProxy, Redis and iptables"
    [ "$engine" != kit ] || say "  put a Docker Engine into $TOP/engine, with its data in $ENGINE_DATA, and start it with the server"
    if [ -n "$(former)" ] && [ "$(former)" != "$VERSION" ]; then
        say "  stop $(former), copy its ledger, start $VERSION in its place, and go back by itself if that is not ready after $patience s"
    elif [ -z "$(former)" ]; then
        say "  start it with the server, at $listen, with its data in $DATA and its settings in $SETTINGS"
    fi
    [ -z "$BUNDLES" ] || say "  bring the bundles $BUNDLES"
    say ""
}

run() {
    check_all
    [ "$stops" = 0 ] || die 2 "" "$stops of these must be mended first; nothing was changed."
    if [ "$mode" = check ]; then
        [ "$bewares" = 0 ] || say "" "$bewares of these are for you to judge."
        say "" "Nothing stands in the way. Nothing was changed."
        exit 0
    fi
    plan
    sure
    mkdir /run/buildsvc-kit.lock 2>/dev/null || die 2 "Another run is at work here; if it is not: rmdir /run/buildsvc-kit.lock"
    trap 'tidy; rmdir /run/buildsvc-kit.lock' EXIT
    trap 'exit 1' INT TERM HUP
    extract
    write_settings
    add_bases
    known=$(former)
    if ! has_systemd; then
        [ -z "$known" ] || [ "$known" = "$VERSION" ] || keep_ledger
        choose_tables
        point_to "$VERSION"
        by_hand "$known"
        exit 0
    fi
    write_units
    if [ -n "$known" ] && [ "$known" != "$VERSION" ]; then
        exchange
    else
        choose_tables
        start_engine
        point_to "$VERSION"
        if [ -z "$known" ] && [ ! -e "$DATA/ledger.db" ]; then
            begin_here
        else
            systemctl enable -q "$SERVICE" 2>/dev/null
            systemctl restart "$SERVICE"
            ready "$NEW" || die 1 "The service is not ready after $patience s:" "$(last_words "$SERVICE")"
        fi
    fi
    bring_bundles
    farewell
}

mode=install
yes=
data=
listen=0.0.0.0:8420
tls=yes
patience=120
while [ $# -gt 0 ]; do
    case $1 in
        --check) mode=check ;;
        --remove) mode=remove ;;
        --yes | -y) yes=yes ;;
        --data) data=yes ;;
        --listen | --tls | --wait)
            [ $# -gt 1 ] || die 2 "$1 needs a value."
            case $1 in --listen) listen=$2 ;; --tls) tls=$2 ;; --wait) patience=$2 ;; esac
            shift
            ;;
        --help | -h)
            usage
            exit 0
            ;;
        *) die 2 "There is no option $1." "$(usage)" ;;
    esac
    shift
done
case $listen in *:*[!0-9]* | *: | [!0-9]*) die 2 "--listen wants ADDRESS:PORT, as 0.0.0.0:8420." ;; *:*) ;; *) die 2 "--listen wants ADDRESS:PORT, as 0.0.0.0:8420." ;; esac
case $patience in "" | *[!0-9]*) die 2 "--wait wants seconds." ;; esac
case $tls in yes | no) ;; *) die 2 "--tls wants yes or no." ;; esac
[ "$mode" = remove ] || [ -z "$data" ] || die 2 "--data goes with --remove."
if [ "$mode" = remove ]; then remove_all; else run; fi
exit 0
