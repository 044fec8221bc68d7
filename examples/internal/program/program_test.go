package program

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/open"
)

var hello = Handler(func(sessionstore.Store) (http.Handler, error) {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") }), nil
})

// onWrite is called with what is written to it.
type onWrite func(text string)

func (f onWrite) Write(b []byte) (int, error) { f(string(b)); return len(b), nil }

func TestRunEndsWithItsContext(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	file := filepath.Join(t.TempDir(), "sessions.db")
	var said string
	for range 2 { // the second finds the file and the port free again
		ctx, cancel := context.WithCancel(ctx)
		err := Run(ctx, []string{"-addr", "127.0.0.1:0", "-store", "bolt:" + file}, onWrite(func(text string) {
			said = text
			cancel()
		}), io.Discard, hello)
		cancel()
		if err != nil || !strings.Contains(said, "Serving at http://127.0.0.1:") {
			t.Errorf("got %v, having said %q", err, said)
		}
	}
}

// What goes wrong at the start is said together with what to do about it.
func TestStartErrors(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	file := filepath.Join(t.TempDir(), "taken.db")
	store, err := open.URL(t.Context(), "bolt:"+file)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	errBuild := errors.New("no server")
	failing := func(sessionstore.Store) (Server, error) { return nil, errBuild }

	for _, test := range []struct {
		name  string
		args  []string
		build Build
		is    error
		want  string
	}{
		{"store in use", []string{"-store", "bolt:" + file}, hello, nil, "-store bolt:other.db"},
		{"port in use", []string{"-addr", taken.Addr().String()}, hello, nil, "-addr 127.0.0.1:8081"},
		{"unknown store", []string{"-store", "mysql://root:secret@localhost/"}, hello, nil, "memory:"},
		{"unknown flag", []string{"-port", "80"}, hello, errUsage, "-addr host:port"},
		{"an argument", []string{"8080"}, hello, errUsage, `flags only, not "8080"`},
		{"help", []string{"-h"}, hello, flag.ErrHelp, "-store URL"},
		{"no server", nil, failing, errBuild, "no server"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var said bytes.Buffer
			args := append([]string{"-addr", "127.0.0.1:0", "-store", "memory:"}, test.args...)
			err := Run(t.Context(), args, io.Discard, &said, test.build)
			if err == nil || test.is != nil && !errors.Is(err, test.is) {
				t.Fatalf("got %v, want %v", err, test.is)
			}
			if text := said.String() + err.Error(); !strings.Contains(text, test.want) || strings.Contains(text, "secret") {
				t.Errorf("got %q, want it to contain %q and no password", text, test.want)
			}
		})
	}
}
