package managers

import (
	"net/http"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/session"

	"github.com/coatcheck/sessionstore"
	fiberadapter "github.com/coatcheck/sessionstore/adapters/fiber"
)

func TestFiberV2(t *testing.T) {
	raceIsReal(t, "fiber's memory", func(_ *testing.T, hold func()) app { return newFiberV2(nil, hold) })
	testManager(t, func(_ *testing.T, store sessionstore.Store, hold func()) app {
		return newFiberV2(fiberadapter.Sessions(store, fiberadapter.Options{}), hold)
	})
}

// TestFiberUpdate: who had a session before the program went from v2 to v3, or
// back, is a visitor, and can sign in. fiber alone would fail at each request.
func TestFiberUpdate(t *testing.T) {
	store := fiberadapter.Sessions(newMemory(t), fiberadapter.Options{})
	v2, v3 := newFiberV2(store, nil), newFiber(store, nil)
	for _, update := range []struct{ from, to app }{{v2, v3}, {v3, v2}} {
		cookie := update.from.signIn(t, "")
		update.from.wantName(t, cookie, "ada")
		update.to.wantName(t, cookie, "")
		update.to.wantName(t, update.to.signIn(t, cookie), "ada")
	}
}

func newFiberV2(storage fiber.Storage, hold func()) app {
	sessions := session.New(session.Config{Storage: storage})
	changing := func(change func(*session.Session, *fiber.Ctx) error) fiber.Handler {
		return func(c *fiber.Ctx) error {
			s, err := sessions.Get(c)
			if err != nil {
				return err
			}
			return change(s, c)
		}
	}
	a := fiber.New(fiber.Config{DisableStartupMessage: true, ReadBufferSize: 1 << 16})
	a.Post("/signin", changing(func(s *session.Session, c *fiber.Ctx) error {
		s.Set("name", c.FormValue("name"))
		return s.Save()
	}))
	a.Get("/", changing(func(s *session.Session, c *fiber.Ctx) error {
		name, _ := s.Get("name").(string)
		return c.SendString(name)
	}))
	a.Get("/slow", changing(func(s *session.Session, _ *fiber.Ctx) error {
		hold()
		return s.Save()
	}))
	a.Post("/signout", changing(func(s *session.Session, _ *fiber.Ctx) error { return s.Destroy() }))
	return func(r *http.Request) (*http.Response, error) { return a.Test(r, -1) }
}
