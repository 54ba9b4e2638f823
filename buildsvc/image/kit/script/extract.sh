
# Unpacking: into a folder beside the place, which is reached by a rename.
extract() {
    say "Unpacking into $TOP."
    mkdir -p "$TOP/engine" "$DATA"
    chmod 750 "$DATA"
    stage=$(mktemp -d "$TOP/.stage.XXXXXX") || die 1 "No folder can be made in $TOP."
    payload | tar -xf - -C "$stage" || die 1 "Unpacking failed; nothing was changed."
    if [ ! -d "$NEW" ]; then
        label "$stage/program"
        mv "$stage/program" "$NEW"
        "$NEW/usr/bin/python3" -m compileall -q -j 0 "$NEW/lib" "$NEW/usr/lib" >/dev/null 2>&1
    fi
    if [ "$engine" = kit ] && [ ! -d "$TOP/engine/$ENGINE" ]; then
        label "$stage/engine"
        mv "$stage/engine" "$TOP/engine/$ENGINE"
    fi
    "$NEW/bin/buildsvc" --version >/dev/null || die 1 "The program does not start on this server; nothing else was changed."
}

label() {
    [ ! -d /sys/fs/selinux ] || ! command -v chcon >/dev/null 2>&1 || chcon -R -t bin_t "$1" 2>/dev/null || true
}

add_bases() {
    say "Adding base images to the cache."
    "$NEW/bin/buildsvc" base add "$stage/images" >/dev/null || die 1 "The base images could not be added."
    rm -rf "$stage/images"
}
