package contract

import (
	"errors"
	"strings"
	"testing"

	"github.com/coatcheck/sessionstore"
)

func TestNamespace(t *testing.T) {
	longest := strings.Repeat("n", sessionstore.MaxNamespaceBytes)
	for _, c := range []struct{ parent, name, want string }{
		{"", "a", "a"},
		{"a", "b", "a:b"},
		{"a:b", "~c.d-e_", "a:b:~c.d-e_"},
		{"", longest, longest},
		{"a", longest[2:], "a:" + longest[2:]},
	} {
		if got, err := Namespace(c.parent, c.name); got != c.want || err != nil {
			t.Errorf("%q in %q: got %q, %v, want %q", c.name, c.parent, got, err, c.want)
		}
	}
	for _, c := range []struct{ parent, name string }{
		{"", ""}, {"a", ""}, {"", "a:b"}, {"", "a b"}, {"", "#"}, {"", "é"}, {"", longest + "n"}, {"a", longest[1:]}, {longest, "a"},
	} {
		got, err := Namespace(c.parent, c.name)
		if got != "" || !errors.Is(err, sessionstore.ErrInvalidID) || !strings.Contains(err.Error(), "48 bytes") {
			t.Errorf("%q in %q: got %q, %v, want ErrInvalidID and the limit", c.name, c.parent, got, err)
		}
	}
}
