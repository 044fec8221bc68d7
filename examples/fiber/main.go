// Command fiber keeps the sessions of github.com/gofiber/fiber/v3 in a Store.
//
//	go run ./examples/fiber -store bolt:sessions.db
package main

import (
	"context"
	"errors"
	"net"
	"net/http"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/adaptor"
	"github.com/gofiber/fiber/v3/middleware/recover"
	"github.com/gofiber/fiber/v3/middleware/session"

	"github.com/coatcheck/sessionstore"
	fiberadapter "github.com/coatcheck/sessionstore/adapters/fiber"
	"github.com/coatcheck/sessionstore/examples/internal/program"
)

func main() { program.Main(newServer) }

func newServer(store sessionstore.Store) (program.Server, error) {
	app := fiber.New(fiber.Config{ErrorHandler: answer})
	app.Use(adaptor.HTTPMiddleware(http.NewCrossOriginProtection().Handler))
	app.Use(recover.New()) // before sessions, which panic when the store is down
	app.Use(session.New(session.Config{
		Storage:        fiberadapter.Sessions(store, fiberadapter.Options{}),
		CookieSecure:   true, // browsers take it over plain HTTP from localhost
		CookieHTTPOnly: true,
		ErrorHandler:   unavailable,
	}))
	app.Post("/signin", func(c fiber.Ctx) error {
		s := session.FromContext(c)
		s.Set("name", c.FormValue("name"))
		return s.Regenerate() // a new id at each sign-in
	})
	app.Get("/", func(c fiber.Ctx) error {
		name, _ := session.FromContext(c).Get("name").(string)
		return c.SendString("Hello, " + name + ".\n")
	})
	app.Post("/signout", func(c fiber.Ctx) error { return session.FromContext(c).Destroy() })
	return server{app}, nil
}

// answer says what fiber's own errors are, and of all others no more than that
// there is one: they come from the store.
func answer(c fiber.Ctx, err error) error {
	if known, ok := errors.AsType[*fiber.Error](err); ok {
		return fiber.DefaultErrorHandler(c, known)
	}
	unavailable(c, err)
	return nil
}

func unavailable(c fiber.Ctx, _ error) {
	_ = c.Status(fiber.StatusServiceUnavailable).SendString("sessions are not available\n")
}

// server serves with fiber, quietly.
type server struct{ app *fiber.App }

func (s server) Serve(l net.Listener) error {
	return s.app.Listener(l, fiber.ListenConfig{DisableStartupMessage: true})
}

func (s server) Shutdown(ctx context.Context) error { return s.app.ShutdownWithContext(ctx) }
