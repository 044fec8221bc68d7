package target

import (
	"context"
	"fmt"
	"os"

	"github.com/jackc/pgx/v5"
	goredis "github.com/redis/go-redis/v9"
)

// Remove removes the sessions of a place, whose stores must be closed. A
// memcached cannot list them: one that was started here is started again, and
// forgets everything; in one that was given they stay until their ttl ends.
func (t *Target) Remove(ctx context.Context, p Place) error {
	switch t.Backend {
	case "bolt":
		return os.Remove(p.URL)
	case "redis":
		return unlink(ctx, p)
	case "memcached":
		return t.forget(ctx)
	case "postgres":
		return dropTables(ctx, p)
	}
	return nil
}

// scanned is how many keys of redis are removed together: the store's own Clear
// takes fewer at a time, which a server that syncs each step makes slow.
const scanned = 1000

func unlink(ctx context.Context, p Place) error {
	options, err := goredis.ParseURL(p.URL)
	if err != nil {
		return err
	}
	client := goredis.NewClient(options)
	defer client.Close()
	for cursor, more := uint64(0), true; more; more = cursor != 0 {
		var keys []string
		if keys, cursor, err = client.Scan(ctx, cursor, p.Name+":*", scanned).Result(); err != nil {
			return err
		}
		if len(keys) == 0 {
			continue
		}
		if err := client.Unlink(ctx, keys...).Err(); err != nil {
			return err
		}
	}
	return nil
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
