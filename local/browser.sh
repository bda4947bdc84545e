#!/bin/sh
# Installs what the tests drive a browser with: browser.sh VENV. Run by make; safe to run again.
set -eu
venv=$1
. local/debian.sh

printf '%s\n' "swiftcache: installing what drives a browser"
VIRTUAL_ENV=$venv "$venv/bin/uv" pip install -q --require-hashes -r local/browser-requirements.txt
command -v chromium >/dev/null 2>&1 || debian chromium
