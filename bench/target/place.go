package target

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"sync"
	"time"

	"go.etcd.io/bbolt"

	"github.com/coatcheck/sessionstore/bolt"
	"github.com/coatcheck/sessionstore/memcached"
	"github.com/coatcheck/sessionstore/memory"
	"github.com/coatcheck/sessionstore/open"
	"github.com/coatcheck/sessionstore/postgres"
	"github.com/coatcheck/sessionstore/redis"
)

// Place is where a set of sessions is kept. It is plain data, so that another
// process can open the same sessions.
type Place struct {
	Config

	// URL is the server's address, or the file of bolt; memory has none.
	URL string

	// Name is the prefix of redis and memcached, and the table of postgres.
	Name string

	// SweepInterval is the option of that name of memory, bolt and postgres.
	// Zero means their default.
	SweepInterval time.Duration
}

// Open opens a store on the sessions of the place; the caller closes it. Each
// store of memory is another one, and empty.
func (p Place) Open(ctx context.Context) (open.Store, error) {
	switch p.Backend {
	case "memory":
		return memory.New(memory.Options{SweepInterval: p.SweepInterval})
	case "bolt":
		return openBolt(p.URL, p.Durability == "async", bolt.Options{SweepInterval: p.SweepInterval})
	case "redis":
		quiet()
		return redis.Open(ctx, p.URL, redis.Options{Prefix: p.Name})
	case "memcached":
		return memcached.Open(ctx, p.URL, memcached.Options{Prefix: p.Name})
	case "postgres":
		return postgres.Open(ctx, p.URL, postgres.Options{Table: p.Name, SweepInterval: p.SweepInterval})
	}
	return nil, fmt.Errorf("target: there is no backend %q", p.Backend)
}

// At returns the same place behind another address, such as that of a relay in
// front of its server.
func (p Place) At(addr string) (Place, error) {
	u, err := url.Parse(p.URL)
	if err != nil || u.Host == "" {
		return p, fmt.Errorf("target: %s has no server", p.Config)
	}
	u.Host = addr
	p.URL = u.String()
	return p, nil
}

// boltStore is a bolt.Store on a database of its own.
type boltStore struct {
	*bolt.Store
	db   *bbolt.DB
	once sync.Once
	err  error
}

// openBolt opens the file as bolt.Open does, and without waiting for the disk
// at each commit where noSync says so.
func openBolt(path string, noSync bool, options bolt.Options) (*boltStore, error) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout:      time.Second,
		FreelistType: bbolt.FreelistMapType,
		NoStatistics: true,
		NoSync:       noSync,
	})
	if err != nil {
		return nil, err
	}
	s, err := bolt.New(db, options)
	if err != nil {
		db.Close()
		return nil, err
	}
	return &boltStore{Store: s, db: db}, nil
}

// Close closes the store, then its database.
func (s *boltStore) Close() error {
	s.once.Do(func() {
		s.err = s.Store.Close()
		if err := s.db.Close(); s.err == nil {
			s.err = err
		}
	})
	return s.err
}

// unique returns a word that no other process of this moment uses, since they
// may share a server that was given.
var unique = sync.OnceValue(func() string {
	return "bench_" + strconv.FormatInt(int64(os.Getpid()), 36) + strconv.FormatInt(time.Now().UnixMilli(), 36)
})
