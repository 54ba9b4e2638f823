#!/bin/sh
# Fills variables of the environment into /etc/nginx/templates: NAME.template becomes conf.d/NAME. Nginx's own variables stay.
set -eu
from=${NGINX_ENVSUBST_TEMPLATE_DIR:-/etc/nginx/templates}
ending=${NGINX_ENVSUBST_TEMPLATE_SUFFIX:-.template}
to=${NGINX_ENVSUBST_OUTPUT_DIR:-/etc/nginx/conf.d}
[ -d "$from" ] || exit 0
known=$(env | sed -n 's/^\([A-Za-z_][A-Za-z0-9_]*\)=.*/${\1}/p' | tr '\n' ' ')
find "$from" -follow -type f -name "*$ending" | while read -r template; do
    target=$to/${template#"$from"/}
    target=${target%"$ending"}
    mkdir -p "${target%/*}"
    envsubst "$known" < "$template" > "$target"
done
