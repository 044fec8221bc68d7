package memcached

import (
	"context"
	"errors"
	"math"
	"net"
	"time"

	"github.com/bradfitz/gomemcache/memcache"
)

// slot is one connection and the client that has no other. gomemcache knows
// no context and shares its connections among calls; a slot serves one call at
// a time, and its connection obeys that call's context.
type slot struct {
	client    *memcache.Client
	conn      *conn
	idleSince time.Time // guarded by node.mu
}

// newSlot makes a client that gets nc when it first connects. It gets nothing
// after that: a slot ends with its connection, so that no request is sent a
// second time.
func newSlot(addr address, nc net.Conn) *slot {
	sl := &slot{client: memcache.NewFromSelector(addr), conn: &conn{Conn: nc}}
	sl.client.MaxIdleConns = 1
	sl.client.Timeout = math.MaxInt64 / 4 // conn keeps the time
	given := false
	sl.client.DialContext = func(context.Context, string, string) (net.Conn, error) {
		if given {
			return nil, errUsedUp
		}
		given = true
		return sl.conn, nil
	}
	return sl
}

var errUsedUp = errors.New("the slot's connection is closed")

// call carries out one request within ctx. The connection is closed afterwards
// unless the reply was read whole and understood.
func (sl *slot) call(ctx context.Context, request request) error {
	sl.conn.begin(ctx)
	err := request(sl.client)
	sl.conn.end()
	if err != nil && !understood(err) {
		sl.conn.Close()
	}
	return err
}

// understood reports whether an error is an ordinary reply, after which
// gomemcache keeps the connection.
func understood(err error) bool {
	return err == memcache.ErrCacheMiss || err == memcache.ErrNotStored || err == memcache.ErrCASConflict || isVerdict(err)
}
