package tidy

import (
	"go/ast"
	"go/token"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func TestPackagesAreDocumented(t *testing.T) {
	docs := map[string]int{}
	for _, f := range source(t, false) {
		docs[f.dir()] += 0
		if f.ast.Doc == nil {
			continue
		}
		docs[f.dir()]++
		want := "Package " + f.ast.Name.Name + " "
		if f.ast.Name.Name == "main" {
			want = "Command "
		}
		if !strings.HasPrefix(f.ast.Doc.Text(), want) {
			t.Errorf("%s: the package's comment begins not with %q", f.name, want)
		}
	}
	for dir, n := range docs {
		if n != 1 {
			t.Errorf("%s: %d files have a package comment, want 1", dir, n)
		}
	}
}

func TestExportedNamesAreDocumented(t *testing.T) {
	for _, f := range source(t, false) {
		for _, decl := range f.ast.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && receiverIsExported(d) && d.Doc == nil {
					t.Errorf("%s: %s has no doc comment", pos(d), d.Name.Name)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					checkSpec(t, d, spec)
				}
			}
		}
	}
}

// receiverIsExported reports whether d is a function, or a method that users
// see.
func receiverIsExported(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	typ := d.Recv.List[0].Type
	for {
		switch x := typ.(type) {
		case *ast.StarExpr:
			typ = x.X
		case *ast.IndexExpr:
			typ = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return true
		}
	}
}

func checkSpec(t *testing.T, d *ast.GenDecl, spec ast.Spec) {
	switch s := spec.(type) {
	case *ast.ValueSpec:
		for _, name := range s.Names {
			if name.IsExported() && s.Doc == nil && s.Comment == nil && d.Doc == nil {
				t.Errorf("%s: %s has no doc comment", pos(s), name.Name)
			}
		}
	case *ast.TypeSpec:
		if !s.Name.IsExported() {
			return
		}
		if s.Doc == nil && d.Doc == nil {
			t.Errorf("%s: %s has no doc comment", pos(s), s.Name.Name)
		}
		if fields, ok := s.Type.(*ast.StructType); ok {
			checkFields(t, s.Name.Name, fields.Fields.List)
		}
	}
}

// checkFields wants a comment on every exported field: its effect, its unit,
// what zero means. A field right under another shares that one's comment.
func checkFields(t *testing.T, typ string, fields []*ast.Field) {
	documented := 0 // the line after a documented field
	for _, f := range fields {
		line := fset.Position(f.Pos()).Line
		if f.Doc != nil || f.Comment != nil || line == documented {
			documented = fset.Position(f.End()).Line + 1
			continue
		}
		for _, name := range f.Names {
			if name.IsExported() {
				t.Errorf("%s: %s.%s has no doc comment", pos(f), typ, name.Name)
			}
		}
	}
}

var (
	ruleName = regexp.MustCompile(`^[A-Z][A-Za-z]*/[A-Z][a-z]\w*$`)
	citation = regexp.MustCompile(`\(([A-Z][A-Za-z]*/[A-Z][a-z]\w*(?:,? (?:and )?[A-Z][A-Za-z]*/[A-Z][a-z]\w*)*)\)`)
	inside   = regexp.MustCompile(`[A-Z][A-Za-z]*/[A-Z][a-z]\w*`)
)

// TestCitedRulesExist: a promise names the rule of storetest that checks it,
// like (Data/Any). A rule that is renamed would leave promises that nobody
// checks.
func TestCitedRulesExist(t *testing.T) {
	rules := ruleNames(t)
	cited := 0
	for _, f := range source(t, true) {
		for _, group := range f.ast.Comments {
			text := strings.Join(strings.Fields(group.Text()), " ")
			for _, m := range citation.FindAllStringSubmatch(text, -1) {
				for _, name := range inside.FindAllString(m[1], -1) {
					cited++
					if !rules[name] {
						t.Errorf("%s: the comment names the rule %s, which storetest does not have", pos(group), name)
					}
				}
			}
		}
	}
	if cited == 0 {
		t.Error("no comment names a rule: this test looks for the wrong form")
	}
}

// ruleNames returns the names in storetest's table of rules.
func ruleNames(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for _, f := range source(t, false) {
		if f.dir() != "storetest" {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			kv, ok := n.(*ast.KeyValueExpr)
			if !ok {
				return true
			}
			key, _ := kv.Key.(*ast.Ident)
			lit, _ := kv.Value.(*ast.BasicLit)
			if key != nil && key.Name == "name" && lit != nil && lit.Kind == token.STRING {
				if s, err := strconv.Unquote(lit.Value); err == nil && ruleName.MatchString(s) {
					names[s] = true
				}
			}
			return true
		})
	}
	if len(names) == 0 {
		t.Fatal(`storetest has no rules: this test looks for name: "Area/Rule"`)
	}
	return names
}
