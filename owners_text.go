package sessionstore

import (
	"fmt"
	"strconv"
	"strings"
)

// A record is stored as text: a line with the version of the format and the time
// of the last check, and a line for each entry. Its parts are separated by
// spaces, which no handle has. JSON takes five times as long to read, and
// each sign-in reads the list.
const recordVersion = "owners1"

func (r *record) appendTo(b []byte) []byte {
	b = append(b, recordVersion...)
	b = strconv.AppendInt(append(b, ' '), r.checked, 10)
	for _, e := range r.entries {
		b = append(append(b, '\n'), e.handle...)
		for _, number := range []int64{e.started, e.listed, e.marked} {
			b = strconv.AppendInt(append(b, ' '), number, 10)
		}
		if e.from != "" {
			b = append(append(b, ' '), e.from...)
		}
	}
	return b
}

// parseRecord returns ErrCorrupt where appendTo did not write text.
func parseRecord(text []byte) (r record, err error) {
	first, lines, _ := strings.Cut(string(text), "\n")
	version, checked, _ := strings.Cut(first, " ")
	if r.checked, err = strconv.ParseInt(checked, 10, 64); err != nil || version != recordVersion {
		return record{}, errRecord
	}
	for lines != "" {
		var line string
		line, lines, _ = strings.Cut(lines, "\n")
		e, ok := parseEntry(line)
		if !ok {
			return record{}, errRecord
		}
		r.entries = append(r.entries, e)
	}
	return r, nil
}

var errRecord = fmt.Errorf("the list of an owner: %w", ErrCorrupt)

func parseEntry(line string) (e entry, ok bool) {
	e.handle, line, _ = strings.Cut(line, " ")
	for _, into := range []*int64{&e.started, &e.listed, &e.marked} {
		var number string
		number, line, _ = strings.Cut(line, " ")
		var err error
		if *into, err = strconv.ParseInt(number, 10, 64); err != nil {
			return entry{}, false
		}
	}
	e.from = line
	return e, e.handle != ""
}
