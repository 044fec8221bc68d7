#!/usr/bin/env bash
# Runs every check and every test of every module, with the race detector and
# against real servers; no test may be skipped. A clone, Go and git suffice:
# on Debian, as root or with CI=true, it installs what else is missing;
# otherwise it prints the command that does, and stops.
#
# The last line is a result: N passed, N failed, N skipped. The status is 0
# only where nothing failed. Go's caches and the servers' files stay outside
# the clone.
set -euo pipefail
unset CDPATH
cd -- "$(dirname -- "${BASH_SOURCE[0]}")"
began=$(date +%s)

staticcheck=honnef.co/go/tools/cmd/staticcheck@v0.8.2

# A clone of another user's, or a tarball, has no version to stamp.
export GOFLAGS="${GOFLAGS:-} -buildvcs=false"
unset GOWORK GOOS GOARCH

die() {
	printf 'test.sh: %s\n' "$*" >&2
	exit 1
}

# --- what the tests need ----------------------------------------------------

command -v go >/dev/null || die 'go is not on the PATH: install it from https://go.dev/dl'

# The race detector needs a C compiler and the C library's headers.
have_cc() {
	echo '#include <stdlib.h>' | $(go env CC) -fsyntax-only -x c - 2>/dev/null
}

# have_server NAME URL: an address given in the environment stands for a binary.
have_server() {
	[ -n "$2" ] || command -v "$1" >/dev/null
}

have_postgres() {
	have_server postgres "${SESSIONSTORE_POSTGRES_URL:-}" || compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null
}

# have_engine: containers are tested where a Docker engine answers.
have_engine() {
	command -v docker >/dev/null && docker version >/dev/null 2>&1
}

# have_images: they are there, or came from a registry just now.
have_images() {
	! have_engine || bench/containers/images.sh --pull >/dev/null 2>&1
}

have_debootstrap() {
	[ -x /usr/sbin/debootstrap ] || command -v debootstrap >/dev/null
}

have_chromium() {
	command -v chromium chromium-browser google-chrome google-chrome-stable >/dev/null
}

# missing prints the Debian packages that would bring what is not there.
missing() {
	have_cc || echo gcc libc6-dev
	have_server redis-server "${SESSIONSTORE_REDIS_URL:-}" || echo redis-server
	have_server memcached "${SESSIONSTORE_MEMCACHED_URL:-}" || echo memcached
	have_postgres || echo postgresql
	have_images || have_debootstrap || echo debootstrap
	have_chromium || echo chromium
	command -v curl >/dev/null || echo curl
	[ "$(uname)" != Linux ] || command -v strace >/dev/null || echo strace # counts syncs
}

install_missing() {
	local packages as_root=()
	packages=$(missing | xargs)
	[ -n "$packages" ] || return 0
	command -v apt-get >/dev/null ||
		die "missing: $packages (Debian's names). Install them in your system's way and run ./test.sh again."
	if [ "$(id -u)" != 0 ]; then
		as_root=(sudo -n)
		if [ "${CI:-}" != true ] || ! sudo -n true 2>/dev/null; then
			die "missing: $packages. This installs them, without starting the servers; then run ./test.sh again:

    sudo .ci/install $packages
"
		fi
	fi
	printf '== installing %s\n' "$packages"
	# shellcheck disable=SC2086 # package names are words
	${as_root[@]+"${as_root[@]}"} bash .ci/install $packages || die "the installation failed: see above"
	packages=$(missing | xargs)
	[ -z "$packages" ] || die "still missing after their installation: $packages"
}

# --- checks -----------------------------------------------------------------

# check NAME COMMAND... goes on after a failure: one run shows all that is wrong.
failed=()
check() {
	local name=$1 start=$SECONDS
	shift
	printf '== %s\n' "$name"
	if "$@"; then
		printf '   ok, %d s\n' $((SECONDS - start))
	else
		printf '   FAILED, %d s\n' $((SECONDS - start))
		failed+=(-failed "$name")
	fi
}

is_formatted() {
	local list
	list=$(gofmt -l .) || return
	[ -z "$list" ] || {
		printf 'gofmt would change:\n%s\n' "$list"
		return 1
	}
}

vet() {
	go vet "$packages"
}

vet_for() {
	GOOS=$1 CGO_ENABLED=0 go vet "$packages"
}

# alone checks that a module needs nothing of the workspace and that its list
# of requirements is exact.
alone() {
	(cd -- "$1" && GOWORK=off go mod tidy -diff && GOWORK=off go build -o /dev/null ./...)
}

# make_images needs root only where no registry can be reached.
make_images() {
	if [ "${CI:-}" = true ] && [ "$(id -u)" != 0 ]; then
		sudo -n bench/containers/images.sh
	else
		bench/containers/images.sh
	fi
}

# has_workspace_sums fails where the checks above had to add to go.work.sum:
# they would change a file in everybody's clone.
sums() { cat go.work.sum 2>/dev/null || true; }
has_workspace_sums() {
	go list -m all >/dev/null # as go doc does
	[ "$(sums)" = "$sums_before" ] || {
		echo 'go.work.sum was not complete; make tidy writes it anew'
		return 1
	}
}

# bench_smoke shows what it prints only where a benchmark fails: the figures of
# one operation mean nothing.
bench_smoke() {
	local out
	out=$(go test -run '^$' -bench . -benchtime 1x ./bench ./storetest 2>&1 &&
		go test -short -run '^$' -bench 'Growth|Peers' -benchtime 1x ./bench 2>&1) || {
		printf '%s\n' "$out"
		return 1
	}
	printf '   %d benchmarks\n' "$(grep -c '^Benchmark' <<<"$out")"
}

install_missing

sums_before=$(sums)
export SESSIONSTORE_REQUIRE=all,chromium CGO_ENABLED=1
if have_engine; then
	SESSIONSTORE_REQUIRE+=,docker
	check 'images for containers' make_images
fi
go version
modules=()
while IFS= read -r dir; do
	modules+=("$dir")
done < <(go list -m -f '{{.Dir}}')
[ ${#modules[@]} -gt 0 ] || die 'go list -m names no module'
packages=./...
[ ! -e go.work ] || packages=work

check 'gofmt' is_formatted
check 'vet' vet
check 'vet for darwin' vet_for darwin
check 'vet for windows' vet_for windows
check 'staticcheck' go run "$staticcheck" "$packages"
check 'go.work.sum' has_workspace_sums
for dir in "${modules[@]}"; do
	check "module .${dir#"$PWD"} alone" alone "$dir"
done

check 'benchmarks, each once' bench_smoke

# --- tests ------------------------------------------------------------------

bin=$(mktemp -d)
trap 'rm -rf -- "$bin"' EXIT
go build -o "$bin/testreport" ./internal/testreport
printf '== tests\n'
"$bin/testreport" -began "$began" ${failed[@]+"${failed[@]}"} "${modules[@]}"
