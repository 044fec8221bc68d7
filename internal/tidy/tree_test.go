package tidy

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync"
	"testing"
)

const (
	module = "github.com/coatcheck/sessionstore"
	root   = "../.."
)

// A file is a text file of the repository. Names are relative to its root, with
// forward slashes.
type file struct {
	name   string
	text   []byte
	module string    // directory of its module, "." for the root module
	ast    *ast.File // of Go files
}

func (f *file) dir() string  { return path.Dir(f.name) }
func (f *file) isTest() bool { return strings.HasSuffix(f.name, "_test.go") }

var fset = token.NewFileSet()

// pos says where n is, as file:line.
func pos(n ast.Node) string { return fset.Position(n.Pos()).String() }

// tree reads the repository once for all tests. It asks neither git nor the go
// command, so that a tarball passes too and build tags hide nothing.
var tree = sync.OnceValues(func() ([]*file, error) {
	var files []*file
	dir := os.DirFS(root)
	err := fs.WalkDir(dir, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if skipped(d.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		if name == ".git" { // the file of a worktree
			return nil
		}
		text, err := fs.ReadFile(dir, name)
		if err != nil || bytes.IndexByte(text, 0) >= 0 {
			return err // a binary, such as a database left by a program
		}
		f := &file{name: name, text: text, module: "."}
		if strings.HasSuffix(name, ".go") {
			f.ast, err = parser.ParseFile(fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
		}
		files = append(files, f)
		return err
	})
	assignModules(files)
	return files, err
})

// skipped reports whether a directory holds nothing of the project: what is
// hidden, except for what CI reads.
func skipped(dir string) bool {
	return strings.HasPrefix(dir, ".") && dir != "." && dir != ".ci" && dir != ".github"
}

func assignModules(files []*file) {
	nested := map[string]bool{}
	for _, f := range files {
		if path.Base(f.name) == "go.mod" {
			nested[f.dir()] = true
		}
	}
	for _, f := range files {
		for dir := f.dir(); dir != "."; dir = path.Dir(dir) {
			if nested[dir] {
				f.module = dir
				break
			}
		}
	}
}

// all returns every text file of the repository.
func all(t *testing.T) []*file {
	t.Helper()
	files, err := tree()
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// source returns the Go files of the root module: all of them, or those that
// are no tests.
func source(t *testing.T, tests bool) []*file {
	t.Helper()
	var source []*file
	for _, f := range all(t) {
		if f.ast != nil && f.module == "." && (tests || !f.isTest()) {
			source = append(source, f)
		}
	}
	if len(source) == 0 {
		t.Fatal("no Go files found: this test looks in the wrong place")
	}
	return source
}
