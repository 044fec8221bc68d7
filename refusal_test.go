package sessionstore

import (
	"context"
	"testing"
	"time"
)

// refusing refuses each Set, as a Guard may.
type refusing struct{ Store }

func (refusing) Set(ctx context.Context, _ string, _ []byte, _ time.Duration) error {
	noteRefusal(ctx)
	return nil
}

// TestRefusalIsTold: by each of several Observes around a Guard.
func TestRefusalIsTold(t *testing.T) {
	var kinds []string
	start := func(ctx context.Context, op Op) (context.Context, func(Outcome)) {
		return ctx, func(o Outcome) { kinds = append(kinds, o.Kind()) }
	}
	s := Observe(HashIDs(Observe(refusing{}, start)), start)
	if err := s.Set(t.Context(), "id", nil, time.Hour); err != nil {
		t.Errorf("Set: %v", err)
	}
	if len(kinds) != 2 || kinds[0] != "refused" || kinds[1] != "refused" {
		t.Errorf("got %q, want refused twice", kinds)
	}
	noteRefusal(t.Context()) // nobody listens
}
