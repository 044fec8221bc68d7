package main

import (
	"embed"
	"io/fs"
	"log/slog"
	"net/http"
	"time"
)

// server is the program: accounts, sessions, and the cookie between them.
type server struct {
	sessions  *sessions
	users     *users
	passwords *passwords
	cookie    sessionCookie
	storeName string // for people: "bolt, in signin.db"
	log       *slog.Logger
	close     func() error // gives back the store and the accounts
}

// routes lists what is served. The mux answers another method with 405 and
// says which ones are allowed; nothing changes on GET.
func (s *server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", s.handle(s.home))
	mux.Handle("GET /signup", s.handle(s.signUpForm))
	mux.Handle("POST /signup", s.handle(s.signUp))
	mux.Handle("GET /signin", s.handle(s.signInForm))
	mux.Handle("POST /signin", s.handle(s.signIn))
	mux.Handle("GET /welcome", asProgram(s.handle(s.welcome)))
	mux.Handle("POST /refresh", s.handle(s.refresh))
	mux.Handle("POST /logout", s.handle(s.logOut))
	mux.Handle("GET /style.css", static("style.css"))
	mux.Handle("GET /favicon.svg", static("favicon.svg"))
	return s.logged(withHeaders(s.sameOrigin(s.limitBody(mux))))
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
