package growth

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	goredis "github.com/redis/go-redis/v9"

	"github.com/coatcheck/sessionstore"
)

// bulk is a backend's quickest way to store many sessions.
type bulk struct {
	batch int // sessions in a write
	write func(ctx context.Context, batch []session, ttl time.Duration) error
	close func() error
}

// newBulk returns a way to store sessions in the room.
func newBulk(ctx context.Context, r *Room) (bulk, error) {
	switch r.place.Backend {
	case "bolt":
		return bulk{1024, crowd{r.Store}.write, nothing}, nil // as many as it commits together
	case "redis":
		options, err := goredis.ParseURL(r.place.URL)
		if err != nil {
			return bulk{}, err
		}
		client := goredis.NewClient(options)
		return bulk{500, pipeline{client, r.place.Name}.write, client.Close}, nil
	case "postgres":
		pool, err := pgxpool.New(ctx, r.place.URL)
		if err != nil {
			return bulk{}, err
		}
		return bulk{5000, table{pool, r.place.Name}.write, func() error { pool.Close(); return nil }}, nil
	}
	return bulk{1, crowd{r.Store}.write, nothing}, nil // the loader is called by many
}

func nothing() error { return nil }

// crowd is as many clients as there are sessions.
type crowd struct{ store sessionstore.Store }

func (c crowd) write(ctx context.Context, batch []session, ttl time.Duration) error {
	if len(batch) == 1 {
		return c.store.Set(ctx, batch[0].id, batch[0].data, ttl)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wait sync.WaitGroup
	for _, each := range batch {
		wait.Go(func() {
			if err := c.store.Set(ctx, each.id, each.data, ttl); err != nil {
				cancel(err) // the first cause is the one that stays
			}
		})
	}
	wait.Wait()
	return context.Cause(ctx)
}

// pipeline stores in the keys that redis.Store uses.
type pipeline struct {
	client *goredis.Client
	prefix string
}

func (p pipeline) write(ctx context.Context, batch []session, ttl time.Duration) error {
	_, err := p.client.Pipelined(ctx, func(pipe goredis.Pipeliner) error {
		for _, each := range batch {
			pipe.Set(ctx, p.prefix+":"+each.id, each.data, ttl)
		}
		return nil
	})
	return err
}

// table is what postgres's schema.sql publishes.
type table struct {
	pool *pgxpool.Pool
	name string
}

// write counts the ttl by the server's clock.
func (t table) write(ctx context.Context, batch []session, ttl time.Duration) error {
	return t.pool.AcquireFunc(ctx, func(conn *pgxpool.Conn) error {
		var now time.Time
		if err := conn.QueryRow(ctx, "SELECT clock_timestamp()").Scan(&now); err != nil {
			return err
		}
		end := now.Add(ttl)
		rows := pgx.CopyFromSlice(len(batch), func(i int) ([]any, error) {
			return []any{"", batch[i].id, batch[i].data, end, end}, nil
		})
		columns := []string{"namespace", "id", "data", "expires_at", "sweep_at"}
		_, err := conn.CopyFrom(ctx, pgx.Identifier{t.name}, columns, rows)
		return err
	})
}
