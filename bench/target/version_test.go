package target

import (
	"strings"
	"testing"
)

func TestVersion(t *testing.T) {
	if got := Version("go.etcd.io/bbolt"); !strings.HasPrefix(got, "v1.") {
		t.Errorf("bbolt: got %s, want its release", got)
	}
	for _, module := range []string{"github.com/coatcheck/sessionstore", "example.com/absent"} {
		if got := Version(module); got != devel {
			t.Errorf("%s: got %s, want %s", module, got, devel)
		}
	}
}
