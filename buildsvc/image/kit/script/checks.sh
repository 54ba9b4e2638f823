
# Looking: each line says what was found; `stops` ends it, `beware` is for you to judge.
stops=0
bewares=0
engine=

good() { printf '  ok      %s\n' "$1"; }
beware() {
    bewares=$((bewares + 1))
    printf '  beware  %s\n          %s\n' "$1" "$2"
}
stop() {
    stops=$((stops + 1))
    printf '  STOPS   %s\n          %s\n' "$1" "$2"
}

check_all() {
    say "buildsvc $VERSION for $PLATFORM, looking at $(uname -n):"
    check_rights
    check_machine
    check_file
    check_engine
    check_disk
    check_port
    check_guards
    check_time
}

check_rights() {
    if [ "$(id -u)" = 0 ]; then good "run by root"; else stop "run by $(id -un), and only root can install" "Run: sudo sh $0"; fi
    for each in tar sha256sum dd df mv ln readlink mktemp tail; do
        command -v "$each" >/dev/null 2>&1 || stop "the program $each is missing" "It is part of coreutils or tar; a kit needs nothing else."
    done
    if has_systemd; then good "systemd runs this server"; else beware "there is no systemd" "Everything is put in place; how to start it is printed at the end."; fi
}

check_machine() {
    if [ "$(uname -m)" = "$MACHINE" ]; then
        good "architecture $MACHINE"
    else
        stop "this server is $(uname -m), the kit is for $MACHINE" "Bring the kit that was made with --platform for this architecture."
    fi
    release=$(uname -r)
    major=${release%%.*}
    minor=${release#*.}
    minor=${minor%%[!0-9]*}
    if [ "$major" -gt 3 ] || { [ "$major" -eq 3 ] && [ "${minor:-0}" -ge 10 ]; }; then
        good "kernel $release"
    else
        stop "kernel $release is too old" "Linux 3.10 or newer is needed."
    fi
    page=$(page_size)
    case $page in
        4) good "pages of 4 KiB" ;;
        "") beware "the page size could not be read" "Nothing to do on x86_64." ;;
        *) beware "pages of $page KiB" "Programs in application images that were built for 4 KiB may not start here." ;;
    esac
    memory=$(meminfo MemTotal)
    if [ "${memory:-0}" -ge 1500000 ]; then good "memory $((memory / 1024)) MiB"; else beware "memory ${memory:-unknown} KiB" "The service takes 160 MB; a Java application rarely less than 300 MB."; fi
}

page_size() {
    while read -r name size _; do
        if [ "$name" = KernelPageSize: ]; then
            printf '%s\n' "$size"
            return
        fi
    done </proc/self/smaps 2>/dev/null
}

meminfo() {
    while read -r name size _; do
        [ "$name" != "$1:" ] || printf '%s\n' "$size"
    done </proc/meminfo
}

check_file() {
    found=$(wc -c <"$0")
    if [ "$found" -ne $((SCRIPT + SIZE)) ]; then
        stop "this file has $found bytes of $((SCRIPT + SIZE))" "It was cut on its way; copy it again."
    elif [ "$(payload | sha256sum)" != "$SHA256  -" ]; then
        stop "this file is damaged" "Its SHA-256 is not what it was when it was made; copy it again."
    else
        good "this file is whole"
    fi
}

payload() { tail -c "+$((SCRIPT + 1))" "$0"; }

# Which engine it will be: "ours" brought by a kit before, "theirs" of the server, "kit" out of this file, or none.
check_engine() {
    if [ -e "$UNITS/$ENGINE_UNIT" ] || { ! has_systemd && [ -n "$(engine_folder)" ]; }; then
        engine=ours
        good "the engine is the one that a kit brought; it stays"
        return
    fi
    if [ -S /var/run/docker.sock ]; then
        engine=theirs
        check_age
    elif command -v dockerd >/dev/null 2>&1; then
        stop "a Docker Engine is installed and does not run" "Start it: systemctl enable --now docker"
    elif [ -z "$ENGINE" ]; then
        stop "there is no Docker Engine, and none in this file" "Install one, 20.10 or newer, or make the kit with --engine."
    else
        engine=kit
        good "no engine yet; this file has one"
        check_kernel
    fi
}

check_age() {
    age=$(docker version --format '{{.Server.Version}}' 2>/dev/null) || age=
    case $age in
        "") beware "an engine listens on /var/run/docker.sock; its version could not be asked" "20.10 or newer is needed." ;;
        1.* | 1[0-9].* | 20.0[0-9].*) stop "Docker Engine $age is too old" "20.10 or newer is needed." ;;
        *) good "Docker Engine $age runs here and is used" ;;
    esac
}

check_kernel() {
    for each in mnt pid net ipc uts; do
        [ -e "/proc/self/ns/$each" ] || stop "the kernel has no namespaces of the kind $each" "Containers need them; take a kernel that has."
    done
    if holds /proc/filesystems cgroup || holds /proc/filesystems cgroup2; then good "cgroups"; else stop "the kernel has no cgroups" "Containers need them."; fi
    if holds /proc/filesystems overlay || module overlay; then good "overlay"; else stop "the kernel has no overlay file system" "Load it: modprobe overlay"; fi
    for each in bridge veth nf_nat; do
        module "$each" || beware "the kernel module $each was not found" "Where it is built into the kernel all is well; otherwise: modprobe $each"
    done
}

module() { # whether the kernel has it, or has a file to load it from
    [ ! -d "/sys/module/$1" ] || return 0
    folder=/lib/modules/$(uname -r)
    for list in "$folder/modules.builtin" "$folder/modules.dep"; do
        [ -r "$list" ] || continue
        while IFS=: read -r path _; do
            case $path in */"$1.ko" | */"$1.ko".*) return 0 ;; esac
        done <"$list"
    done
    return 1
}

check_disk() {
    needed=$((UNPACKED * 2 + 524288))
    for each in "$TOP" "$DATA"; do
        free=$(free_of "$each")
        if [ "$free" -ge "$needed" ]; then
            good "$((free / 1024)) MiB are free for $each"
        else
            stop "$((free / 1024)) MiB are free for $each, $((needed / 1024)) are needed" "Make room, or mount a larger disk there."
        fi
    done
}

free_of() {
    at=$1
    while [ ! -d "$at" ]; do at=$(dirname "$at"); done
    df -Pk "$at" | tail -n 1 | {
        read -r _ _ _ free _
        printf '%s\n' "$free"
    }
}

check_port() {
    [ -z "$(former)" ] || return 0
    port=${listen##*:}
    if listened "$(printf '%04X' "$port")"; then
        stop "something listens on port $port already" "Choose another: --listen 0.0.0.0:PORT"
    else
        good "port $port is free"
    fi
}

listened() {
    for list in /proc/net/tcp /proc/net/tcp6; do
        [ -r "$list" ] || continue
        while read -r _ local _ state _; do
            [ "$state" != 0A ] || [ "${local##*:}" != "$1" ] || return 0
        done <"$list"
    done
    return 1
}

check_guards() {
    if [ -r /sys/fs/selinux/enforce ] && [ "$(cat /sys/fs/selinux/enforce)" = 1 ]; then
        beware "SELinux is enforcing" "What is installed gets the label bin_t. If the service is refused something, ausearch -m avc says what."
    fi
    if has_systemd && systemctl -q is-active firewalld 2>/dev/null; then
        beware "firewalld is active" "Let callers in: firewall-cmd --permanent --add-port=${listen##*:}/tcp && firewall-cmd --reload"
    elif has_systemd && systemctl -q is-active ufw 2>/dev/null; then
        beware "ufw is active" "Let callers in: ufw allow ${listen##*:}/tcp"
    fi
}

check_time() {
    now=$(date -u +%Y%m%d)
    if [ "$now" -lt "$MADE" ]; then
        beware "the clock says $now, and this file was made on $MADE" "Set the clock: certificates and the audit log need it right."
    else
        good "the clock says $(date -u '+%Y-%m-%d %H:%M') UTC"
    fi
}
