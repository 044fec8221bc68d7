package bolt

import "testing"

// FuzzParseRecord reads anything as a record and as an index entry: it is one
// or it is not, and the process goes on.
func FuzzParseRecord(f *testing.F) {
	f.Add([]byte(nil))
	f.Add([]byte{1})
	f.Add(make([]byte, 17))
	f.Add(append([]byte{1}, make([]byte, 40)...))
	f.Fuzz(func(t *testing.T, value []byte) {
		if r, err := parseRecord(value); err == nil && len(r.data) > len(value) {
			t.Errorf("got %d bytes of data from a record of %d", len(r.data), len(value))
		}
		if _, key, ok := parseSweepKey(value); ok && len(key) > len(value) {
			t.Errorf("got a key of %d bytes from an entry of %d", len(key), len(value))
		}
	})
}
