package peers

import (
	"github.com/coatcheck/sessionstore/bench/figures"
	"github.com/coatcheck/sessionstore/bench/target"
)

// Settings returns a line for each peer of the backend, for the head of a
// results file: the module with its version, and in what it differs.
//
//	peer-rueidis: github.com/redis/rueidis v1.0.79: a client, no store; …
func Settings(backend string) []figures.Setting {
	var all []figures.Setting
	for _, p := range Of(backend) {
		text := p.Differs
		if p.Module != "" {
			text = p.Module + " " + target.Version(p.Module) + ": " + text
		}
		all = append(all, figures.Setting{Key: "peer-" + p.Name, Value: text})
	}
	return all
}
