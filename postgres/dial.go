package postgres

import (
	"context"
	"net"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"
)

// dialer makes the connections of one pool and can end them all at once. pgx
// itself waits up to fifteen seconds for a server that hangs.
type dialer struct {
	next pgconn.DialFunc
	over context.Context // done once cut was called
	cut  context.CancelFunc
}

func newDialer(next pgconn.DialFunc) *dialer {
	over, cut := context.WithCancel(context.Background())
	return &dialer{next: next, over: over, cut: cut}
}

// dial is a pgconn.DialFunc. It also makes the connections by which pgx asks
// the server to cancel a statement.
func (d *dialer) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(d.over, cancel)()
	conn, err := d.next(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	return &cuttable{Conn: conn, stop: context.AfterFunc(d.over, func() { conn.Close() })}, nil
}

// cuttable is a connection that ends when its dialer cuts.
type cuttable struct {
	net.Conn
	stop func() bool
	once sync.Once
}

func (c *cuttable) Close() error {
	c.once.Do(func() { c.stop() }) // the dialer forgets it
	return c.Conn.Close()
}
