// Package target has what is compared: each backend in each of its durability
// settings, on a server of its own, with the settings read back from it.
package target

import "slices"

// Config is a backend and how it is set to keep what it acknowledged.
type Config struct {
	Backend    string // memory, bolt, redis, memcached, postgres
	Durability string // none, everysec, always, snapshot; sync, async
}

// String returns a word such as redis-everysec.
func (c Config) String() string { return c.Backend + "-" + c.Durability }

// Configs returns what the comparison of speed has, in the order of its
// tables.
func Configs() []Config {
	return []Config{
		{"memory", "none"},
		{"bolt", "async"}, {"bolt", "sync"},
		{"memcached", "none"},
		{"redis", "none"}, {"redis", "everysec"}, {"redis", "always"},
		{"postgres", "async"}, {"postgres", "sync"},
	}
}

// Survivals returns what the comparison of survival has: redis with snapshots
// beside the others, which is as fast as without and brings back what was
// deleted.
func Survivals() []Config {
	all := Configs()
	i := slices.Index(all, Config{"redis", "everysec"})
	return slices.Insert(all, i, Config{"redis", "snapshot"})
}

// arguments are what a server's command line needs for each durability. The
// settings are read back from the running server all the same.
var arguments = map[Config][]string{
	{"memcached", "none"}: {"-m", "1024"},
	{"redis", "none"}:     {"--appendonly", "no", "--save", ""},
	{"redis", "snapshot"}: {"--appendonly", "no", "--save", "3600 1"},
	{"redis", "everysec"}: {"--appendonly", "yes", "--appendfsync", "everysec", "--save", ""},
	{"redis", "always"}:   {"--appendonly", "yes", "--appendfsync", "always", "--save", ""},
	{"postgres", "async"}: {"-c", "synchronous_commit=off"},
	{"postgres", "sync"}:  {"-c", "synchronous_commit=on"},
}

// Embedded reports whether the backend has no server.
func (c Config) Embedded() bool { return c.Backend == "memory" || c.Backend == "bolt" }
