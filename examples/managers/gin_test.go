package managers

import (
	"io"
	"net/http"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/memstore"
	"github.com/gin-contrib/sessions/tester"
	"github.com/gin-gonic/gin"

	"github.com/coatcheck/sessionstore"
	gorillaadapter "github.com/coatcheck/sessionstore/adapters/gorilla"
)

// ginStore is what examples/gin shows.
type ginStore struct{ *gorillaadapter.Store }

func (s ginStore) Options(o sessions.Options) { s.Store.Options = o.ToGorillaOptions() }

func TestGin(t *testing.T) {
	quietGin(t)
	raceIsReal(t, "memstore", func(_ *testing.T, hold func()) app { return newGin(memstore.NewStore(key), hold) })
	testManager(t, func(t *testing.T, store sessionstore.Store, hold func()) app {
		return newGin(ginStore{newGorillaStore(t, store)}, hold)
	})
}

func quietGin(t *testing.T) {
	mode, out := gin.Mode(), gin.DefaultWriter
	gin.SetMode(gin.ReleaseMode)
	gin.DefaultWriter = io.Discard
	t.Cleanup(func() {
		gin.SetMode(mode)
		gin.DefaultWriter = out
	})
}

func newGin(store sessions.Store, hold func()) app {
	changing := func(change func(sessions.Session, *gin.Context)) gin.HandlerFunc {
		return func(c *gin.Context) {
			session := sessions.Default(c)
			change(session, c)
			if err := session.Save(); err != nil {
				c.String(http.StatusInternalServerError, err.Error())
			}
		}
	}
	router := gin.New()
	router.Use(sessions.Sessions("session", store))
	router.POST("/signin", changing(func(s sessions.Session, c *gin.Context) { s.Set("name", c.PostForm("name")) }))
	router.GET("/slow", changing(func(s sessions.Session, _ *gin.Context) {
		s.Get("name")
		hold()
		s.Set("seen", true)
	}))
	router.POST("/signout", changing(func(s sessions.Session, _ *gin.Context) { s.Options(sessions.Options{Path: "/", MaxAge: -1}) }))
	router.GET("/", func(c *gin.Context) {
		name, _ := sessions.Default(c).Get("name").(string)
		c.String(http.StatusOK, name)
	})
	return serving(router)
}

// TestGinTester runs gin-contrib's own suite for stores.
func TestGinTester(t *testing.T) {
	quietGin(t)
	newStore := func(t *testing.T) sessions.Store { return ginStore{newGorillaStore(t, newMemory(t))} }
	t.Run("GetSet", func(t *testing.T) { tester.GetSet(t, newStore) })
	t.Run("DeleteKey", func(t *testing.T) { tester.DeleteKey(t, newStore) })
	t.Run("Flashes", func(t *testing.T) { tester.Flashes(t, newStore) })
	t.Run("Clear", func(t *testing.T) { tester.Clear(t, newStore) })
	t.Run("Options", func(t *testing.T) { tester.Options(t, newStore) })
	t.Run("Many", func(t *testing.T) { tester.Many(t, newStore) })
}
