package report

import "github.com/coatcheck/sessionstore/bench/figures"

// fact is what a backend is by its nature. No figure shows it, and none
// changes it.
type fact struct {
	server bool   // it needs one
	shared bool   // several processes can use the sessions at the same time
	caveat string // what whoever takes it must know
}

var facts = map[string]fact{
	"memory":    {caveat: "Its sessions end with the process."},
	"bolt":      {caveat: "One process has the file at a time."},
	"redis":     {server: true, shared: true, caveat: "Set maxmemory-policy to noeviction, or it may sign users out when its memory is full."},
	"memcached": {server: true, shared: true, caveat: "It signs users out when its memory is full, and when it restarts."},
	"postgres":  {server: true, shared: true},
}

// settingCaveats are of one setting: what a run may be lucky not to meet.
var settingCaveats = map[figures.Target]string{
	{Backend: "redis", Durability: "everysec"}: "While the disk is slow Redis acknowledges before it writes, so that a kill at the wrong moment loses acknowledged writes.",
}

// events are what the comparison of survival tries, in the order of its
// columns.
var events = []struct {
	name, title string
	server      bool // it happens to a server, or to the way to one
}{
	{"reopen", "store reopened", false},
	{"stop-server", "server stopped", true},
	{"kill-server", "server killed", true},
	{"kill-application", "application killed", false},
	{"cut-network", "network cut", true},
}

// killed is the event that ends the process which holds the sessions.
func killed(t figures.Target) string {
	if facts[t.Backend].server {
		return "kill-server"
	}
	return "kill-application"
}

// writesThrough reports whether the setting promises that an acknowledged write
// is on the disk.
func writesThrough(t figures.Target) bool {
	return t.Durability == "sync" || t.Durability == "always"
}
