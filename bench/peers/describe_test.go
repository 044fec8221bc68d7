package peers

import (
	"regexp"
	"strings"
	"testing"
)

// TestSettings: whoever reads the figures is told of each peer what it is, in
// which version, and in what it differs from ours.
func TestSettings(t *testing.T) {
	version := regexp.MustCompile(`^[a-z0-9./-]+(/v[0-9]+)? v[0-9]+\.[0-9]+\.[0-9]+\S*: `)
	seen := map[string]bool{}
	for _, c := range Configs() {
		settings := Settings(c.Backend)
		for i, p := range Of(c.Backend) {
			s := settings[i]
			if s.Key != "peer-"+p.Name || seen[s.Key] {
				t.Errorf("key %s, want peer-%s, once", s.Key, p.Name)
			}
			seen[s.Key] = true
			if p.Module != "" && (!version.MatchString(s.Value) || !strings.HasPrefix(s.Value, p.Module+" ")) {
				t.Errorf("%s: %q, want the module with its version first", s.Key, s.Value)
			}
			if p.Differs == "" || !strings.HasSuffix(s.Value, p.Differs) {
				t.Errorf("%s: %q does not say in what it differs", s.Key, s.Value)
			}
		}
	}
	if len(seen) != len(All()) {
		t.Errorf("%d peers are described, want all %d", len(seen), len(All()))
	}
}
