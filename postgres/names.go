package postgres

import (
	"fmt"
	"strings"
)

// DefaultTable is the table where [Options.Table] is empty.
const DefaultTable = "sessions"

const (
	// maxIdentifierBytes is what PostgreSQL keeps of a name; it would cut off
	// the rest in silence.
	maxIdentifierBytes = 63

	// maxTableBytes leaves room for the longest name that is made of the
	// table's: <table>_schema_pkey.
	maxTableBytes = maxIdentifierBytes - len("_schema_pkey")
)

// names turns the default names, which schema.sql and the statements are
// written with, into those of one table, quoted.
type names struct {
	table    string // as the options name it
	version  string // the table with the schema's version, quoted
	replacer *strings.Replacer
}

// newNames checks a table's name, which may have a schema before a dot.
func newNames(table string) (*names, error) {
	if table == "" {
		table = DefaultTable
	}
	schema, name, qualified := strings.Cut(table, ".")
	if !qualified {
		schema, name = "", table
	}
	if qualified && !validIdentifier(schema, maxIdentifierBytes) || !validIdentifier(name, maxTableBytes) {
		return nil, errTable
	}
	prefix := ""
	if qualified {
		prefix = quote(schema) + "."
	}
	n := &names{table: table, version: prefix + quote(name+"_schema")}
	n.replacer = strings.NewReplacer(
		`"sessions"`, prefix+quote(name),
		`"sessions_schema"`, n.version,
		// An index and a constraint are in their table's schema, and must
		// not name it.
		`"sessions_pkey"`, quote(name+"_pkey"),
		`"sessions_sweep_at"`, quote(name+"_sweep_at"),
		`"sessions_schema_pkey"`, quote(name+"_schema_pkey"),
	)
	return n, nil
}

var errTable = fmt.Errorf("Options.Table: want a name, or schema.name, of letters, digits, _ and $ (ASCII),"+
	" not beginning with a digit or $; the name has at most %d bytes, the schema %d", maxTableBytes, maxIdentifierBytes)

// sql returns a statement with the names of this table.
func (n *names) sql(statement string) string { return n.replacer.Replace(statement) }

// validIdentifier leaves out what PostgreSQL takes only in quotes, such as a
// quote or a dot: no tool and no log then shows a name that reads as two.
func validIdentifier(s string, maxBytes int) bool {
	if s == "" || len(s) > maxBytes || strings.ContainsRune("0123456789$", rune(s[0])) {
		return false
	}
	for i := range len(s) {
		c := s[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && !('0' <= c && c <= '9') && c != '_' && c != '$' {
			return false
		}
	}
	return true
}

// quote keeps upper case, and makes reserved words names.
func quote(identifier string) string {
	return `"` + strings.ReplaceAll(identifier, `"`, `""`) + `"`
}
