package target

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	goredis "github.com/redis/go-redis/v9"

	"github.com/coatcheck/sessionstore/bolt"
)

// Settings are what a running server, or an opened file, says of itself.
type Settings []Setting

// Setting is one of them, such as appendfsync and everysec.
type Setting struct{ Name, Value string }

// String returns "redis 7.0.15, appendonly=yes, …".
func (s Settings) String() string {
	var parts []string
	for i, each := range s {
		if i == 0 { // the name and version of the server
			parts = append(parts, each.Name+" "+each.Value)
			continue
		}
		parts = append(parts, each.Name+"="+each.Value)
	}
	return strings.Join(parts, ", ")
}

// Get returns the value of a setting, "" where it was not read.
func (s Settings) Get(name string) string {
	for _, each := range s {
		if each.Name == name {
			return each.Value
		}
	}
	return ""
}

// durability returns the word for what the settings promise.
func (s Settings) durability(backend string) string {
	switch {
	case backend == "redis" && s.Get("appendonly") == "yes":
		return s.Get("appendfsync")
	case backend == "redis" && s.Get("save") != `""`:
		return "snapshot"
	case backend == "postgres" && s.Get("fsync") == "on" && s.Get("synchronous_commit") == "on":
		return "sync"
	case backend == "postgres":
		return "async"
	}
	return "none"
}

// Settings asks the running server for its version and for the settings that
// decide what it keeps.
func (t *Target) Settings(ctx context.Context) (Settings, error) {
	switch t.Backend {
	case "redis":
		return redisSettings(ctx, t.Server.URL())
	case "memcached":
		return memcachedSettings(ctx, t.Server.Addr())
	case "postgres":
		return postgresSettings(ctx, t.Server.URL())
	case "bolt":
		return boltSettings(filepath.Join(t.dir, unique()+"_settings.db"), t.Durability == "async")
	}
	return Settings{{"memory", Version("github.com/coatcheck/sessionstore")}, {"persistence", "none"}}, nil
}

func redisSettings(ctx context.Context, url string) (Settings, error) {
	options, err := goredis.ParseURL(url)
	if err != nil {
		return nil, err
	}
	client := goredis.NewClient(options)
	defer client.Close()
	info, err := client.InfoMap(ctx, "server").Result()
	if err != nil {
		return nil, err
	}
	s := Settings{{"redis", info["Server"]["redis_version"]}}
	for _, name := range []string{"appendonly", "appendfsync", "save"} {
		value, err := client.ConfigGet(ctx, name).Result()
		if err != nil {
			return nil, err
		}
		s = append(s, Setting{name, quoted(value[name])})
	}
	return s, nil
}

// quoted shows that a value is empty, or of several words.
func quoted(value string) string {
	if value == "" || strings.ContainsAny(value, " ,") {
		return `"` + value + `"`
	}
	return value
}

func memcachedSettings(ctx context.Context, addr string) (Settings, error) {
	stats, err := memcachedStats(ctx, addr, "stats", "stats settings")
	if err != nil {
		return nil, err
	}
	return Settings{
		{"memcached", stats["version"]}, {"maxbytes", stats["maxbytes"]},
		{"evictions", stats["evictions"]}, {"persistence", "none"},
	}, nil
}

func postgresSettings(ctx context.Context, url string) (Settings, error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("cannot connect: %w", err)
	}
	defer conn.Close(ctx)
	var s Settings
	for _, name := range []string{"server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers"} {
		var value string
		if err := conn.QueryRow(ctx, "SHOW "+name).Scan(&value); err != nil {
			return nil, err
		}
		s = append(s, Setting{name, value})
	}
	s[0].Name, s[0].Value = "PostgreSQL", strings.Fields(s[0].Value)[0]
	return s, nil
}

func boltSettings(path string, noSync bool) (Settings, error) {
	store, err := openBolt(path, noSync, bolt.Options{})
	if err != nil {
		return nil, err
	}
	s := Settings{{"bbolt", Version("go.etcd.io/bbolt")}, {"NoSync", strconv.FormatBool(store.db.NoSync)}}
	return s, errors.Join(store.Close(), os.Remove(path))
}
