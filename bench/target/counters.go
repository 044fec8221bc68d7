package target

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// Counters are what redis and memcached count for all their users together.
type Counters struct {
	Evicted int64         // live records that were dropped for want of room
	Records int64         // that are stored, with expired ones that are not yet removed
	CPU     time.Duration // that the server has spent
}

// Counters asks the server. For the other backends, which have no such counters
// and evict nothing, it returns nil.
func (t *Target) Counters(ctx context.Context) (*Counters, error) {
	switch t.Backend {
	case "redis":
		info, records, err := redisInfo(ctx, t.Server.URL())
		if err != nil {
			return nil, err
		}
		return newCounters(info, records, "evicted_keys", "used_cpu_user", "used_cpu_sys")
	case "memcached":
		stats, err := memcachedStats(ctx, t.Server.Addr(), "stats")
		if err != nil {
			return nil, err
		}
		records, err := number(stats, "curr_items")
		if err != nil {
			return nil, err
		}
		return newCounters(stats, records, "evictions", "rusage_user", "rusage_system")
	}
	return nil, nil
}

func newCounters(values map[string]string, records int64, evictions, user, system string) (*Counters, error) {
	evicted, err := number(values, evictions)
	if err != nil {
		return nil, err
	}
	c := &Counters{Evicted: evicted, Records: records}
	for _, name := range []string{user, system} {
		seconds, err := strconv.ParseFloat(values[name], 64)
		if err != nil {
			return nil, fmt.Errorf("the server says %s is %q, want seconds", name, values[name])
		}
		c.CPU += time.Duration(seconds * float64(time.Second))
	}
	return c, nil
}

// redisInfo returns what the server says of itself, all sections as one, and
// how many keys it holds.
func redisInfo(ctx context.Context, url string) (info map[string]string, keys int64, err error) {
	options, err := goredis.ParseURL(url)
	if err != nil {
		return nil, 0, err
	}
	client := goredis.NewClient(options)
	defer client.Close()
	sections, err := client.InfoMap(ctx).Result()
	if err != nil {
		return nil, 0, err
	}
	info = map[string]string{}
	for _, section := range sections {
		maps.Copy(info, section)
	}
	keys, err = client.DBSize(ctx).Result()
	return info, keys, err
}

// number returns a value that a server must know.
func number(values map[string]string, name string) (int64, error) {
	n, err := strconv.ParseInt(values[name], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("the server says %s is %q, want a number", name, values[name])
	}
	return n, nil
}
