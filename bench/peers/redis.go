package peers

import (
	"context"
	"errors"

	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/bench/target"
)

// redisPeers are stores and clients for redis.
func redisPeers() []Peer {
	const again = "a write whose reply was lost is sent again, which can undo a logout"
	return []Peer{
		{Name: "scs-goredisstore", Backend: "redis", Module: "github.com/alexedwards/scs/goredisstore", Rewrites: true,
			Differs: again, open: openGoredisstore},
		{Name: "gofiber-redis", Backend: "redis", Module: "github.com/gofiber/storage/redis/v3", Rewrites: true,
			Differs: again + "; a Set without data does nothing", open: openFiber},
		{Name: "rueidis", Backend: "redis", Module: "github.com/redis/rueidis",
			Differs: "a client, no store; calls under way at the same time share a pipeline on each of its few connections", open: openRueidis},
		{Name: "limit-go-redis", Backend: "redis", Module: "github.com/redis/go-redis/v9",
			Differs: again, open: openGoRedis},
	}
}

// dialRedis returns the client that scs, fiber and the bare client are given,
// with what the Open of ours sets where it bears on speed: the timeouts go by
// the context, and new connections do without what the server does not need.
func dialRedis(ctx context.Context, place target.Place) (*goredis.Client, error) {
	options, err := goredis.ParseURL(place.URL)
	if err != nil {
		return nil, err
	}
	options.ContextTimeoutEnabled = true
	options.DisableIdentity = true
	options.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	client := goredis.NewClient(options)
	if err := client.Ping(ctx).Err(); err != nil {
		return nil, errors.Join(err, client.Close())
	}
	return client, nil
}

// ifNil returns ErrNotFound for the client's word for nothing, and any other
// outcome of a read as it is.
func ifNil(err error) error {
	if errors.Is(err, goredis.Nil) {
		return sessionstore.ErrNotFound
	}
	return err
}
