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

const unavailable = "sessions are not available\n"

func main() { program.Main(program.Handler(newHandler)) }

func newHandler(store sessionstore.Store) (http.Handler, error) {
	visitors, err := gorillaadapter.New(store, gorillaadapter.Options{Keys: [][]byte{key}})
	if err != nil {
		return nil, err
	}
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	router.Use(sessions.Sessions("session", ginStore{visitors}))
	router.POST("/signin", func(c *gin.Context) {
		session, err := visitors.Get(c.Request, "session")
		if err == nil {
			err = visitors.Renew(c.Request, session) // a new id at each sign-in
		}
		if err != nil {
			c.String(http.StatusServiceUnavailable, unavailable)
			return
		}
		sessions.Default(c).Set("name", c.PostForm("name"))
		save(c, sessions.Default(c))
	})
	router.GET("/", func(c *gin.Context) {
		if _, err := visitors.Get(c.Request, "session"); err != nil { // which gin-contrib only logs
			c.String(http.StatusServiceUnavailable, unavailable)
			return
		}
		name, _ := sessions.Default(c).Get("name").(string)
		c.String(http.StatusOK, "Hello, %s.\n", name)
	})
	router.POST("/signout", func(c *gin.Context) {
		session, ended := sessions.Default(c), cookie
		ended.MaxAge = -1
		session.Options(ended)
		save(c, session)
	})
	return http.NewCrossOriginProtection().Handler(router), nil
}

func save(c *gin.Context, session sessions.Session) {
	if err := session.Save(); err != nil {
		c.String(http.StatusServiceUnavailable, unavailable)
	}
}
