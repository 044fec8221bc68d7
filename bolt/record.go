package bolt

import (
	"encoding/binary"
	"time"

	"github.com/coatcheck/sessionstore"
)

// A record is the stored form of a session: a byte that names the format, the
// deadline, the sweep time, and the data.
type record struct {
	deadline int64  // not live from here on, in nanoseconds since 1970
	sweep    int64  // where the sweep index holds the record; never after deadline
	data     []byte // memory of the transaction, or of the write
}

const (
	recordFormat = 1
	headerBytes  = 1 + 8 + 8
)

// newValue returns a record's bytes with room for the header: the one copy
// that a write makes of its caller's data.
func newValue(data []byte) []byte {
	value := make([]byte, headerBytes+len(data))
	copy(value[headerBytes:], data)
	return value
}

// putHeader writes the header into value.
func putHeader(value []byte, deadline, sweep int64) {
	value[0] = recordFormat
	binary.BigEndian.PutUint64(value[1:], uint64(deadline))
	binary.BigEndian.PutUint64(value[9:], uint64(sweep))
}

// parseRecord reads a record, or says that it cannot be one: ErrCorrupt.
func parseRecord(value []byte) (record, error) {
	if len(value) < headerBytes || len(value) > headerBytes+sessionstore.MaxDataBytes || value[0] != recordFormat {
		return record{}, sessionstore.ErrCorrupt
	}
	r := record{
		deadline: int64(binary.BigEndian.Uint64(value[1:])),
		sweep:    int64(binary.BigEndian.Uint64(value[9:])),
		data:     value[headerBytes:],
	}
	if r.sweep > r.deadline {
		return record{}, sessionstore.ErrCorrupt
	}
	return r, nil
}

// live reports whether the session has not expired at now.
func (r record) live(now int64) bool { return now < r.deadline }

// now is the clock of deadlines: the process's wall clock.
func now() int64 { return time.Now().UnixNano() }

// deadline returns the end of a session written at now. It cannot overflow
// before the year 2261: a ttl is at most MaxTTL.
func deadline(now int64, ttl time.Duration) int64 { return now + int64(ttl) }
