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

var errUnavailable = echo.NewHTTPError(http.StatusServiceUnavailable, "sessions are not available")

func main() { program.Main(program.Handler(newHandler)) }

func newHandler(store sessionstore.Store) (http.Handler, error) {
	visitors, err := gorillaadapter.New(store, gorillaadapter.Options{Keys: [][]byte{key}})
	if err != nil {
		return nil, err
	}
	e := echo.New()
	e.Use(session.Middleware(visitors))
	e.POST("/signin", changing(func(s *sessions.Session, c echo.Context) error {
		s.Values["name"] = c.FormValue("name")
		return visitors.Renew(c.Request(), s) // a new id at each sign-in
	}))
	e.POST("/signout", changing(func(s *sessions.Session, _ echo.Context) error {
		s.Options.MaxAge = -1
		return nil
	}))
	e.GET("/", func(c echo.Context) error {
		s, err := session.Get("session", c)
		if err != nil {
			return errUnavailable
		}
		name, _ := s.Values["name"].(string)
		return c.String(http.StatusOK, "Hello, "+name+".\n")
	})
	return http.NewCrossOriginProtection().Handler(e), nil
}

// changing reads the session, lets change change it, and saves it.
func changing(change func(*sessions.Session, echo.Context) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		s, err := session.Get("session", c)
		if err == nil {
			err = change(s, c)
		}
		if err == nil {
			err = s.Save(c.Request(), c.Response())
		}
		if err != nil {
			return errUnavailable
		}
		return c.NoContent(http.StatusOK)
	}
}
