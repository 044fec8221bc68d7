// Command echo keeps the sessions of github.com/labstack/echo-contrib/session
// in a Store.
//
//	go run ./examples/echo -store bolt:sessions.db
package main

import (
	"net/http"

	"github.com/gorilla/sessions"
	"github.com/labstack/echo-contrib/session"
	"github.com/labstack/echo/v4"

	"github.com/coatcheck/sessionstore"
	gorillaadapter "github.com/coatcheck/sessionstore/adapters/gorilla"
	"github.com/coatcheck/sessionstore/examples/internal/program"
)

// key signs the cookies. A real one is 32 random bytes, and not in the source.
var key = []byte("32 bytes that are no secret here")

func main() { program.Main(program.Handler(newHandler)) }

func newHandler(store sessionstore.Store) (http.Handler, error) {
	visitors, err := gorillaadapter.New(store, gorillaadapter.Options{Keys: [][]byte{key}})
	if err != nil {
		return nil, err
	}
	e := echo.New()
	e.Use(session.Middleware(visitors))
	e.POST("/signin", with(func(s *sessions.Session, c echo.Context) error {
		if err := visitors.Renew(c.Request(), s); err != nil { // a new id at each sign-in
			return err
		}
		s.Values["name"] = c.FormValue("name")
		return s.Save(c.Request(), c.Response())
	}))
	e.POST("/signout", with(func(s *sessions.Session, c echo.Context) error {
		s.Options.MaxAge = -1
		return s.Save(c.Request(), c.Response())
	}))
	e.GET("/", with(func(s *sessions.Session, c echo.Context) error {
		name, _ := s.Values["name"].(string)
		return c.String(http.StatusOK, "Hello, "+name+".\n")
	}))
	return http.NewCrossOriginProtection().Handler(e), nil
}

// with reads the session for a handler, and answers if that or this failed.
func with(handle func(*sessions.Session, echo.Context) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		s, err := session.Get("session", c)
		if err == nil {
			err = handle(s, c)
		}
		if err != nil {
			return echo.NewHTTPError(http.StatusServiceUnavailable, "sessions are not available")
		}
		return nil
	}
}
