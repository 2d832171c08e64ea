# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# shellcheck disable=SC2034 # what is set here is used there
#
# What the fetch-*.sh share; sourced by them, not run. Everything that is
# started is stopped by its id when the script ends, however it ends.

# Nothing of the environment decides what these tests see.
unset CURL_CA_BUNDLE SSL_CERT_FILE http_proxy https_proxy HTTPS_PROXY \
    all_proxy ALL_PROXY no_proxy NO_PROXY

failed=0
started=
server_options=

stop_all() {
    # shellcheck disable=SC2086 # a list of ids
    [ -z "$started" ] || kill $started 2>/dev/null
    wait
}
trap stop_all EXIT
trap 'exit 1' HUP INT TERM

# check NAME COMMAND...: the rule holds if the command succeeds.
check() {
    checked=$1
    shift
    if "$@" >check.out 2>&1; then
        echo "ok $checked"
    else
        echo "not ok $checked: $*"
        head -n 20 check.out
        failed=1
    fi
}

# Waits up to 60 s for a command to succeed.
wait_for() {
    tries=0
    until "$@"; do
        tries=$((tries + 1))
        [ "$tries" -lt 1200 ] || return 1
        sleep 0.05
    done
}

# Starts a test server with the words of `server_options`; sets `port`.
start_server() {
    # shellcheck disable=SC2086 # a list of words
    "$SERVER" $server_options >port.out </dev/null &
    started="$started $!"
    tries=0
    while [ ! -s port.out ] && [ "$tries" -lt 200 ]; do
        sleep 0.02
        tries=$((tries + 1))
    done
    port=$(cat port.out)
    rm port.out
}

# Prints a number out of the server's statistics: stat PORT NAME.
stat() {
    "$WEIR" fetch --format json "http://127.0.0.1:$1/stats" |
        sed 's/.*\\"'"$2"'\\":\([0-9]*\).*/\1/'
}

# Prints how many records of a file have a status.
count() {
    grep -c "\"status\":\"$2\"" "$1"
}

# Prints the kinds of errors in records, or their messages.
kinds() {
    sed -n 's/.*"error":{"kind":"\([a-z_]*\)".*/\1/p' "$1"
}

messages() {
    sed -n 's/.*"error":{"kind":"[a-z_]*","message":"\([^"]*\)".*/\1/p' "$1"
}

# Prints a number of a record: number FILE NAME.
number() {
    sed -n 's/.*"'"$2"'":\([0-9.]*\).*/\1/p' "$1"
}

# between VALUE LOW HIGH, of numbers that may have a point
between() {
    echo "$1 $2 $3" | awk '{ exit !($1 >= $2 && $1 <= $3) }'
}

# start_on_port DIR CONF COMMAND...: writes CONF to DIR/conf, with a port that
# may be free for PORT, and starts the command in DIR until it writes DIR/pid.
# Sets `web_port`.
start_on_port() {
    web=$1 conf=$2
    shift 2
    for web_port in $(seq $((20000 + $$ % 20000)) 7 60000 | head -n 20); do
        echo "$conf" | sed "s/PORT/$web_port/g" >"$web/conf"
        (cd "$web" && exec "$@" 2>log) &
        web_pid=$!
        tries=0
        while [ "$tries" -lt 200 ] && kill -0 "$web_pid" 2>/dev/null; do
            [ ! -s "$web/pid" ] || break
            sleep 0.02
            tries=$((tries + 1))
        done
        if [ -s "$web/pid" ]; then
            started="$started $web_pid"
            return 0
        fi
        wait "$web_pid"
    done
    cat "$web/log"
    return 1
}

# Starts nginx with the servers given as text, PORT for its port. It serves
# files in nginx/www. Sets `nginx_port`.
start_nginx() {
    mkdir -p nginx/www nginx/tmp
    start_on_port nginx "$(
        echo 'daemon off; worker_processes 1; pid pid;'
        # Its worker must be able to enter our directory.
        [ "$(id -u)" -ne 0 ] || echo 'user root;'
        echo 'error_log stderr; events { worker_connections 2048; }'
        echo 'http { access_log off; keepalive_requests 1000000;'
        for kind in client_body proxy fastcgi uwsgi scgi; do
            echo "${kind}_temp_path tmp/$kind;"
        done
        echo "$1 }"
    )" nginx -p "$PWD/nginx" -e stderr -c conf || return 1
    nginx_port=$web_port
}

# The same for lighttpd, with the words of its configuration, and its files in
# lighttpd/www.
start_lighttpd() {
    mkdir -p lighttpd/www lighttpd/tmp
    start_on_port lighttpd "server.port = PORT
server.bind = \"127.0.0.1\"
server.document-root = \"$PWD/lighttpd/www\"
server.pid-file = \"$PWD/lighttpd/pid\"
server.upload-dirs = ( \"$PWD/lighttpd/tmp\" )
server.errorlog = \"$PWD/lighttpd/errors\"
$1" lighttpd -D -f conf || return 1
    lighttpd_port=$web_port
}
