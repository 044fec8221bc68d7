package managers

import (
	"net/http"
	"testing"

	"github.com/gorilla/sessions"
	"github.com/labstack/echo-contrib/session"
	"github.com/labstack/echo/v4"

	"github.com/coatcheck/sessionstore"
)

func TestEcho(t *testing.T) {
	raceIsReal(t, "FilesystemStore", func(t *testing.T, hold func()) app {
		return newEcho(sessions.NewFilesystemStore(t.TempDir(), key), hold)
	})
	testManager(t, func(t *testing.T, store sessionstore.Store, hold func()) app {
		return newEcho(newGorillaStore(t, store), hold)
	})
}

func newEcho(store sessions.Store, hold func()) app {
	changing := func(change func(*sessions.Session, echo.Context)) echo.HandlerFunc {
		return func(c echo.Context) error {
			s, err := session.Get("session", c)
			if err != nil && !s.IsNew {
				return err
			}
			change(s, c)
			return s.Save(c.Request(), c.Response())
		}
	}
	e := echo.New()
	e.Use(session.Middleware(store))
	e.POST("/signin", changing(func(s *sessions.Session, c echo.Context) { s.Values["name"] = c.FormValue("name") }))
	e.GET("/slow", changing(func(s *sessions.Session, _ echo.Context) {
		hold()
		s.Values["seen"] = true
	}))
	e.POST("/signout", changing(func(s *sessions.Session, _ echo.Context) { s.Options.MaxAge = -1 }))
	e.GET("/", func(c echo.Context) error {
		s, _ := session.Get("session", c) // FilesystemStore says here that there is no file
		name, _ := s.Values["name"].(string)
		return c.String(http.StatusOK, name)
	})
	return serving(e)
}
