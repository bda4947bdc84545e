# For the scripts that make runs: Debian's packages, with the ordinary package client.
# shellcheck shell=sh

die() { printf '%s\n' "swiftcache: $*" >&2; exit 1; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then sudo -n "$@"
    else return 1
    fi
}

# debian PACKAGE...: installs Debian packages, or fails with the line to type.
debian() {
    command -v apt-get >/dev/null 2>&1 || die "please install $* with your package manager"
    printf '%s\n' "swiftcache: installing $*"
    { as_root apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
        as_root apt-get install -y -qq --no-install-recommends "$@" >/dev/null; } ||
        die "please run: sudo apt-get install $*"
}
