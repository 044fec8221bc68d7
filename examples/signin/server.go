package main

import (
	"embed"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/httpsession"
)

// config is what a server is made of.
type config struct {
	store     sessionstore.Store
	storeName string // for people: "bolt (signin.db)"
	users     *users
	hashCost  int  // of bcrypt
	dev       bool // plain HTTP
	log       *slog.Logger

	timeout time.Duration    // for one call of the store; 0 for httpsession's default
	now     func() time.Time // of sessions; nil for time.Now
}

// server is the application: accounts, and the sessions of those who have one.
type server struct {
	config
	sessions  *httpsession.Manager[visitor]
	passwords *passwords
}

func newServer(c config) (*server, error) {
	s := &server{config: c}
	var err error
	if s.passwords, err = newPasswords(c.hashCost); err != nil {
		return nil, err
	}
	s.sessions, err = s.newSessions()
	return s, err
}

// routes lists what is served. Nothing but the count of visits changes on GET.
func (s *server) routes() http.Handler {
	mux := http.NewServeMux()
	anyone := func(pattern string, h handler) { mux.Handle(pattern, s.sessions.Load(s.handle(h))) }
	users := func(pattern string, h handler) { mux.Handle(pattern, s.sessions.Require(s.handle(h))) }

	anyone("GET /signup", s.signUpForm)
	anyone("POST /signup", s.signUp)
	anyone("GET /signin", s.signInForm)
	anyone("POST /signin", s.signIn)
	anyone("POST /logout", s.logOut)
	anyone("GET /{$}", s.home)

	users("GET /welcome", s.welcome)
	users("POST /refresh", s.refresh)
	users("GET /password", s.passwordForm)
	users("POST /password", s.changePassword)
	users("GET /sessions", s.listSessions)
	users("POST /sessions/{handle}/end", s.endSession)
	users("POST /sessions/end-others", s.endOthers)
	users("GET /admin", s.admin)

	mux.Handle("GET /style.css", static("style.css"))
	mux.Handle("GET /favicon.svg", static("favicon.svg"))
	return s.logged(withHeaders(s.sameOrigin(s.limitBody(s.routed(mux)))))
}

//go:embed static
var staticFiles embed.FS

// static serves one embedded file, which holds nothing private.
func static(name string) http.Handler {
	files, err := fs.Sub(staticFiles, "static")
	if err != nil {
		panic(err) // the directory is compiled in
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-cache")
		http.ServeFileFS(w, r, files, name)
	})
}

// newHTTPServer sets the limits that a server on a network needs: net/http has
// none by itself, and a slow client could hold a connection for ever.
func (s *server) newHTTPServer() *http.Server {
	return &http.Server{
		Handler:           s.routes(),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
}
