package target

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/jackc/pgx/v5"

	"github.com/coatcheck/sessionstore"
)

// Remove removes the sessions of a place, whose stores must be closed. A
// memcached cannot list them: one that was started here is started again, and
// forgets everything; in one that was given they stay until their ttl ends.
func (t *Target) Remove(ctx context.Context, p Place) error {
	switch t.Backend {
	case "bolt":
		return os.Remove(p.URL)
	case "redis":
		return clearPlace(ctx, p)
	case "memcached":
		return t.forget(ctx)
	case "postgres":
		return dropTables(ctx, p)
	}
	return nil
}

func clearPlace(ctx context.Context, p Place) error {
	s, err := p.Open(ctx)
	if err != nil {
		return err
	}
	return errors.Join(sessionstore.Clear(ctx, s), s.Close())
}

func (t *Target) forget(ctx context.Context) error {
	if !t.Server.Owned() {
		return nil
	}
	if err := t.Server.Kill(ctx); err != nil {
		return err
	}
	return t.Server.Start(ctx)
}

func dropTables(ctx context.Context, p Place) error {
	conn, err := pgx.Connect(ctx, p.URL)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, fmt.Sprintf("DROP TABLE %s, %s",
		pgx.Identifier{p.Name}.Sanitize(), pgx.Identifier{p.Name + "_schema"}.Sanitize()))
	return err
}
