#!/bin/sh
# Prepares a virtual environment: setup.sh PYTHON VENV. Run by make; safe to run again.
# Installs what is missing with the ordinary package clients, or says in one line what to install.
set -eu
python=$1
venv=$2

. local/debian.sh

command -v "$python" >/dev/null 2>&1 || die "please install Python 3.11 or later ($python is not on the path)"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    die "Python 3.11 or later is needed; $python is $("$python" -V 2>&1); choose another with make PYTHON=python3.12"

# Debian's packages start a redis-server of their own on port 6379 of 127.0.0.1: that one does not
# disturb us, because every instance here has an address of its own.
missing=""
command -v redis-server >/dev/null 2>&1 || missing="redis-server"
command -v redis-cli >/dev/null 2>&1 || missing="$missing redis-tools"
# What stands for the image that fetches backups.
command -v curl >/dev/null 2>&1 || missing="$missing curl"
command -v sha256sum >/dev/null 2>&1 || missing="$missing coreutils"
[ -z "$missing" ] || command -v apt-get >/dev/null 2>&1 ||
    die "please install $missing (with TLS) with your package manager"
# shellcheck disable=SC2086  # a list of words
[ -z "$missing" ] || debian $missing
redis-server --version | grep -Eq 'v=([7-9]|[1-9][0-9])\.' ||
    die "redis-server 7 or later is needed; this is $(redis-server --version)"

if ! [ -x "$venv/bin/python" ]; then
    printf '%s\n' "swiftcache: preparing $venv"
    mkdir -p "$(dirname "$venv")"
    if ! "$python" -m venv "$venv" 2>/dev/null; then
        rm -rf "$venv"
        debian python3-venv
        "$python" -m venv "$venv"
    fi
fi
"$venv/bin/python" -m pip install -q --disable-pip-version-check --require-hashes -r local/uv-requirements.txt
printf '%s\n' "swiftcache: installing the libraries"
VIRTUAL_ENV=$venv "$venv/bin/uv" pip install -q --require-hashes -r local/requirements.txt
sh local/valkey.sh "$venv"
