package postgres

import (
	"strings"
	"testing"
)

var goodTables = []string{
	"sessions", "s", "_", "Sessions", "SELECT", "user", "table", "order", "a$b", "x1", "app_v2",
	strings.Repeat("t", maxTableBytes),
}

var badTables = []string{
	" ", "a b", "1a", "$a", "a-b", `a"b`, `"a"`, `a";DROP TABLE x;--`, "a;b", "a'b", "a\\b", "a\x00b", "a\nb", "täbel", "表",
	".", "a.", ".a", "a.b.c", `public."a"`, strings.Repeat("t", maxTableBytes+1),
	strings.Repeat("s", maxIdentifierBytes+1) + ".a", "public." + strings.Repeat("t", maxTableBytes+1),
}

func TestTableNames(t *testing.T) {
	for _, table := range goodTables {
		for _, name := range []string{table, "app." + table, strings.Repeat("S", maxIdentifierBytes) + "." + table} {
			if _, err := newNames(name); err != nil {
				t.Errorf("%q: got error %v, want none", name, err)
			}
		}
	}
	for _, table := range badTables {
		if _, err := newNames(table); err == nil {
			t.Errorf("%q: got no error", table)
		}
	}
}

// TestMadeNamesFit: PostgreSQL would cut a longer name off, and two tables
// would then share an index's name.
func TestMadeNamesFit(t *testing.T) {
	n, err := newNames(strings.Repeat("t", maxTableBytes))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range strings.Split(n.sql(schema), `"`) {
		if strings.HasPrefix(part, "tttt") && len(part) > maxIdentifierBytes {
			t.Errorf("the name %s has %d bytes, want at most %d", part, len(part), maxIdentifierBytes)
		}
	}
}

// TestEveryNameIsReplaced: a name that the replacer does not know would be that
// of another store's table.
func TestEveryNameIsReplaced(t *testing.T) {
	n, err := newNames("app.other")
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{schema, sqlGet, sqlSet, sqlTouch, sqlDelete, sqlVersion,
		sqlCreate, sqlReplace, sqlGetAndTouch, sqlSwap, sqlLook, sqlRotate, sqlLookTwice, sqlList, sqlClear, sqlSweep} {
		if got := n.sql(statement); strings.Contains(got, "sessions") {
			t.Errorf("a name of the default table is left in:\n%s", got)
		}
	}
	if got, want := n.sql(`"sessions" "sessions_sweep_at"`), `"app"."other" "other_sweep_at"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
