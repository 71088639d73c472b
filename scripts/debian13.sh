#!/bin/sh
# pg_dump, psql and pgcopydb for servers that are newer than Debian 12's own, for `make bench` and `make test-all`: packages of
# Debian 13, unpacked beside npm's with the libraries they were built for. Nothing is installed. Quick when all is there.
set -eu
cd "$(dirname "$0")/.."

place=$PWD/node_modules/.debian-13
[ ! -d "$place" ] || exit 0

echo "setup: unpacking the PostgreSQL 17 programs of Debian 13"
work=$(mktemp -d "$place.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/root" "$work/bin"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian trixie main" >"$work/sources"
: >"$work/status"

# A world of its own for apt, in which nothing is installed yet: so the C library comes too.
apt() {
  apt-get -qq -o Dir::Etc::SourceList="$work/sources" -o Dir::Etc::SourceParts=- -o Dir::State="$work" \
    -o Dir::State::Lists="$work/lists" -o Dir::State::status="$work/status" -o Dir::Cache="$work/cache" \
    -o APT::Sandbox::User=root "$@"
}
apt update
apt install --yes --no-install-recommends --download-only postgresql-client-17 pgcopydb >/dev/null
for package in "$work"/cache/archives/*.deb; do dpkg-deb --extract "$package" "$work/root"; done

for program in lib/postgresql/17/bin/pg_dump lib/postgresql/17/bin/pg_restore lib/postgresql/17/bin/psql bin/pgcopydb; do
  wrapper=$work/bin/${program##*/}
  cat >"$wrapper" <<END
#!/bin/sh
root='$place/root'
exec "\$root"/usr/lib64/ld-linux-x86-64.so.2 --library-path "\$root/usr/lib/x86_64-linux-gnu" "\$root/usr/$program" "\$@"
END
  chmod +x "$wrapper"
done
rm -rf "$work/cache" "$work/lists"
mv "$work" "$place"
chmod 755 "$place"
