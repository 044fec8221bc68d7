package survival

import "github.com/coatcheck/sessionstore/bench/target"

// Event is what happens to the sessions, the word of the results file.
type Event string

// The events. The clients have ended before Reopen and StopServer, and work on
// through the others. The report has words on what dies in each.
const (
	Reopen          Event = "reopen"           // the store is closed and opened again
	StopServer      Event = "stop-server"      // the server is asked to end, and started again
	KillServer      Event = "kill-server"      // the server gets SIGKILL, and is started again
	KillApplication Event = "kill-application" // the process of the clients gets SIGKILL
	CutNetwork      Event = "cut-network"      // no connection holds for five seconds
)

// Events returns what can happen to a backend: to one without a server, what
// happens to its application.
func Events(c target.Config) []Event {
	if c.Embedded() {
		return []Event{Reopen, KillApplication}
	}
	return []Event{Reopen, StopServer, KillServer, KillApplication, CutNetwork}
}
