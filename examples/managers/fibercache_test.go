package managers

import (
	"net/http"
	"strings"
	"testing"

	fiberv2 "github.com/gofiber/fiber/v2"
	cachev2 "github.com/gofiber/fiber/v2/middleware/cache"
	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/cache"

	"github.com/coatcheck/sessionstore"
	fiberadapter "github.com/coatcheck/sessionstore/adapters/fiber"
)

// What fiber's cache makes of a response that is too large for a store, and that
// MaxBytes is the way round: Storage's page says so. This fails when they changed.
func TestFiberCacheOfALargeResponse(t *testing.T) {
	const path = "/large"
	large := strings.Repeat("x", sessionstore.MaxDataBytes+1)
	storage := func() *fiberadapter.Store {
		s, err := fiberadapter.Storage(newMemory(t), "cache", fiberadapter.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	v2 := func(maxBytes uint) app {
		a := fiberv2.New(fiberv2.Config{DisableStartupMessage: true})
		a.Use(cachev2.New(cachev2.Config{Storage: storage(), MaxBytes: maxBytes}))
		a.Get(path, func(c *fiberv2.Ctx) error { return c.SendString(large) })
		return func(r *http.Request) (*http.Response, error) { return a.Test(r, -1) }
	}
	v3 := func(maxBytes uint) app {
		a := fiber.New()
		a.Use(cache.New(cache.Config{Storage: storage(), MaxBytes: maxBytes}))
		a.Get(path, func(c fiber.Ctx) error { return c.SendString(large) })
		return testingFiber(a)
	}
	for name, c := range map[string]struct {
		app    app
		status int
		bytes  [2]int // of the first answer, and of the second
	}{
		"v2, at most 1 MB": {v2(sessionstore.MaxDataBytes), http.StatusOK, [2]int{len(large), len(large)}},
		"v3, at most 1 MB": {v3(sessionstore.MaxDataBytes), http.StatusOK, [2]int{len(large), len(large)}},
		"v2":               {v2(0), http.StatusOK, [2]int{len(large), 0}},
		"v3":               {v3(0), http.StatusInternalServerError, [2]int{-1, -1}},
	} {
		for i, want := range c.bytes {
			status, body, _ := c.app.request(t, "GET", path, "")
			if status != c.status || want >= 0 && len(body) != want {
				t.Errorf("%s, answer %d: got %d with %d bytes, want %d with %d", name, i+1, status, len(body), c.status, want)
			}
		}
	}
}
