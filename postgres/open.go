package postgres

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/coatcheck/sessionstore/internal/contract"
)

const (
	// openTimeout bounds the first connection where ctx has no deadline.
	openTimeout = 5 * time.Second

	// connectTimeout bounds each attempt to connect where the URL does not
	// say (connect_timeout); pgx would wait two minutes.
	connectTimeout = 5 * time.Second

	// pingTimeout bounds pgx's check of a connection that was idle, where the
	// URL does not say (pool_ping_timeout); pgx would wait a minute.
	pingTimeout = 5 * time.Second

	// closeTimeout is how long Close waits for the calls under way.
	closeTimeout = 2 * time.Second
)

// Open connects to the server that url names, makes the table if it is not
// there (see [Migrate]), and returns a store with a pool of connections that
// Close closes. Where ctx has no deadline, a server that does not answer is an
// error after five seconds.
//
// The URL is postgres://user:password@host:5432/database, and takes the
// parameters of libpq and of pgxpool (sslmode, connect_timeout, pool_max_conns
// and so on); any other is sent to the server as a setting of the session. What
// the URL leaves out comes from the environment (PGHOST, PGPASSWORD and so on).
// Reserved characters in the password are percent-encoded, and a space is %20:
// a + stays a plus sign. Several hosts may be named: the primary is found among
// them, whatever target_session_attrs says.
func Open(ctx context.Context, url string, opts Options) (*Store, error) {
	const op = "postgres: open"
	names, err := opts.check()
	if err != nil {
		return nil, contract.Error(op, err)
	}
	if err := ctx.Err(); err != nil {
		return nil, contract.Error(op, err)
	}
	s, abort, err := prepare(ctx, url, names, opts)
	if err != nil {
		return nil, contract.Error(op, err)
	}
	if err := s.connect(ctx); err != nil {
		abort()
		return nil, contract.Error(op, err)
	}
	return s, nil
}

// prepare makes a store and connects to nothing yet. Its abort closes it
// without waiting for anybody.
func prepare(ctx context.Context, url string, names *names, opts Options) (s *Store, abort func(), err error) {
	config, err := parse(url, opts)
	if err != nil {
		return nil, nil, err
	}
	dialer := newDialer(config.ConnConfig.DialFunc)
	config.ConnConfig.DialFunc = dialer.dial
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, nil, cause(ctx, err)
	}
	s = newStore(pool, names, opts)
	s.end = sync.OnceFunc(func() { end(pool, dialer) })
	return s, func() { dialer.cut(); s.Close() }, nil
}

// connect makes the first connection, and the table where it is missing. Its
// error may be shown.
func (s *Store) connect(ctx context.Context) error {
	pingCtx := ctx
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		pingCtx, cancel = context.WithTimeout(ctx, openTimeout)
		defer cancel()
	}
	if err := s.pool.Ping(pingCtx); err != nil {
		if err = cause(pingCtx, err); errors.Is(err, context.DeadlineExceeded) {
			err = fmt.Errorf("the server does not answer in time: check the address, and firewalls on the way: %w", err)
		}
		return err
	}
	return migrate(ctx, s.pool, s.names)
}

// end closes the pool, and cuts what does not end by itself.
func end(pool *pgxpool.Pool, dialer *dialer) {
	closed := make(chan struct{})
	go func() {
		pool.Close()
		close(closed)
	}()
	timer := time.NewTimer(closeTimeout)
	defer timer.Stop()
	select {
	case <-closed:
	case <-timer.C:
		dialer.cut()
		<-closed
	}
}

// parse returns the pool's settings. No part of url is in its errors: where a
// URL cannot be read, any part may be the password.
func parse(url string, opts Options) (*pgxpool.Config, error) {
	if err := checkURL(url); err != nil {
		return nil, err
	}
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, parseCause(err)
	}
	if opts.MaxConns > 0 {
		config.MaxConns = int32(opts.MaxConns)
	} else if !setsMaxConns(url) {
		config.MaxConns = DefaultMaxConns
	}
	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = connectTimeout
	}
	if config.PingTimeout == 0 {
		config.PingTimeout = pingTimeout
	}
	config.ConnConfig.ValidateConnect = primaryOnly(config.ConnConfig.ValidateConnect)
	return config, nil
}

// setsMaxConns reports whether url, or a service file that it names, has a
// size for the pool, which pgxpool does not tell.
func setsMaxConns(url string) bool {
	config, err := pgx.ParseConfig(url)
	return err == nil && config.RuntimeParams["pool_max_conns"] != ""
}

// primaryOnly refuses a standby: there a session that was deleted may still be
// seen.
func primaryOnly(also pgconn.ValidateConnectFunc) pgconn.ValidateConnectFunc {
	return func(ctx context.Context, conn *pgconn.PgConn) error {
		if also != nil {
			if err := also(ctx, conn); err != nil {
				return err
			}
		}
		return pgconn.ValidateConnectTargetSessionAttrsPrimary(ctx, conn)
	}
}

const wantURL = "want postgres://user:password@host:5432/database"

// checkURL refuses what pgx would read in another way than its author meant: a
// password with an unencoded / ? # or @ in it would end up as part of the host
// or the database, and in their error messages.
func checkURL(url string) error {
	rest, ok := strings.CutPrefix(url, "postgres://")
	if !ok {
		rest, ok = strings.CutPrefix(url, "postgresql://")
	}
	if !ok {
		return errors.New("not a URL of PostgreSQL: " + wantURL)
	}
	authority := rest
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority = rest[:i]
	}
	if strings.Contains(rest[len(authority):], "@") || strings.Count(authority, "@") > 1 {
		return errors.New("the URL has an @ where none belongs: write / as %2F, ? as %3F, # as %23 and @ as %40" +
			" in the user name, the password and the parameters; " + wantURL)
	}
	return nil
}

// parseCause returns what may be shown of pgx's complaint about a URL: which
// part is wrong, from a list, because the text may quote any part of the URL.
func parseCause(err error) error {
	text := err.Error()
	if i := strings.LastIndex(text, "`: "); i >= 0 {
		text = text[i:]
	}
	for _, reason := range []string{
		"invalid port", "port numbers", "sslmode is invalid", "sslnegotiation", "sslcertmode", "target_session_attrs",
		"connect_timeout", "failed to read service", "protocol_version", "channel_binding", "require_auth",
		"pool_max_conns", "pool_min_conns", "pool_min_idle_conns", "pool_max_conn_lifetime", "pool_max_conn_idle_time",
		"pool_health_check_period", "pool_ping_timeout", "default_query_exec_mode",
		"statement_cache_capacity", "description_cache_capacity", "failed to configure TLS",
	} {
		if strings.Contains(text, reason) {
			file := ""
			if path, ok := errors.AsType[*fs.PathError](err); ok {
				file = ": " + path.Error()
			}
			return errors.New("the URL cannot be used (" + reason + file + "); " + wantURL)
		}
	}
	return errors.New("the URL cannot be read; " + wantURL)
}
