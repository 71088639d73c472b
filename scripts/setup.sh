#!/bin/sh
# Everything `make demo` and `make test` need beyond Node 20, npm and root, from two places only:
# Debian's packages (the real servers of the laboratory) and npm's registry. Quick when all is there.
set -eu
cd "$(dirname "$0")/.."

packages="
  prometheus prometheus-node-exporter prometheus-postgres-exporter prometheus-redis-exporter
  postgresql-15 redis-server python3-celery python3-redis
  victoria-metrics chromium openssl procps time iproute2 nftables
  openssh-server openssh-client ethtool conntrack iputils-ping busybox sudo systemd unzip pgcopydb
"

is_installed() {
  [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

missing=""
for package in $packages; do
  is_installed "$package" || missing="$missing $package"
done

install_missing() {
  echo "setup: installing$missing"
  if [ "$(id -u)" -ne 0 ]; then
    echo "setup: installing Debian packages needs root. Run this as root, or first: apt-get install$missing" >&2
    exit 1
  fi
  # The laboratory starts its own servers on its own ports; the packages shall not start theirs.
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
    trap 'rm -f "$policy"' EXIT
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  # shellcheck disable=SC2086 # one word per package is meant
  apt-get install -qq --yes --no-install-recommends $missing >/dev/null
}

[ -z "$missing" ] || install_missing

# Versions come from the lock file. Not `npm ci`: it refuses a lock file without the binaries of every other
# platform, and a registry mirror need not hold those. npm writes this file last, so it is newer when all is installed.
if [ ! node_modules/.package-lock.json -nt package-lock.json ]; then
  echo "setup: npm install"
  npm install --no-save --no-audit --no-fund --loglevel=error
  touch node_modules/.package-lock.json
fi
