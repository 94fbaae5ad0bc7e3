# What the checks beside this file share: saying what failed, and Debian packages where a program is missing.

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

has() {
    command -v "$1" >/dev/null
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif has sudo; then
        sudo "$@" || fail "installing packages needs root, and \`sudo $*\` did not work"
    else
        fail "\`$*\` needs root; this user is not, and there is no sudo"
    fi
}

# The programs that are missing, in the words of a message, and the Debian packages that bring them.
install_packages() {
    local programs=$1
    shift
    has apt-get || fail "install $programs first"
    printf 'installing %s\n' "$programs"
    as_root apt-get -qq update
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$@" >/dev/null
}
