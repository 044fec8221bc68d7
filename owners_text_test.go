package sessionstore

import (
	"reflect"
	"testing"
)

func TestRecordText(t *testing.T) {
	for _, r := range []record{
		{},
		{checked: 1763700000000, entries: []entry{
			{handle: "a", started: 1, listed: 2},
			{handle: "#" + hashOf("b"), started: -1, listed: 1 << 62, marked: 3, from: "a"},
		}},
	} {
		got, err := parseRecord(r.appendTo(nil))
		if err != nil || !reflect.DeepEqual(got, r) {
			t.Errorf("got %v, %v, want %v", got, err, r)
		}
	}
}

// FuzzRecordText: what is read without an error is written as it was read.
func FuzzRecordText(f *testing.F) {
	for _, text := range []string{
		"", "owners1 0", "owners1 0\n", "owners2 0", "owners1 7\na 1 2 3", "owners1 7\na 1 2 3 b\nc 1 2 0",
		"owners1 0\n 1 2 3", "owners1 0\na 1 2", "owners1 0\na 1 2 99999999999999999999", "owners1 +0", "owners1 0\n\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := parseRecord(text)
		if err != nil {
			return
		}
		again, err := parseRecord(r.appendTo(nil))
		if err != nil || !reflect.DeepEqual(again, r) {
			t.Errorf("%q: read as %v, written, and read again: got %v, %v", text, r, again, err)
		}
	})
}
