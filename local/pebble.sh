#!/bin/sh
# Installs Pebble, the certificate authority that tests ask. Run by make; safe to run again. Where there is none, those tests
# are skipped and say so.
set -eu
. local/debian.sh

command -v pebble >/dev/null 2>&1 || (debian pebble) ||
    printf '%s\n' "swiftcache: without pebble the tests of a real certificate authority are skipped"
