#!/bin/sh
# Gives a machine that has no valkey-server one of its own: valkey.sh VENV. Run by setup.sh; safe to run again.
# From Debian's backports into a folder of the virtual environment. The system's packages and sources stay as they are,
# and nobody has to be root. Without one only Redis is offered, and the tests that need Valkey are skipped by name.
set -eu
folder=$(cd "$1" && pwd)/valkey  # apt takes a relative one from the root
server=$folder/usr/bin/valkey-server

without() {
    rm -rf "$folder"
    printf '%s\n' "swiftcache: no Valkey here ($*): only Redis is offered"
    exit 0
}

command -v valkey-server >/dev/null 2>&1 && exit 0
[ -x "$server" ] && "$server" --version >/dev/null 2>&1 && exit 0
if ! command -v apt-get >/dev/null 2>&1 || ! command -v dpkg-deb >/dev/null 2>&1; then
    without "please install valkey-server with your package manager"
fi

# The mirror that the system's own packages come from, and the key that signs Debian's.
codename=$(. /etc/os-release && printf %s "${VERSION_CODENAME:-}")
# shellcheck disable=SC2016  # apt-get's own placeholders
uri=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 2>/dev/null |
    awk -v release="$codename" '$2 == release { print $1; exit }')
[ -n "$uri" ] || without "the system has no package source for $codename"
key=/usr/share/keyrings/debian-archive-keyring.gpg
[ -r "$key" ] && signed="[signed-by=$key]" || signed=""
work=$folder/apt
rm -rf "$folder"
mkdir -p "$work/state/lists/partial" "$work/cache/archives/partial"
printf 'deb %s %s %s-backports main\n' "$signed" "$uri" "$codename" > "$work/sources.list"

own_apt() {
    apt-get -qq -o "Dir::State=$work/state" -o "Dir::Cache=$work/cache" -o "Dir::Etc::SourceList=$work/sources.list" \
        -o Dir::Etc::SourceParts=/dev/null -o Dir::State::status=/var/lib/dpkg/status -o APT::Sandbox::User= "$@"
}

printf '%s\n' "swiftcache: fetching valkey-server into $folder"
own_apt update >/dev/null 2>&1 || without "there are no backports of $codename"
(cd "$work" && own_apt download valkey-server valkey-tools >/dev/null 2>&1) || without "$codename has no valkey-server"
for package in "$work"/*.deb; do
    dpkg-deb -x "$package" "$folder"
done
rm -rf "$work"
"$server" --version >/dev/null 2>&1 || without "it needs libraries that are not installed"
