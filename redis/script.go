package redis

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
)

// script is a Lua script, which the server runs at one instant. It answers
// with a number, or with the server's error as it is: redis.pcall returns an
// error where redis.call would wrap it in a text of the script.
type script struct {
	text   string
	digest string // by which a server knows a script that it has run before
}

func newScript(text string) script {
	sum := sha1.Sum([]byte(text)) // the server's way to name scripts, and no secret
	return script{text: text, digest: hex.EncodeToString(sum[:])}
}

// eval sends a script that changes something, at most once, and returns the
// client's error as it is. A server that does not know the digest has done
// nothing and gets the text. The client's own Script does the same without
// heeding NoRetry.
func (s *Store) eval(ctx context.Context, sc script, keys []any, args []any, last string) (*once, error) {
	rest := append([]any{len(keys)}, keys...)
	rest = append(rest, args...)
	cmd, err := s.send(ctx, last, append([]any{"evalsha", sc.digest}, rest...)...)
	if refusedWith(err, "NOSCRIPT") {
		cmd, err = s.send(ctx, last, append([]any{"eval", sc.text}, rest...)...)
	}
	return cmd, err
}

// run is eval for one key, with the answer.
func (s *Store) run(ctx context.Context, sc script, key string, args []any, last string) (int64, error) {
	cmd, err := s.eval(ctx, sc, []any{key}, args, last)
	if err != nil {
		return 0, s.failure(ctx, cmd, err)
	}
	return s.number(ctx, cmd.Cmd)
}
