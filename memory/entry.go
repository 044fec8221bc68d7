package memory

import (
	"strings"
	"time"
)

// entry is one session, in 32 bytes: at a million sessions their number and
// size is what the garbage collector works on.
type entry struct {
	record   string        // the id and then the data
	deadline time.Duration // the session is live while now is before it
	place    int32         // in the shard's order
	idBytes  int32
}

// newRecord copies id and data into one string: one allocation for both, and a
// reader may copy data from it after it has given back the lock, since strings
// never change. The id is copied because the caller's may live in a buffer
// that it uses again.
func newRecord(id string, data []byte) string {
	var b strings.Builder
	b.Grow(len(id) + len(data))
	b.WriteString(id)
	b.Write(data)
	return b.String()
}

func recordBytes(record string) int64 { return int64(len(record) + entryBytes) }

func (e *entry) id() string   { return e.record[:e.idBytes] }
func (e *entry) data() string { return e.record[e.idBytes:] }
