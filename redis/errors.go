package redis

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"

	goredis "github.com/redis/go-redis/v9"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/contract"
)

// cause returns what of the client's error may be shown.
func (s *Store) cause(ctx context.Context, err error) error {
	if answer, ok := errors.AsType[goredis.Error](err); ok {
		return answered(answer)
	}
	if ctxErr := contract.CtxError(ctx); ctxErr != nil {
		return ctxErr
	}
	if s.release != nil && s.closed.Load() { // Close ended the connection or the dial under the call
		return sessionstore.ErrClosed
	}
	for _, known := range []error{goredis.ErrClosed, goredis.ErrPoolTimeout, goredis.ErrPoolExhausted} {
		if errors.Is(err, known) {
			return known
		}
	}
	if tlsErr := tlsCause(err); tlsErr != nil {
		return tlsErr
	}
	return contract.Cause(ctx, err)
}

// tlsCause returns the part of err that says why there is no TLS connection.
// It names hosts and certificates at most.
func tlsCause(err error) error {
	if cause, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return cause
	}
	if cause, ok := errors.AsType[x509.HostnameError](err); ok {
		return cause
	}
	if cause, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return cause
	}
	if cause, ok := errors.AsType[tls.AlertError](err); ok {
		return cause
	}
	return nil
}

// refused reports whether err is the server's refusal, which had no effect. A
// refusal begins with a code in capitals; anything else in its place comes
// from a proxy that may have lost the server's answer.
func refused(err error) bool {
	answer, ok := errors.AsType[goredis.Error](err)
	return ok && code(answer) != ""
}

// isAnswer reports whether err is what the server answered to a command: an
// error, or nil.
func isAnswer(err error) bool {
	_, ok := errors.AsType[goredis.Error](err)
	return ok
}

// refusedWith reports whether err is the server's refusal with that code.
func refusedWith(err error, want string) bool {
	answer, ok := errors.AsType[goredis.Error](err)
	return ok && code(answer) == want
}

// answered translates an error that the server sent in reply. Servers quote
// arguments in them, that is ids, data and passwords: only the code is shown,
// and texts that are constants.
func answered(answer goredis.Error) error {
	code := code(answer)
	switch code {
	case "WRONGTYPE":
		return fmt.Errorf("%w: the key holds no string (WRONGTYPE)", sessionstore.ErrCorrupt)
	case "OOM":
		return fmt.Errorf("%w: the server is at its maxmemory (OOM)", sessionstore.ErrFull)
	}
	if text, ok := advice[code]; ok {
		return errors.New(text)
	}
	for _, text := range constantTexts {
		if strings.HasPrefix(answer.Error(), text) {
			return errors.New("the server answered: " + text)
		}
	}
	if code == "" {
		return errors.New("the server answered with an error (its text is withheld: it may hold session data)")
	}
	return fmt.Errorf("the server answered %s (its text is withheld: it may hold session data)", code)
}

// advice is what to do about an answer, by its code.
var advice = map[string]string{
	"LOADING":     "the server is reading its data (LOADING): try again",
	"MISCONF":     "the server takes no writes, since it cannot save to its disk (MISCONF): see its log",
	"MOVED":       "the server is a node of a cluster (MOVED): pass a *redis.ClusterClient to New",
	"NOAUTH":      "the server wants a password (NOAUTH): put it into the URL, redis://:password@host, or the client's Options.Password",
	"NOPERM":      "the user may not do this (NOPERM): it needs get, set, pexpire, getex, del, evalsha, eval, scan, pttl, unlink, info and ping, and the keys of the prefix",
	"READONLY":    "the server is a replica (READONLY): connect to its master",
	"WRONGPASS":   "the server does not know this user and password (WRONGPASS): correct them in the URL or the client's Options",
	"CLUSTERDOWN": "the cluster has no node for some keys (CLUSTERDOWN): see CLUSTER INFO",
}

// constantTexts are answers without arguments of ours.
var constantTexts = []string{
	"ERR DB index is out of range",
	"ERR SELECT is not allowed in cluster mode",
	"ERR max number of clients reached",
	"ERR unknown command", // what follows is not shown: it has the arguments
}

// code returns the first word of a server's error where it is of capitals
// only, else nothing.
func code(answer goredis.Error) string {
	word, _, _ := strings.Cut(answer.Error(), " ")
	for i := range len(word) {
		if word[i] < 'A' || word[i] > 'Z' {
			return ""
		}
	}
	return word
}
