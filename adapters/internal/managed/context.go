package managed

import (
	"context"
	"time"
)

// bound returns ctx with the timeout.
func (m *Store) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(plain(ctx), m.timeout)
}

// outlast returns a context that ends with ctx's deadline or the timeout, but
// not when ctx is cancelled.
func (m *Store) outlast(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx = plain(ctx)
	end := time.Now().Add(m.timeout)
	if deadline, ok := ctx.Deadline(); ok && deadline.Before(end) {
		end = deadline
	}
	return context.WithDeadline(context.WithoutCancel(ctx), end)
}

// plain returns the context behind ctx where that is itself a web framework's
// request, as in fiber v3. The framework uses a request again when its handler
// has returned, and an operation may read values of its context after that.
func plain(ctx context.Context) context.Context {
	if request, ok := ctx.(interface{ Context() context.Context }); ok {
		return request.Context()
	}
	return ctx
}
