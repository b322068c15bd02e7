#!/bin/sh
# The system's programs that suites need: sh scripts/system-packages.sh SUITE...
# Installs what is missing where it may (root, or sudo without a password), else
# stops at once and names it.
set -eu

# What the example agencies are compiled and run with.
JAVA="javac=default-jdk-headless /usr/share/java/gson.jar=libgoogle-gson-java"
CSHARP="mcs=mono-mcs mono=mono-runtime
 /usr/lib/mono/4.5/System.Net.Http.dll=libmono-system-net-http4.0-cil
 /usr/lib/cli/Newtonsoft.Json-5.0/Newtonsoft.Json.dll=libnewtonsoft-json5.0-cil"

# One line per suite: program (or file)=package of Debian and Ubuntu. Papers are set in
# Times New Roman, whose measures Liberation Serif has.
needs() {
    case $1 in
    unit | journeys) echo "xmlsec1=xmlsec1 xmllint=libxml2-utils openssl=openssl curl=curl /usr/sbin/sshd=openssh-server initdb=postgresql node=nodejs npm=npm /usr/sbin/clamd=clamav-daemon $JAVA $CSHARP" ;;
    machines) echo "initdb=postgresql promtool=prometheus" ;;
    chaos) echo "initdb=postgresql prlimit=util-linux" ;;
    failover) echo "initdb=postgresql etcd=etcd-server /usr/sbin/haproxy=haproxy /usr/sbin/pgbouncer=pgbouncer setpriv=util-linux" ;;
    conformance) echo "initdb=postgresql /usr/sbin/sshd=openssh-server /usr/sbin/pgbouncer=pgbouncer setpriv=util-linux" ;;
    properties) echo "" ;;
    attack) echo "initdb=postgresql xmlsec1=xmlsec1 openssl=openssl ssh-keygen=openssh-client /usr/sbin/clamd=clamav-daemon" ;;
    crash | mutants) echo "strace=strace" ;;
    install) echo "initdb=postgresql openssl=openssl unshare=util-linux systemd-analyze=systemd nginx=nginx-light /usr/sbin/nft=nftables git=git" ;;
    docs | layout) echo "git=git" ;;
    peers) echo "initdb=postgresql redis-server=redis-server" ;;
    browser) echo "chromium=chromium /usr/share/fonts/truetype/liberation/LiberationSerif-Regular.ttf=fonts-liberation" ;;
    *) echo "" ;;
    esac
}

# Debian keeps the programs of PostgreSQL's server off the path.
found() {
    [ -e "$1" ] || command -v "$1" >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/"$1" >/dev/null 2>&1
}

missing=""
for suite in "$@"; do
    for need in $(needs "$suite"); do
        program=${need%%=*} package=${need#*=}
        case " $missing " in *" $package "*) continue ;; esac
        found "$program" || missing="$missing $package"
    done
done
[ -n "$missing" ] || exit 0

stop() {
    echo "Missing system packages:$missing" >&2
    echo "Install them and start again: apt-get install$missing" >&2
    exit 1
}

command -v apt-get >/dev/null 2>&1 || stop
if [ "$(id -u)" = 0 ]; then
    as_root=""
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root="sudo -n"
else
    stop
fi

echo "Installing system packages:$missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install() {
    # shellcheck disable=SC2086  # a list of words
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install \
        --yes --quiet --no-install-recommends $missing </dev/null >"$log" 2>&1
}
# An image without package lists fails the first try; with them no update is needed.
install || { $as_root apt-get update --quiet </dev/null >"$log" 2>&1 && install; } || {
    tail -n 5 "$log" >&2
    stop
}
