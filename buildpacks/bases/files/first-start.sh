# What the first start of a database needs, read by the entrypoints of MariaDB and PostgreSQL.

say() { echo "$(date -u +%FT%TZ) entrypoint: $*"; }

refuse() {
    say "$*" >&2
    exit 1
}

# told NAME...: gives each variable what NAME_FILE names a file of, where that is set. Both at once are an error.
told() {
    for name; do
        eval "given=\${$name-} file=\${${name}_FILE-}"
        [ -n "$file" ] || continue
        [ -z "$given" ] || refuse "$name and ${name}_FILE are both set: leave one of them out."
        [ -r "$file" ] || refuse "${name}_FILE names $file, which cannot be read."
        eval "$name=\$(cat \"\$file\")"
        export "${name?}"
        unset "${name}_FILE"
    done
}

# An interrupted first start leaves files that no server can use, and nothing of anybody's: the next one begins anew.
# begun FOLDER and finished FOLDER stand around it; begun returns 1 where the folder holds what is not ours.
UNFINISHED=.first-start-unfinished

begun() {
    if [ -e "$1/$UNFINISHED" ]; then
        say "The first start was interrupted: it begins anew."
        find "$1" -mindepth 1 -maxdepth 1 ! -name "$UNFINISHED" ! -name lost+found -exec rm -rf {} +
    fi
    [ -z "$(find "$1" -mindepth 1 -maxdepth 1 ! -name "$UNFINISHED" ! -name lost+found | head -n 1)" ] || return 1
    : > "$1/$UNFINISHED"
}

finished() { rm -f "$1/$UNFINISHED"; }

# run_scripts SQL: what lies in /docker-entrypoint-initdb.d, in the order of names. SQL is a command that reads statements.
run_scripts() {
    for script in /docker-entrypoint-initdb.d/*; do
        case "$script" in
            */'*') continue ;;
            *.sh)
                say "running $script"
                if [ -x "$script" ]; then "$script"; else . "$script"; fi ;;
            *.sql) say "reading $script"; "$1" < "$script" ;;
            *.sql.gz) say "reading $script"; unpacked "$1" gunzip "$script" ;;
            *.sql.xz) say "reading $script"; unpacked "$1" unxz "$script" ;;
            *.sql.zst) say "reading $script"; unpacked "$1" unzstd "$script" ;;
            *) say "leaving out $script" ;;
        esac
    done
}

# A damaged archive must not pass for a short one: its program's status counts too.
unpacked() {
    rm -f /tmp/damaged
    { "$2" -c < "$3" || : > /tmp/damaged; } | "$1"
    [ ! -e /tmp/damaged ] || refuse "$3 cannot be unpacked."
}
