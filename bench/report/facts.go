package report

import (
	"slices"

	"github.com/coatcheck/sessionstore/bench/figures"
)

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
var events = []event{
	{"reopen", "store reopened", "Nothing died: the store was closed, and opened again.", false},
	{"stop-server", "server stopped", "The server's process was asked to end (SIGTERM; postgres: SIGINT) while nobody wrote, and was started again.", true},
	{"kill-server", "server killed", "The server's process, by SIGKILL while clients wrote. The machine went on.", true},
	{"kill-application", "application killed", "The application's process, by SIGKILL while it wrote. Server and machine went on.", false},
	{"cut-network", "network cut", "Every connection between application and server, for five seconds while clients wrote.", true},
}

type event struct {
	name, title string
	died        string // a sentence
	server      bool   // it happens to a server, or to the way to one
}

// deaths says what died in each event that the run has tried.
func deaths(run *figures.Run) []figures.Setting {
	var all []figures.Setting
	for _, e := range events {
		if slices.ContainsFunc(run.Restarts, func(s figures.Restart) bool { return s.Event == e.name }) {
			all = append(all, figures.Setting{Key: e.title, Value: e.died})
		}
	}
	return all
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
