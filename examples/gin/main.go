// Command gin keeps the sessions of github.com/gin-contrib/sessions in a Store.
//
//	go run ./examples/gin -store bolt:sessions.db
package main

import (
	"net/http"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/coatcheck/sessionstore"
	gorillaadapter "github.com/coatcheck/sessionstore/adapters/gorilla"
	"github.com/coatcheck/sessionstore/examples/internal/program"
)

// ginStore is gorilla's store with the one method that gin-contrib adds.
type ginStore struct{ *gorillaadapter.Store }

func (s ginStore) Options(o sessions.Options) { s.Store.Options = o.ToGorillaOptions() }

// key signs the cookies. A real one is 32 random bytes, and not in the source.
var key = []byte("32 bytes that are no secret here")

// cookie is repeated in full where a session sets its own: gin-contrib takes
// those options for all.
var cookie = sessions.Options{Path: "/", MaxAge: 30 * 24 * 60 * 60, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode}

func main() { program.Main(program.Handler(newHandler)) }

func newHandler(store sessionstore.Store) (http.Handler, error) {
	visitors, err := gorillaadapter.New(store, gorillaadapter.Options{Keys: [][]byte{key}})
	if err != nil {
		return nil, err
	}
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	router.Use(sessions.Sessions("session", ginStore{visitors}), func(c *gin.Context) {
		_, err := visitors.Get(c.Request, "session") // whose error gin-contrib only logs
		check(c, err)
	})
	router.POST("/signin", func(c *gin.Context) {
		session, _ := visitors.Get(c.Request, "session") // checked above
		err := visitors.Renew(c.Request, session)        // a new id at each sign-in
		if err == nil {
			sessions.Default(c).Set("name", c.PostForm("name"))
			err = sessions.Default(c).Save()
		}
		check(c, err)
	})
	router.GET("/", func(c *gin.Context) {
		name, _ := sessions.Default(c).Get("name").(string)
		c.String(http.StatusOK, "Hello, %s.\n", name)
	})
	router.POST("/signout", func(c *gin.Context) {
		session, ended := sessions.Default(c), cookie
		ended.MaxAge = -1
		session.Options(ended)
		check(c, session.Save())
	})
	return http.NewCrossOriginProtection().Handler(router), nil
}

// check answers if sessions failed.
func check(c *gin.Context, err error) {
	if err != nil {
		c.String(http.StatusServiceUnavailable, "sessions are not available\n")
		c.Abort()
	}
}
