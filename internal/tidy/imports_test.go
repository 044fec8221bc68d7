package tidy

import (
	"go/ast"
	"strconv"
	"strings"
	"testing"
)

// A fence says what a package may import besides the standard library. Tests
// may import any package of ours; modules of others are fenced for them, too.
type fence struct {
	ours    []string // packages of ours, "internal/..." for all below, "." for the root
	client  string   // the one module of others
	testing bool     // it serves tests: it may import testing, and only tests import it
	logs    bool     // it may import package log
}

var (
	shared  = []string{".", "internal/contract", "internal/sweeper"}
	adapter = []string{".", "adapters/internal/managed"}
)

// fences has every package of the root module, by directory. A user who imports
// one backend must get neither the client of another nor anything of tests.
var fences = map[string]fence{
	".": {},

	"memory":    {ours: shared},
	"redis":     {ours: shared, client: "github.com/redis/go-redis/v9"},
	"memcached": {ours: shared, client: "github.com/bradfitz/gomemcache"},
	"bolt":      {ours: shared, client: "go.etcd.io/bbolt"},
	"postgres":  {ours: shared, client: "github.com/jackc/pgx/v5"},
	"open":      {ours: append([]string{"memory", "redis", "memcached", "bolt", "postgres"}, shared...)},

	// Its OnError has a default, as net/http's Server.ErrorLog does: a 503 must
	// not come without a word.
	"httpsession": {ours: []string{"."}, logs: true},

	"adapters/internal/managed": {ours: []string{"."}},
	"adapters/scs":              {ours: adapter},
	"adapters/fiber":            {ours: adapter},
	"adapters/gorilla":          {ours: adapter, client: "github.com/gorilla"}, // sessions, and its securecookie

	"internal/contract": {ours: []string{"."}},
	"internal/sweeper":  {},

	"storetest":                   {ours: []string{".", "internal/relay"}, testing: true},
	"storetest/internal/dirstore": {ours: []string{"."}, testing: true},
	"internal/interleave":         {ours: []string{"."}, testing: true},
	"internal/relay":              {testing: true},
	"internal/testserver":         {testing: true},
	"internal/testreport":         {testing: true},
	"internal/tidy":               {testing: true},
}

// unwanted are packages that the library leaves to the application: a log line
// could hold a session.
var unwanted = map[string]bool{"log": true, "log/slog": true, "flag": true, "expvar": true}

func TestImports(t *testing.T) {
	for _, f := range source(t, true) {
		fence, ok := fences[f.dir()]
		if !ok {
			t.Errorf("%s: the package has no fence: say in internal/tidy what it may import", f.dir())
			continue
		}
		for _, spec := range f.ast.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if why := fence.refuses(path, f.isTest()); why != "" {
				t.Errorf("%s imports %s: %s", pos(spec), path, why)
			}
		}
	}
}

// refuses returns why a package behind the fence may not import path, or "".
func (f fence) refuses(path string, isTest bool) string {
	ours, isOurs := strings.CutPrefix(path+"/", module+"/")
	ours = strings.TrimSuffix(ours, "/")
	switch first, _, _ := strings.Cut(path, "/"); {
	case isOurs && isTest:
		return ""
	case isOurs && ours == "":
		return f.refusesOurs(".")
	case isOurs:
		return f.refusesOurs(ours)
	case strings.Contains(first, "."):
		if f.client == "" || path != f.client && !strings.HasPrefix(path, f.client+"/") {
			return "of others' modules only a backend imports one, its client"
		}
	case isTest || f.testing:
	case path == "testing" || strings.HasPrefix(path, "testing/"):
		return "a program that uses the package would carry the flags of go test"
	case f.logs && path == "log":
	case unwanted[path]:
		return "logging and flags belong to the application"
	}
	return ""
}

func (f fence) refusesOurs(dir string) string {
	if fences[dir].testing && !f.testing {
		return "it serves tests only"
	}
	for _, allowed := range f.ours {
		if dir == allowed {
			return ""
		}
	}
	return "its fence in internal/tidy does not have it"
}

// TestQuietCode keeps out of the library what its caller could not prevent.
func TestQuietCode(t *testing.T) {
	for _, f := range source(t, false) {
		if fences[f.dir()].testing {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if n.Name.Name == "init" && n.Recv == nil {
					t.Errorf("%s: init: importing a package must do nothing", pos(n))
				}
			case *ast.CallExpr:
				if why := loud(n); why != "" {
					t.Errorf("%s: %s", pos(n), why)
				}
			}
			return true
		})
	}
}

// loud returns what is wrong with call, or "".
func loud(call *ast.CallExpr) string {
	switch fun := call.Fun.(type) {
	case *ast.Ident:
		switch fun.Name {
		case "panic":
			return "panic: return an error"
		case "print", "println":
			return "print: the library writes to nobody's terminal"
		}
	case *ast.SelectorExpr:
		pkg, ok := fun.X.(*ast.Ident)
		if !ok {
			return ""
		}
		switch name := pkg.Name + "." + fun.Sel.Name; name {
		case "fmt.Print", "fmt.Printf", "fmt.Println", "os.Exit":
			return name + ": that is the application's to do"
		}
	}
	return ""
}
