#!/usr/bin/env bash
# Sees to it that the Docker engine has images of redis, memcached and postgres
# for bench/containers. Where they are there it does nothing. Else it pulls the
# official ones; where no registry can be reached it builds one image with all
# three from Debian's packages, which takes about two minutes and root.
#
# usage: bench/containers/images.sh [--pull]
#
# With --pull it fails where it would build.
# SUITE names Debian's release (default: this machine's, or stable), and
# DEBIAN_MIRROR the address of a mirror (default: debootstrap's).
set -euo pipefail
unset CDPATH
cd -- "$(dirname -- "${BASH_SOURCE[0]}")"
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"

built=$(sed -n 's/^const BuiltImage = "\(.*\)"$/\1/p' image.go)

die() {
	printf 'images: %s\n' "$*" >&2
	exit 1
}

# official KIND prints the name of its official image.
official() {
	sed -n "/^var $1 = /,/^}/s/^\tofficial: *\"\(.*\)\",\$/\1/p" kind.go
}

has() {
	docker image inspect "$1" >/dev/null 2>&1
}

# has_kind KIND: one that the environment names is its owner's affair.
has_kind() {
	local variable
	variable=SESSIONSTORE_IMAGE_$(tr '[:lower:]' '[:upper:]' <<<"$1")
	[ -n "${!variable:-}" ] || has "$(official "$1")"
}

# lacking prints the kinds that have no image yet.
lacking() {
	local kind
	has "$built" || for kind in redis memcached postgres; do
		has_kind "$kind" || echo "$kind"
	done
}

pull() {
	local kind
	for kind in $(lacking); do
		docker pull --quiet "$(official "$kind")" || {
			echo 'images: the official ones cannot be pulled'
			return 1
		}
	done
}

# want COMMAND PACKAGE says what would bring a command that is missing.
want() {
	command -v "$1" >/dev/null || die "$1 is missing: install it (apt-get install $2)"
}

# release prints Debian's release of this machine, if it is one.
release() {
	local ID='' VERSION_CODENAME=''
	[ ! -r /etc/os-release ] || . /etc/os-release
	if [ "$ID" = debian ] && [ -n "$VERSION_CODENAME" ]; then
		echo "$VERSION_CODENAME"
	else
		echo stable
	fi
}

build() {
	[ "$(id -u)" = 0 ] || die "Debian's packages are unpacked as root: sudo $PWD/images.sh"
	want debootstrap debootstrap
	local suite tree log
	suite=${SUITE:-$(release)}
	work=$(mktemp -d -p "${TMPDIR:-/var/tmp}" sessionstore-images.XXXXXX)
	trap remove_work EXIT
	trap 'exit 130' INT
	trap 'exit 143' HUP TERM
	tree=$work/tree log=$work/log
	printf 'images: building %s from the packages of Debian %s\n' "$built" "$suite"
	debootstrap --variant=minbase --include=redis-server,memcached,postgresql \
		"$suite" "$tree" ${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"} >"$log" 2>&1 || {
		tail -n 20 "$log" >&2
		die "debootstrap failed: see above. DEBIAN_MIRROR names another mirror, SUITE another release."
	}
	trim "$tree"
	import "$tree"
}

# remove_work first undoes what a debootstrap that was interrupted has mounted.
remove_work() {
	local mounted
	for mounted in "$work"/tree/{proc,sys,dev/pts,dev/shm,dev,run}; do
		umount -q -- "$mounted" 2>/dev/null || true
	done
	rm -rf --one-file-system -- "$work"
}

# trim removes what no server reads, and the database that the package made.
trim() {
	rm -rf -- "$1"/var/cache/apt "$1"/var/cache/debconf "$1"/var/lib/apt/lists "$1"/var/log/* \
		"$1"/usr/share/{doc,man,locale,info} "$1"/var/lib/postgresql/* "$1"/etc/postgresql/*
	chroot "$1" install -d -o redis -g redis /data
}

# import makes an image of a directory. Debian keeps postgres out of PATH.
import() {
	local bin=("$1"/usr/lib/postgresql/*/bin)
	tar -C "$1" --one-file-system --numeric-owner -c . |
		docker import -m 'Debian with redis, memcached and postgresql' \
			-c "ENV PATH=${bin[0]#"$1"}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" \
			- "$built" >/dev/null
}

want docker docker.io
docker version >/dev/null || die 'no container engine answers: start it, be root or a member of the group docker, or set DOCKER_HOST'
if [ -z "$(lacking)" ]; then
	echo 'images: nothing to do'
	exit 0
fi
if ! pull; then
	[ "${1:-}" != --pull ] || die "no image for: $(lacking | xargs)"
	build
fi
[ -z "$(lacking)" ] || die "still no image for: $(lacking | xargs)"
printf 'images: done after %d s\n' "$SECONDS"
