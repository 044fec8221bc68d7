package memcached

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/contract"
)

// kind says whether a request changes anything.
type kind bool

const (
	read  kind = false
	write kind = true
)

// errOtherKey says that the reply to a get named another key. The key is not
// shown.
var errOtherKey = errors.New("the server answered for another key")

// isVerdict reports whether err is what a request made of an ordinary reply. A
// request returns it as it is, so that a reply which is ordinary for another
// verb only, from a proxy perhaps, is never taken for one.
func isVerdict(err error) bool {
	return err == sessionstore.ErrNotFound || err == sessionstore.ErrExists || err == errLookAgain
}

// explain returns what may be shown of a failed call's error. gomemcache's own
// text is not: it quotes what the server sent, data perhaps.
func (c *conn) explain(ctx, life context.Context, kind kind, err error) error {
	if err == memcache.ErrCacheMiss {
		return sessionstore.ErrNotFound
	}
	if isVerdict(err) {
		return err
	}
	if c.err == nil {
		if refused := refusal(c.head[:c.heads]); refused != nil {
			return refused
		}
	} else {
		err = c.err
	}
	cause := err
	switch {
	case life.Err() != nil:
		cause = sessionstore.ErrClosed
	case err != errOtherKey:
		cause = contract.Cause(ctx, err)
	}
	if kind == write && c.sent {
		return contract.Unknown(cause)
	}
	return cause
}

// refusals are the replies after which a request certainly had no effect, by
// how they begin; the first match counts. Other server errors may come from a
// proxy that lost sight of its server: whether a write happened is then not
// known.
var refusals = []struct {
	begins []byte
	err    error
}{
	{[]byte("SERVER_ERROR out of memory storing object"), sessionstore.ErrFull},
	{[]byte("SERVER_ERROR object too large for cache"), errItemLimit},
	{[]byte("ERROR Too many open connections"), errors.New("the server has too many connections: raise memcached -c or lower Options.MaxConns")},
	{[]byte("ERROR"), errRefused},
	{[]byte("CLIENT_ERROR"), errRefused},
}

var (
	errItemLimit = fmt.Errorf("%w, and the server takes less than that: start memcached with -I 2m", sessionstore.ErrTooLarge)
	errRefused   = errors.New("the server refused the request as malformed (its text is withheld)")
)

func refusal(reply []byte) error {
	for _, r := range refusals {
		if bytes.HasPrefix(reply, r.begins) {
			return r.err
		}
	}
	return nil
}
