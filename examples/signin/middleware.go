package main

import (
	"bytes"
	"errors"
	"io"
	"net/http"
)

// withHeaders sets what every answer carries. All of them are private unless a
// handler says otherwise, so no cache keeps any.
func withHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; "+
			"form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		// Not no-referrer: a browser would then send "Origin: null" with
		// our own forms, and where it sends no Sec-Fetch-Site (plain HTTP
		// beyond this machine) they would look cross-site.
		h.Set("Referrer-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}

// sameOrigin refuses what another site makes a browser send, signing in
// included: nobody is signed in to somebody else's account. It does not ask the
// store for another site.
func (s *server) sameOrigin(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(s.failing(errCrossSite))
	return protection.Handler(next)
}

// limitBody refuses a body that is too large. It reads one that does not say how
// long it is, so that the limit holds also where no handler reads.
func (s *server) limitBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength > maxBodyBytes {
			s.decline(w, r, errTooLarge)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBodyBytes))
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			s.decline(w, r, errTooLarge)
			return
		}
		if err != nil {
			s.decline(w, r, &problem{status: http.StatusBadRequest, message: "The body cannot be read to its end."})
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		next.ServeHTTP(w, r)
	})
}

// routed lets the mux answer what it has a route for. It refuses the rest with a
// line of text; here people get a page, and programs JSON.
func (s *server) routed(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pattern := mux.Handler(r); pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		refusal := &headWriter{header: http.Header{}}
		mux.ServeHTTP(refusal, r)
		if allow := refusal.header.Get("Allow"); allow != "" {
			w.Header().Set("Allow", allow)
			s.decline(w, r, &problem{status: http.StatusMethodNotAllowed, message: "The address is right, but not the method."})
			return
		}
		s.decline(w, r, &problem{status: http.StatusNotFound, message: "There is nothing at this address."})
	})
}

// decline answers before any handler. A person's session is looked up, for the
// navigation of the page.
func (s *server) decline(w http.ResponseWriter, r *http.Request, p *problem) {
	if !wantsPage(r) {
		s.refuse(w, r, p)
		return
	}
	s.sessions.Load(s.handle(func(http.ResponseWriter, *http.Request) error { return p })).ServeHTTP(w, r)
}

// headWriter keeps the header of an answer.
type headWriter struct{ header http.Header }

func (w *headWriter) Header() http.Header         { return w.header }
func (w *headWriter) Write(b []byte) (int, error) { return len(b), nil }
func (w *headWriter) WriteHeader(int)             {}
