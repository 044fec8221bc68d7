package sessionstore

import (
	"context"
	"sync/atomic"
)

// refusal is how a Guard tells the Observes around it that it refused a Set,
// of which the caller must not learn.
type refusal struct {
	outer *refusal
	noted atomic.Bool
}

type refusalKey struct{}

// expectRefusal returns a context in which noteRefusal is heard, and what
// reports whether it was.
func expectRefusal(ctx context.Context) (context.Context, func() bool) {
	outer, _ := ctx.Value(refusalKey{}).(*refusal)
	r := &refusal{outer: outer}
	return context.WithValue(ctx, refusalKey{}, r), r.noted.Load
}

// noteRefusal says that the Set to which ctx belongs was refused.
func noteRefusal(ctx context.Context) {
	r, _ := ctx.Value(refusalKey{}).(*refusal)
	for ; r != nil; r = r.outer {
		r.noted.Store(true)
	}
}
