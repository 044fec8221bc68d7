package redis

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// TestNewRefusesClients makes clients that would break the contract, and wants
// an error that names what is wrong. None of them connects.
func TestNewRefusesClients(t *testing.T) {
	single := func(change func(*goredis.Options)) goredis.UniversalClient {
		o := &goredis.Options{ContextTimeoutEnabled: true}
		change(o)
		return goredis.NewClient(o)
	}
	cluster := func(change func(*goredis.ClusterOptions)) goredis.UniversalClient {
		o := &goredis.ClusterOptions{Addrs: []string{"127.0.0.1:1"}, ContextTimeoutEnabled: true}
		change(o)
		return goredis.NewClusterClient(o)
	}
	type (
		o  = goredis.Options
		co = goredis.ClusterOptions
	)
	for _, test := range []struct {
		name   string
		client goredis.UniversalClient
		want   string // in the error; empty for none
	}{
		{"plain", single(func(*o) {}), ""},
		{"retries", single(func(o *o) { o.MaxRetries = 10 }), ""},
		{"sentinel", goredis.NewFailoverClient(&goredis.FailoverOptions{ContextTimeoutEnabled: true}), ""},
		{"clone", goredis.NewClient(&o{ContextTimeoutEnabled: true}).WithTimeout(time.Second), ""},
		{"cluster", cluster(func(*co) {}), ""},
		{"nil", nil, "nil"},
		{"nil client", (*goredis.Client)(nil), "nil"},
		{"nil cluster", (*goredis.ClusterClient)(nil), "nil"},
		{"no deadlines", single(func(o *o) { o.ContextTimeoutEnabled = false }), "ContextTimeoutEnabled"},
		{"no read timeout", single(func(o *o) { o.ReadTimeout = -1 }), "ReadTimeout"},
		{"no read deadlines", single(func(o *o) { o.ReadTimeout = -2 }), "ReadTimeout"},
		{"no write timeout", single(func(o *o) { o.WriteTimeout = -1 }), "WriteTimeout"},
		{"no write deadlines", single(func(o *o) { o.WriteTimeout = -2 }), "WriteTimeout"},
		{"cache", single(func(o *o) { o.ClientSideCacheConfig = &goredis.ClientSideCacheConfig{} }), "ClientSideCacheConfig"},
		{"own cache", single(func(o *o) {
			o.ClientSideCache = goredis.NewLocalCache(goredis.ClientSideCacheConfig{})
		}), "ClientSideCache "},
		{"sentinel without deadlines", goredis.NewFailoverClient(&goredis.FailoverOptions{}), "ContextTimeoutEnabled"},
		{"cluster without deadlines", cluster(func(o *co) { o.ContextTimeoutEnabled = false }), "ContextTimeoutEnabled"},
		{"cluster without read deadlines", cluster(func(o *co) { o.ReadTimeout = -2 }), "ReadTimeout"},
		{"cluster without write deadlines", cluster(func(o *co) { o.WriteTimeout = -2 }), "WriteTimeout"},
		{"replicas", cluster(func(o *co) { o.ReadOnly = true }), "ReadOnly"},
		{"nearest replica", cluster(func(o *co) { o.RouteByLatency = true }), "RouteByLatency"},
		{"random replica", cluster(func(o *co) { o.RouteRandomly = true }), "RouteRandomly"},
		{"sentinel replicas", goredis.NewFailoverClusterClient(&goredis.FailoverOptions{
			ContextTimeoutEnabled: true, ReplicaOnly: true,
		}), "ReadOnly"},
		{"ring", goredis.NewRing(&goredis.RingOptions{ContextTimeoutEnabled: true}), "Ring"},
		{"wrapped", struct{ goredis.UniversalClient }{single(func(*o) {})}, "hides its options"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.want != "nil" {
				defer test.client.Close()
			}
			s, err := New(test.client, Options{})
			switch {
			case test.want == "" && err != nil:
				t.Errorf("New: got error %v, want none", err)
			case test.want != "" && (s != nil || err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("New: got error %v, want one with %q", err, test.want)
			}
		})
	}
}

func TestPrefix(t *testing.T) {
	client := goredis.NewClient(&goredis.Options{ContextTimeoutEnabled: true})
	defer client.Close()
	for _, test := range []struct {
		prefix string
		want   bool
	}{
		{"", true},
		{"app", true},
		{"app:admin", true},
		{"A-Z.a_z~0", true},
		{strings.Repeat("p", maxPrefixBytes-1), true},
		{strings.Repeat("p", maxPrefixBytes), true},
		{strings.Repeat("p", maxPrefixBytes+1), false},
		{"app#", false},
		{"{app}", false},
		{"app*", false},
		{"app name", false},
		{"app\n", false},
		{"äpp", false},
	} {
		_, err := New(client, Options{Prefix: test.prefix})
		if got := err == nil; got != test.want {
			t.Errorf("New with prefix %q: got error %v, want success %v", test.prefix, err, test.want)
		}
		if err != nil && !strings.Contains(err.Error(), "Options.Prefix") {
			t.Errorf("New with prefix %q: got error %v, want one that names Options.Prefix", test.prefix, err)
		}
		if _, openErr := Open(context.Background(), "redis://127.0.0.1:1", Options{Prefix: test.prefix}); err != nil &&
			fmt.Sprint(openErr) != strings.Replace(err.Error(), "new", "open", 1) {
			t.Errorf("Open with prefix %q: got error %v, want that of New", test.prefix, openErr)
		}
	}
}
