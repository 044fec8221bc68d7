package containers

import (
	"fmt"
	"slices"
	"strings"
)

// kind is what redis, memcached and postgres differ in.
type kind struct {
	name     string
	official string // the image where a registry can be reached
	user     string // whom the server runs as; every image has that user
	port     int    // within the container
	data     string // where its volume is; in the image a directory of user's

	entrypoint []string // instead of the image's: that of redis would load modules
	env        map[string]string
	command    []string
	signal     string // ends it cleanly
	url        func(addr string) string
}

var redis = &kind{
	name:       "redis",
	official:   "redis:8",
	user:       "redis",
	port:       6379,
	data:       "/data",
	entrypoint: []string{"redis-server"},
	// As in internal/testserver. Protected mode would refuse whoever comes
	// through the engine's port forwarding.
	command: []string{
		"--port", "6379", "--bind", "0.0.0.0", "--protected-mode", "no", "--dir", "/data",
		"--appendonly", "yes", "--appendfsync", "no", "--save", "",
	},
	signal: "SIGTERM",
	url:    func(addr string) string { return "redis://" + addr },
}

var memcached = &kind{
	name:       "memcached",
	official:   "memcached:1.6",
	user:       "memcache",
	port:       11211,
	entrypoint: []string{"memcached"},
	command:    []string{"-l", "0.0.0.0", "-p", "11211", "-U", "0"},
	signal:     "SIGTERM",
	url:        func(addr string) string { return "memcached://" + addr },
}

var postgres = &kind{
	name:       "postgres",
	official:   "postgres:18",
	user:       "postgres",
	port:       5432,
	data:       "/var/lib/postgresql",
	entrypoint: []string{"sh", "-ec", startPostgres, "sh"},
	env:        map[string]string{"PGDATA": "/var/lib/postgresql/bench"},
	command: []string{
		"-c", "port=5432", "-c", "listen_addresses=*", "-c", "unix_socket_directories=",
		"-c", "dynamic_shared_memory_type=mmap", "-c", "fsync=on",
	},
	signal: "SIGINT", // "fast": sessions are cut off, data is saved
	url: func(addr string) string {
		return "postgres://postgres@" + addr + "/postgres?sslmode=disable"
	},
}

// startPostgres makes the database at the first start. The entry point of the
// official image would run the server twice for it.
const startPostgres = `
[ -s "$PGDATA/PG_VERSION" ] || {
	initdb -U postgres -A trust --locale=C --encoding=UTF8 --no-sync
	echo 'host all all all trust' >>"$PGDATA/pg_hba.conf"
}
exec postgres "$@"`

var kinds = []*kind{redis, memcached, postgres}

func named(name string) (*kind, error) {
	i := slices.IndexFunc(kinds, func(k *kind) bool { return k.name == name })
	if i < 0 {
		return nil, fmt.Errorf("containers: no kind of server is named %q; there are redis, memcached, postgres", name)
	}
	return kinds[i], nil
}

// variable returns the name of the environment variable that names its image.
func (k *kind) variable() string { return "SESSIONSTORE_IMAGE_" + strings.ToUpper(k.name) }
