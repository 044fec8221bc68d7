package managers

import (
	"testing"

	"github.com/coatcheck/sessionstore"
	fiberadapter "github.com/coatcheck/sessionstore/adapters/fiber"
	scsadapter "github.com/coatcheck/sessionstore/adapters/scs"
)

// A save that is refused sets no cookie where the adapter has a say. scs and
// fiber set the old one again, over that of a sign-in which came between: the
// adapters' pages and docs/logout-race.md say so. This fails when they changed.
func TestCookieOfASlowResponse(t *testing.T) {
	for name, m := range map[string]struct {
		build   onStore
		setsOld bool
	}{
		"scs": {setsOld: true, build: func(_ *testing.T, store sessionstore.Store, hold func()) app {
			return newSCS(scsadapter.New(store, scsadapter.Options{}), hold)
		}},
		"fiber v2": {setsOld: true, build: func(_ *testing.T, store sessionstore.Store, hold func()) app {
			return newFiberV2(fiberadapter.Sessions(store, fiberadapter.Options{}), hold)
		}},
		"fiber v3": {setsOld: true, build: func(_ *testing.T, store sessionstore.Store, hold func()) app {
			return newFiber(fiberadapter.Sessions(store, fiberadapter.Options{}), hold)
		}},
		"gorilla": {build: func(t *testing.T, store sessionstore.Store, hold func()) app {
			return newGorilla(newGorillaStore(t, store), hold)
		}},
	} {
		held, released := make(chan struct{}), make(chan struct{})
		a := m.build(t, newMemory(t), func() {
			close(held)
			<-released
		})
		old := a.signIn(t, "")
		slow := make(chan string, 1)
		go func() {
			_, _, set := a.request(t, "GET", "/slow", old)
			slow <- set
		}()
		<-held
		a.request(t, "POST", "/signout", old)
		fresh := a.signIn(t, "")
		close(released)
		if got := <-slow; (got == old) != m.setsOld || got != "" && !m.setsOld {
			t.Errorf("%s: the slow response set the old cookie: got %v, want %v", name, got == old, m.setsOld)
		}
		a.wantName(t, old, "")
		a.wantName(t, fresh, "ada")
	}
}
