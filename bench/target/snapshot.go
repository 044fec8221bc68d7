package target

import (
	"context"

	goredis "github.com/redis/go-redis/v9"
)

// Snapshot lets a redis that is set to snapshots write one now, and waits for
// it; a redis that runs longer does so by itself. Elsewhere it does nothing.
func (t *Target) Snapshot(ctx context.Context) error {
	if t.Config != (Config{"redis", "snapshot"}) {
		return nil
	}
	options, err := goredis.ParseURL(t.Server.URL())
	if err != nil {
		return err
	}
	client := goredis.NewClient(options)
	defer client.Close()
	return client.Save(ctx).Err()
}
