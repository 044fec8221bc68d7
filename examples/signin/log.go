package main

import (
	"log/slog"
	"net/http"
	"time"
)

// logged writes a line for each request: its route, which names no session, and
// no path, query, header or cookie.
func (s *server) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		seen := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(seen, r)
		s.log.Info("request", "method", r.Method, "route", routeOf(r),
			"status", seen.status, "took", time.Since(began).Round(time.Millisecond))
	})
}

// logError logs what the user of a request is only told in general. Errors of
// stores hold neither an id nor data.
func (s *server) logError(r *http.Request, err error) {
	level := slog.LevelError
	if r.Context().Err() != nil { // the client has gone, and learns nothing
		level = slog.LevelInfo
	}
	s.log.Log(r.Context(), level, "request failed", "method", r.Method, "route", routeOf(r), "error", err)
}

// routeOf is the pattern that the mux found, or none.
func routeOf(r *http.Request) string {
	if r.Pattern == "" {
		return "none"
	}
	return r.Pattern
}

// statusWriter remembers the status for the log.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.MaxBytesReader and others reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
