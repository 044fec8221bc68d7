package scs

import (
	"bytes"
	"context"
	"encoding/gob"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/memory"
)

func newMemory(t *testing.T) *memory.Store {
	t.Helper()
	s, err := memory.New(memory.Options{})
	must(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// record is what the manager commits.
func record(t *testing.T, name string) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, gob.NewEncoder(&b).Encode(struct {
		Deadline time.Time
		Values   map[string]any
	}{time.Now(), map[string]any{"name": name}}))
	return b.Bytes()
}

func wantFound(t *testing.T, s *Store, token string, want bool) {
	t.Helper()
	data, found, err := s.Find(token)
	if err != nil || found != want || found != (data != nil) {
		t.Errorf("Find: got %q, %v, %v, want %v", data, found, err, want)
	}
}

func TestCommitFindDelete(t *testing.T) {
	s := New(newMemory(t), Options{})
	wantFound(t, s, "token", false)
	ada := record(t, "ada")
	must(t, s.Commit("token", ada, time.Now().Add(time.Hour)))
	data, found, err := s.FindCtx(t.Context(), "token")
	if err != nil || !found || !bytes.Equal(data, ada) {
		t.Errorf("FindCtx: got %q, %v, %v", data, found, err)
	}
	must(t, s.Delete("token"))
	must(t, s.DeleteCtx(t.Context(), "token"))
	must(t, s.Delete(""))
	wantFound(t, s, "token", false)
}

func TestExpiryInThePastIsTheEnd(t *testing.T) {
	s := New(newMemory(t), Options{})
	for _, past := range []time.Time{{}, time.Unix(0, 0), time.Now()} {
		token := sessionstore.NewID()
		must(t, s.Commit(token, record(t, "ada"), time.Now().Add(time.Hour)))
		must(t, s.Commit(token, record(t, "ada"), past))
		wantFound(t, s, token, false)
	}
}

func TestExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		backend, err := memory.New(memory.Options{SweepInterval: -1})
		must(t, err)
		defer backend.Close()
		s := New(backend, Options{})
		must(t, s.Commit("minute", record(t, "ada"), time.Now().Add(time.Minute)))
		must(t, s.Commit("century", record(t, "ada"), time.Now().AddDate(100, 0, 0)))
		time.Sleep(time.Minute - 1)
		wantFound(t, s, "minute", true)
		time.Sleep(time.Nanosecond)
		wantFound(t, s, "minute", false)
		wantFound(t, s, "century", true)
	})
}

func TestLogoutWins(t *testing.T) {
	refused := 0
	s := New(newMemory(t), Options{OnRefused: func() { refused++ }})
	must(t, s.Commit("token", record(t, "ada"), time.Now().Add(time.Hour)))
	must(t, s.Delete("token"))
	must(t, s.Commit("token", record(t, "late"), time.Now().Add(time.Hour)))
	wantFound(t, s, "token", false)
	if refused != 1 {
		t.Errorf("OnRefused was called %d times, want once", refused)
	}
}

// A user who signs out and closes the browser is signed out.
func TestDeleteOutlastsItsClient(t *testing.T) {
	s := New(newMemory(t), Options{})
	must(t, s.Commit("token", record(t, "ada"), time.Now().Add(time.Hour)))
	gone, hangUp := context.WithCancel(t.Context())
	hangUp()
	must(t, s.DeleteCtx(gone, "token"))
	wantFound(t, s, "token", false)
}

func TestAllThenDelete(t *testing.T) {
	s := New(newMemory(t), Options{})
	all, err := s.All()
	if err != nil || all == nil || len(all) != 0 {
		t.Errorf("All of nothing: got %v, %v, want an empty map", all, err)
	}
	for _, token := range []string{"a", "b"} {
		must(t, s.Commit(token, record(t, token), time.Now().Add(time.Hour)))
	}
	all, err = s.AllCtx(t.Context())
	if err != nil || len(all) != 2 {
		t.Fatalf("AllCtx: got %d sessions, %v, want 2", len(all), err)
	}
	for handle := range all {
		wantFound(t, s, handle, false)
		must(t, s.Delete(handle))
	}
	wantFound(t, s, "a", false)
	wantFound(t, s, "b", false)
}

func TestAllUnsupported(t *testing.T) {
	s := New(struct{ sessionstore.Store }{newMemory(t)}, Options{})
	if _, err := s.All(); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("got %v, want ErrUnsupported", err)
	}
}

// jsonCodec is a manager's own.
type jsonCodec struct{}

func (jsonCodec) Decode(data []byte) (deadline time.Time, values map[string]any, err error) {
	err = json.Unmarshal(data, &values)
	return time.Time{}, values, err
}

func TestCodec(t *testing.T) {
	var told error
	backend, in := newMemory(t), time.Now().Add(time.Hour)
	s := New(backend, Options{Codec: jsonCodec{}, OnError: func(err error) { told = err }})
	must(t, s.Commit("token", []byte(`{"name":"ada"}`), in))
	wantFound(t, s, "token", true)
	if told != nil {
		t.Errorf("OnError: got %v", told)
	}
	must(t, New(backend, Options{}).Commit("old", record(t, "ada"), in))
	wantFound(t, s, "old", false)
	if !errors.Is(told, sessionstore.ErrCorrupt) {
		t.Errorf("OnError: got %v, want ErrCorrupt", told)
	}
}

// Without Options.Codec such a manager's sessions would never be found. It is
// told so when it commits the first.
func TestForgottenCodecIsAnError(t *testing.T) {
	s := New(newMemory(t), Options{})
	err := s.Commit("token", []byte(`{"name":"ada"}`), time.Now().Add(time.Hour))
	if err == nil || !strings.Contains(err.Error(), "Options.Codec") || strings.Contains(err.Error(), "ada") {
		t.Errorf("got %v, want an error that names Options.Codec", err)
	}
}

func TestOutage(t *testing.T) {
	backend := newMemory(t)
	s := New(backend, Options{})
	backend.Close()
	if _, found, err := s.Find("token"); found || !errors.Is(err, sessionstore.ErrClosed) {
		t.Errorf("Find: got %v, %v, want ErrClosed", found, err)
	}
	if err := s.Commit("token", record(t, "ada"), time.Now().Add(time.Hour)); !errors.Is(err, sessionstore.ErrClosed) {
		t.Errorf("Commit: got %v, want ErrClosed", err)
	}
	if err := s.Delete("token"); !errors.Is(err, sessionstore.ErrClosed) {
		t.Errorf("Delete: got %v, want ErrClosed", err)
	}
}
