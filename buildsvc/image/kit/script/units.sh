
# The units of systemd, and what else lies outside of the one folder.
write_units() {
    if [ "$engine" = kit ]; then
        cat >"$UNITS/$ENGINE_UNIT" <<TEXT
[Unit]
Description=The Docker Engine that a kit of buildsvc brought
After=network.target

[Service]
Type=notify
Environment=PATH=$TOP/engine/$ENGINE:$TOP/tables:/usr/sbin:/usr/bin:/sbin:/bin
ExecStart=$TOP/engine/$ENGINE/dockerd --data-root $ENGINE_DATA
ExecReload=/bin/kill -s HUP \$MAINPID
Restart=always
RestartSec=2
LimitNOFILE=1048576
LimitNPROC=infinity
LimitCORE=infinity
TasksMax=infinity
Delegate=yes
KillMode=process
OOMScoreAdjust=-500
TimeoutStartSec=120

[Install]
WantedBy=multi-user.target
TEXT
    fi
    cat >"$UNITS/$SERVICE" <<TEXT
[Unit]
Description=buildsvc
After=$ENGINE_UNIT docker.service
Wants=$ENGINE_UNIT docker.service

[Service]
EnvironmentFile=-$FIRST
ExecStart=$TOP/current/bin/buildsvc up
Restart=on-failure
RestartSec=2
KillMode=mixed
TimeoutStopSec=60

[Install]
WantedBy=multi-user.target
TEXT
    systemctl daemon-reload
}

write_settings() {
    [ ! -e "$SETTINGS" ] || return 0
    mkdir -p "$CONFIGURATION"
    cat >"$SETTINGS" <<TEXT
BUILDSVC_DATA=$DATA
BUILDSVC_LISTEN=$listen
BUILDSVC_TLS=$tls
TEXT
    chmod 600 "$SETTINGS"
}

# The link changes in one step: whoever starts the service finds the one version or the other.
point_to() {
    ln -s "$1" "$TOP/.current.$$"
    mv -f -T "$TOP/.current.$$" "$TOP/current"
    mkdir -p "${LINK%/*}"
    [ -e "$LINK" ] || [ -L "$LINK" ] || ln -s "$TOP/current/bin/buildsvc" "$LINK"
}

# The server's own iptables where it has one: two kinds of tables side by side confuse each other.
choose_tables() {
    rm -f "$TOP/tables"
    command -v iptables >/dev/null 2>&1 && return
    for kind in nft legacy; do
        if "$NEW/tables/$kind/iptables" -t nat -L -n >/dev/null 2>&1; then
            ln -s "$VERSION/tables/$kind" "$TOP/tables"
            return
        fi
    done
    die 1 "Neither kind of iptables works on this kernel:" "$("$NEW/tables/nft/iptables" -t nat -L -n 2>&1)" "Load the modules that it names, then run this file again."
}
