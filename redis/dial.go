package redis

import (
	"context"
	"crypto/tls"
	"net"
	"sync"

	goredis "github.com/redis/go-redis/v9"
)

// dialer dials for the client of [Open]. Other than the client's own it heeds
// ctx while it negotiates TLS, and it ends with the Store: the client leaves
// dials behind that its caller no longer waits for.
type dialer struct {
	tcp   net.Dialer
	tls   *tls.Config // nil: plain TCP
	alive context.Context
	end   context.CancelFunc

	mu     sync.Mutex
	closed bool           // guarded by mu
	dials  sync.WaitGroup // dials under way; none begins once closed is set
}

func newDialer(o *goredis.Options) *dialer {
	d := &dialer{tcp: net.Dialer{Timeout: o.DialTimeout}, tls: o.TLSConfig}
	d.alive, d.end = context.WithCancel(context.Background())
	return d
}

func (d *dialer) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if !d.begin() {
		return nil, goredis.ErrClosed
	}
	defer d.dials.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(d.alive, cancel)
	defer stop()
	if d.tls == nil {
		return d.tcp.DialContext(ctx, network, addr)
	}
	secure := tls.Dialer{NetDialer: &d.tcp, Config: d.tls}
	return secure.DialContext(ctx, network, addr)
}

func (d *dialer) begin() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return false
	}
	d.dials.Add(1)
	return true
}

// close ends all dials, closes the client and waits.
func (d *dialer) close(closeClient func() error) error {
	d.mu.Lock()
	d.closed = true
	d.mu.Unlock()
	d.end()
	err := closeClient()
	d.dials.Wait()
	return err
}
