package tidy

import (
	"encoding/json"
	"os/exec"
	"path"
	"slices"
	"testing"
)

// required are the modules that a user of the library may come to carry: the
// clients, and what these need. A module that is new here is a decision.
var required = map[string]string{
	"github.com/redis/go-redis/v9":    "client",
	"github.com/bradfitz/gomemcache":  "client",
	"go.etcd.io/bbolt":                "client",
	"github.com/jackc/pgx/v5":         "client",
	"github.com/gorilla/sessions":     "client", // its Store names its own Session type: no other way to satisfy it
	"github.com/gorilla/securecookie": "client", // the cookie's codecs, which sessions requires anyway
	"github.com/cespare/xxhash/v2":    "go-redis",
	"go.uber.org/atomic":              "go-redis",
	"golang.org/x/sys":                "bbolt",
	"github.com/jackc/pgpassfile":     "pgx",
	"github.com/jackc/pgservicefile":  "pgx",
	"github.com/jackc/puddle/v2":      "pgx",
	"golang.org/x/sync":               "puddle",
	"golang.org/x/text":               "pgx",
}

func TestRootRequiresLittle(t *testing.T) {
	var mod struct {
		Require []struct {
			Path     string
			Indirect bool
		}
		Replace, Exclude, Tool, Ignore []any
	}
	edit(t, &mod, "mod", "edit", "-json")
	for _, r := range mod.Require {
		switch why, ok := required[r.Path]; {
		case !ok:
			t.Errorf("go.mod requires %s: every user of the library would carry it; tools and test libraries belong to another module", r.Path)
		case why == "client" && r.Indirect:
			t.Errorf("go.mod requires the client %s as indirect", r.Path)
		}
	}
	for name, lines := range map[string][]any{"replace": mod.Replace, "exclude": mod.Exclude, "tool": mod.Tool} {
		if len(lines) > 0 {
			t.Errorf("go.mod has %s lines: a user's build ignores them or pays for them", name)
		}
	}
}

// TestWorkspaceHasEveryModule: what go.work does not list, ./test.sh does not test.
func TestWorkspaceHasEveryModule(t *testing.T) {
	var want []string
	for _, f := range all(t) {
		if path.Base(f.name) == "go.mod" {
			want = append(want, f.dir())
		}
	}
	var work struct{ Use []struct{ DiskPath string } }
	edit(t, &work, "work", "edit", "-json", "go.work")
	var got []string
	for _, u := range work.Use {
		got = append(got, path.Clean(u.DiskPath))
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("go.work uses %q, want every module of the repository: %q", got, want)
	}
}

// TestOtherModulesUseThisTree: what examples and bench show and measure is the
// library beside them, and nothing else is replaced.
func TestOtherModulesUseThisTree(t *testing.T) {
	for _, f := range all(t) {
		if path.Base(f.name) != "go.mod" || f.dir() == "." {
			continue
		}
		var mod struct {
			Module  struct{ Path string }
			Replace []struct{ Old, New struct{ Path string } }
			Tool    []any
		}
		edit(t, &mod, "mod", "edit", "-json", f.name)
		if want := module + "/" + f.dir(); mod.Module.Path != want {
			t.Errorf("%s: the module is %s, want %s", f.name, mod.Module.Path, want)
		}
		if len(mod.Replace) != 1 || mod.Replace[0].Old.Path != module || path.Join(f.dir(), mod.Replace[0].New.Path) != "." {
			t.Errorf("%s: replaces %v, want %s alone, by the root of the repository", f.name, mod.Replace, module)
		}
		if len(mod.Tool) > 0 {
			t.Errorf("%s has tool lines: name the tool with its version where it is run", f.name)
		}
	}
}

// edit unmarshals what the go command prints of go.mod or go.work.
func edit(t *testing.T, into any, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %v: %v", args, err)
	}
	if err := json.Unmarshal(out, into); err != nil {
		t.Fatal(err)
	}
}
