package managers

import (
	"net/http"
	"testing"
	"time"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/limiter"
	"github.com/gofiber/fiber/v3/middleware/session"

	"github.com/coatcheck/sessionstore"
	fiberadapter "github.com/coatcheck/sessionstore/adapters/fiber"
)

func TestFiber(t *testing.T) {
	raceIsReal(t, "fiber's memory", func(_ *testing.T, hold func()) app { return newFiber(nil, hold) })
	testManager(t, func(_ *testing.T, store sessionstore.Store, hold func()) app {
		return newFiber(fiberadapter.Sessions(store, fiberadapter.Options{}), hold)
	})
}

func newFiber(storage fiber.Storage, hold func()) app {
	a := fiber.New(fiber.Config{ReadBufferSize: 1 << 16}) // a longer cookie is fiber's to refuse
	a.Use(session.New(session.Config{Storage: storage, AbsoluteTimeout: time.Hour}))
	a.Post("/signin", func(c fiber.Ctx) error {
		session.FromContext(c).Set("name", c.FormValue("name"))
		return nil
	})
	a.Get("/", func(c fiber.Ctx) error {
		name, _ := session.FromContext(c).Get("name").(string)
		return c.SendString(name)
	})
	// A request that only reads saves as well.
	a.Get("/slow", func(fiber.Ctx) error { hold(); return nil })
	a.Post("/signout", func(c fiber.Ctx) error { return session.FromContext(c).Destroy() })
	return testingFiber(a)
}

func testingFiber(a *fiber.App) app {
	return func(r *http.Request) (*http.Response, error) { return a.Test(r, fiber.TestConfig{}) }
}

// The limiter sets its keys again and again, which Storage allows.
func TestFiberLimiter(t *testing.T) {
	store := newMemory(t)
	storage, err := fiberadapter.Storage(store, "limiter", fiberadapter.Options{})
	if err != nil {
		t.Fatal(err)
	}
	a := fiber.New()
	a.Use(limiter.New(limiter.Config{
		Max:          2,
		Expiration:   time.Hour,
		Storage:      storage,
		KeyGenerator: func(fiber.Ctx) string { return "2001:db8::1" }, // no valid id
	}))
	a.Get("/", func(c fiber.Ctx) error { return c.SendString("ok") })
	requests := func(want ...int) {
		t.Helper()
		for i, want := range want {
			if got, _, _ := testingFiber(a).request(t, "GET", "/", ""); got != want {
				t.Errorf("request %d: got %d, want %d", i+1, got, want)
			}
		}
	}
	requests(http.StatusOK, http.StatusOK, http.StatusTooManyRequests)
	if err := storage.Reset(); err != nil {
		t.Fatal(err)
	}
	requests(http.StatusOK, http.StatusOK, http.StatusTooManyRequests)
	for range store.All(t.Context()) {
		t.Error("the limiter's record is among the sessions")
	}
}
