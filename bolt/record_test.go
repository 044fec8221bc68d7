package bolt

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
)

// TestCorrupt puts what is no record in a session's place: it is ErrCorrupt, and
// never a session, a miss or a panic. Set and Delete get rid of it.
func TestCorrupt(t *testing.T) {
	s, ctx := openTest(t), t.Context()
	sound := newValue([]byte("data"))
	putHeader(sound, now()+int64(time.Hour), now()+int64(time.Hour))
	with := func(i int, b byte) []byte {
		value := bytes.Clone(sound)
		value[i] = b
		return value
	}
	key := recordKey("", "a")
	for name, value := range map[string][]byte{
		"empty":             {},
		"half a header":     sound[:headerBytes/2],
		"a byte short":      sound[:headerBytes-1],
		"another format":    with(0, recordFormat+1),
		"no format":         with(0, 0),
		"over before swept": with(1, 0),
		"too long":          make([]byte, headerBytes+sessionstore.MaxDataBytes+1),
	} {
		t.Run(name, func(t *testing.T) {
			put := func() { change(t, s, func(table table) error { return table.b.Put(key, value) }) }
			put()
			if data, err := s.Get(ctx, "a"); !errors.Is(err, sessionstore.ErrCorrupt) || errors.Is(err, sessionstore.ErrNotFound) {
				t.Errorf("Get: got %d bytes, %v, want ErrCorrupt", len(data), err)
			}
			if err := s.Touch(ctx, "a", time.Hour); !errors.Is(err, sessionstore.ErrCorrupt) {
				t.Errorf("Touch: got %v, want ErrCorrupt", err)
			}
			set(t, s, "a")
			if _, err := s.Get(ctx, "a"); err != nil {
				t.Errorf("Get after Set: %v", err)
			}
			put()
			if err := s.Delete(ctx, "a"); err != nil {
				t.Errorf("Delete: %v", err)
			}
			if _, err := s.Get(ctx, "a"); !errors.Is(err, sessionstore.ErrNotFound) {
				t.Errorf("Get after Delete: got %v, want ErrNotFound", err)
			}
		})
	}
}

// TestRecordKey checks that no two of namespace and id share a key.
func TestRecordKey(t *testing.T) {
	seen := make(map[string]bool)
	for _, namespace := range []string{"", "a", "ab", "#", "layout"} {
		for _, id := range []string{"a", "ab", "b", "layout", "r", "s"} {
			key := string(recordKey(namespace, id))
			if seen[key] || key == layoutKey {
				t.Errorf("namespace %q, id %q: another has the key %q", namespace, id, key)
			}
			seen[key] = true
		}
	}
}

// TestDeadline checks that the longest ttl does not overflow.
func TestDeadline(t *testing.T) {
	year := time.Date(2260, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()
	if got := deadline(year, sessionstore.MaxTTL); got <= year {
		t.Errorf("got %d, want more than %d", got, year)
	}
}
