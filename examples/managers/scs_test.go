package managers

import (
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/alexedwards/scs/goredisstore"
	"github.com/alexedwards/scs/v2"
	"github.com/alexedwards/scs/v2/memstore"
	"github.com/redis/go-redis/v9"

	"github.com/coatcheck/sessionstore"
	scsadapter "github.com/coatcheck/sessionstore/adapters/scs"
	"github.com/coatcheck/sessionstore/internal/testserver"
)

func TestSCS(t *testing.T) {
	raceIsReal(t, "memstore", func(_ *testing.T, hold func()) app {
		return newSCS(memstore.NewWithCleanupInterval(0), hold)
	})
	raceIsReal(t, "goredisstore", func(t *testing.T, hold func()) app {
		options, err := redis.ParseURL(testserver.Redis(t).URL())
		if err != nil {
			t.Fatal(err)
		}
		client := redis.NewClient(options)
		t.Cleanup(func() { client.Close() })
		return newSCS(goredisstore.NewWithPrefix(client, "test-"+sessionstore.NewID()), hold)
	})
	testManager(t, func(_ *testing.T, store sessionstore.Store, hold func()) app {
		return newSCS(scsadapter.New(store, scsadapter.Options{}), hold)
	})
}

func newSCS(store scs.Store, hold func()) app {
	manager := newSCSManager(store)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /signin", func(_ http.ResponseWriter, r *http.Request) {
		manager.Put(r.Context(), "name", r.FormValue("name"))
	})
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, manager.GetString(r.Context(), "name"))
	})
	// With an idle limit, a request that only reads commits as well.
	mux.HandleFunc("GET /slow", func(_ http.ResponseWriter, _ *http.Request) { hold() })
	mux.HandleFunc("POST /signout", func(w http.ResponseWriter, r *http.Request) {
		if err := manager.Destroy(r.Context()); err != nil {
			manager.ErrorFunc(w, r, err)
		}
	})
	return serving(manager.LoadAndSave(mux))
}

func newSCSManager(store scs.Store) *scs.SessionManager {
	manager := scs.New()
	manager.Store = store
	manager.IdleTimeout = time.Hour
	return manager
}

// begin commits a session and returns its token.
func begin(t *testing.T, manager *scs.SessionManager, change func(ctx context.Context)) string {
	t.Helper()
	ctx, err := manager.Load(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	change(ctx)
	token, _, err := manager.Commit(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func name(t *testing.T, manager *scs.SessionManager, token string) string {
	t.Helper()
	ctx, err := manager.Load(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	return manager.GetString(ctx, "name")
}

// Log out everywhere: the tokens are hashed, and yet Iterate finds sessions
// that Destroy ends.
func TestSCSIterateDestroy(t *testing.T) {
	manager := newSCSManager(scsadapter.New(newMemory(t), scsadapter.Options{}))
	tokens := map[string]string{}
	for _, name := range []string{"ada", "grace", "ada"} {
		token := begin(t, manager, func(ctx context.Context) { manager.Put(ctx, "name", name) })
		tokens[token] = name
	}
	seen := 0
	err := manager.Iterate(t.Context(), func(ctx context.Context) error {
		seen++
		if _, known := tokens[manager.Token(ctx)]; known {
			t.Error("Iterate knows a token")
		}
		if manager.GetString(ctx, "name") == "ada" {
			return manager.Destroy(ctx)
		}
		return nil
	})
	if err != nil || seen != 3 {
		t.Fatalf("Iterate: got %d sessions and %v, want 3", seen, err)
	}
	for token, who := range tokens {
		want := ""
		if who == "grace" {
			want = who
		}
		if got := name(t, manager, token); got != want {
			t.Errorf("the session of %s: got %q, want %q", who, got, want)
		}
	}
}

// With scs's own hashing, Destroy within Iterate hashes once more what it was
// given, and ends nothing, whatever the store. The adapter's page says to leave
// it off; this test fails when scs has changed.
func TestSCSHashTokenInStore(t *testing.T) {
	for what, store := range map[string]scs.Store{
		"memstore": memstore.NewWithCleanupInterval(0),
		"ours":     scsadapter.New(newMemory(t), scsadapter.Options{}),
	} {
		manager := newSCSManager(store)
		manager.HashTokenInStore = true
		token := begin(t, manager, func(ctx context.Context) { manager.Put(ctx, "name", "ada") })
		if err := manager.Iterate(t.Context(), manager.Destroy); err != nil {
			t.Fatal(err)
		}
		if got := name(t, manager, token); got != "ada" {
			t.Errorf("%s: Destroy within Iterate ended a session: say so in adapters/scs", what)
		}
	}
}

// A deadline in the past is the end, for scs's own redis store for ever.
func TestSCSDeadlineInThePast(t *testing.T) {
	manager := newSCSManager(scsadapter.New(newMemory(t), scsadapter.Options{}))
	token := begin(t, manager, func(ctx context.Context) { manager.Put(ctx, "name", "ada") })
	ctx, err := manager.Load(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	manager.SetDeadline(ctx, time.Now().Add(-time.Second))
	if _, _, err := manager.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	if got := name(t, manager, token); got != "" {
		t.Errorf("after its deadline: got %q, want no session", got)
	}
}

func TestSCSRenewTokenEndsTheOld(t *testing.T) {
	manager := newSCSManager(scsadapter.New(newMemory(t), scsadapter.Options{}))
	old := begin(t, manager, func(ctx context.Context) { manager.Put(ctx, "name", "ada") })
	ctx, err := manager.Load(t.Context(), old)
	if err != nil {
		t.Fatal(err)
	}
	if err := manager.RenewToken(ctx); err != nil {
		t.Fatal(err)
	}
	token, _, err := manager.Commit(ctx)
	if err != nil || token == old {
		t.Fatalf("Commit: got %v and the old token: %v", err, token == old)
	}
	if got := name(t, manager, old); got != "" {
		t.Errorf("the old token: got %q, want no session", got)
	}
	if got := name(t, manager, token); got != "ada" {
		t.Errorf("the new token: got %q, want ada", got)
	}
}
