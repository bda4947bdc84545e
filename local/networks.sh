#!/bin/sh
# Installs what makes and filters networks. Run by make; safe to run again. Where it is not there, a private network is on
# loopback, which `make run` says, and the tests of who is kept out are skipped.
set -eu
. local/debian.sh

(PATH=$PATH:/usr/sbin:/sbin; command -v ip && command -v nft && command -v nsenter) >/dev/null 2>&1 ||
    (debian iproute2 nftables util-linux) ||
    printf '%s\n' "swiftcache: without iproute2 and nftables nobody is kept out of a private network"
