#!/bin/sh
# Installs what the tests drive a browser with: browser.sh VENV. Run by make; safe to run again.
set -eu
venv=$1
. local/debian.sh

printf '%s\n' "swiftcache: installing what drives a browser"
VIRTUAL_ENV=$venv "$venv/bin/uv" pip install -q --require-hashes -r local/browser-requirements.txt
# The same browser without a window of its own takes a quarter of the time. Not every system has it by itself.
case $(. /etc/os-release 2>/dev/null && printf '%s' "${ID:-}") in
    debian) browser=chromium-headless-shell ;;
    *) browser=chromium ;;
esac
command -v "$browser" >/dev/null 2>&1 || debian "$browser"
