#!/usr/bin/env bash
# Unpack wrk and PowerDNS from Debian's packages into FOLDER. Nothing is installed on the machine; FOLDER may be moved.
#
#   benchmarks/programs.sh FOLDER
#
# The benchmarks look for programs in .bench/programs before they look on the machine.
set -euo pipefail

mkdir -p "${1:?say where to}/packages" "$1/bin"
cd "$1"
wanted=$(apt-get install --simulate --no-install-recommends wrk pdns-server pdns-backend-sqlite3 |
    awk '/^Inst/ { print $2 }')
# shellcheck disable=SC2086  # one word for each package
[ -z "$wanted" ] || (cd packages && apt-get --quiet --quiet -o APT::Sandbox::User="$(id -un)" download $wanted)
for package in packages/*.deb; do dpkg-deb --extract "$package" root; done

# They find their libraries beside them, wherever the folder is.
start() {
    cat >"bin/$1" <<END
#!/bin/sh
root=\$(dirname "\$(readlink -f "\$0")")/../root
LD_LIBRARY_PATH=\$root/usr/lib/$(uname -m)-linux-gnu exec "\$root/$2" $3 "\$@"
END
    chmod +x "bin/$1"
}
[ ! -e root/usr/bin/wrk ] || start wrk usr/bin/wrk ''
[ ! -e root/usr/sbin/pdns_server ] ||
    start pdns_server usr/sbin/pdns_server "\"--module-dir=\$root/usr/lib/$(uname -m)-linux-gnu/pdns\""
