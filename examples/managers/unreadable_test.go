package managers

import (
	"testing"

	"github.com/coatcheck/sessionstore"
	fiberadapter "github.com/coatcheck/sessionstore/adapters/fiber"
	scsadapter "github.com/coatcheck/sessionstore/adapters/scs"
)

// A logout while the session cannot be read, as by a program that lacks a type
// in it, and then it can be read again. gorilla's adapter has ended it. scs and
// fiber forget the token of a session that is not there, and end nothing: the
// adapters' pages say so. This fails when they changed.
func TestLogoutOfAnUnreadableSession(t *testing.T) {
	for name, m := range map[string]struct {
		build onStore
		lives bool
	}{
		"scs": {lives: true, build: func(_ *testing.T, store sessionstore.Store, hold func()) app {
			return newSCS(scsadapter.New(store, scsadapter.Options{}), hold)
		}},
		"fiber v2": {lives: true, build: func(_ *testing.T, store sessionstore.Store, hold func()) app {
			return newFiberV2(fiberadapter.Sessions(store, fiberadapter.Options{}), hold)
		}},
		"fiber v3": {lives: true, build: func(_ *testing.T, store sessionstore.Store, hold func()) app {
			return newFiber(fiberadapter.Sessions(store, fiberadapter.Options{}), hold)
		}},
		"gorilla": {build: func(t *testing.T, store sessionstore.Store, hold func()) app {
			return newGorilla(newGorillaStore(t, store), hold)
		}},
	} {
		backend := newMemory(t)
		a := m.build(t, backend, func() {})
		cookie := a.signIn(t, "")
		var stored sessionstore.Session
		for stored = range backend.All(t.Context()) {
		}
		put := func(data []byte) error {
			return sessionstore.Replace(t.Context(), backend, stored.ID, data, sessionstore.MaxTTL)
		}
		if err := put([]byte("unreadable")); err != nil {
			t.Fatal(err)
		}
		a.request(t, "POST", "/signout", cookie)
		_ = put(stored.Data)
		want := ""
		if m.lives {
			want = "ada"
		}
		if _, got, _ := a.request(t, "GET", "/", cookie); got != want {
			t.Errorf("%s: after the logout got the name %q, want %q", name, got, want)
		}
	}
}
