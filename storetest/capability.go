package storetest

import (
	"context"

	"github.com/coatcheck/sessionstore"
)

// capability is an optional method. Its ask calls it in a way that changes
// nothing: decorators have every method, so only a call can tell.
type capability struct {
	name string
	ask  func(ctx context.Context, s sessionstore.Store) error
}

var (
	creator = &capability{"Create", func(ctx context.Context, s sessionstore.Store) error {
		return sessionstore.Create(ctx, s, "", nil, long)
	}}
	replacer = &capability{"Replace", func(ctx context.Context, s sessionstore.Store) error {
		return sessionstore.Replace(ctx, s, "", nil, long)
	}}
	swapper = &capability{"CompareAndSwap", func(ctx context.Context, s sessionstore.Store) error {
		return sessionstore.CompareAndSwap(ctx, s, "", nil, nil, long)
	}}
	rotator = &capability{"RotateSwap", func(ctx context.Context, s sessionstore.Store) error {
		return sessionstore.RotateSwap(ctx, s, "", "", nil, nil, long)
	}}
	lister = &capability{"All", func(ctx context.Context, s sessionstore.Store) error {
		for _, err := range sessionstore.All(ctx, s) {
			return err
		}
		return nil
	}}
	clearer = &capability{"Clear", func(ctx context.Context, s sessionstore.Store) error {
		done, cancel := context.WithCancel(ctx)
		cancel()
		return sessionstore.Clear(done, s)
	}}
	purger = &capability{"DeleteExpired", func(ctx context.Context, s sessionstore.Store) error {
		_, err := sessionstore.DeleteExpired(ctx, s)
		return err
	}}
	namespacer = &capability{"Namespace", func(_ context.Context, s sessionstore.Store) error {
		_, err := sessionstore.Namespace(s, "")
		return err
	}}
)

// whole calls what concerns the whole store, and returns each one's error.
func whole(t T, s sessionstore.Store) map[string]error {
	errs := make(map[string]error)
	for _, c := range []*capability{lister, purger} {
		errs[c.name] = c.ask(within(t, opTimeout), s)
	}
	errs["Clear"] = sessionstore.Clear(within(t, opTimeout), s)
	return errs
}

// lacked reports whether the harness's stores lack the rule's capability.
func (r rule) lacked(t T, h *Harness) bool {
	return r.asks != nil && isUnsupported(r.asks.ask(within(t, opTimeout), h.New(t)))
}
