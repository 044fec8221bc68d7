package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/coatcheck/sessionstore/open"
)

// A request that is under way when the program is told to end is answered.
func TestShutdownWaitsForRequests(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		stop()
		time.Sleep(50 * time.Millisecond)
		io.WriteString(w, "done")
	})}
	served := make(chan error, 1)
	go func() { served <- serve(ctx, s, listener, io.Discard) }()
	got, err := http.Get("http://" + listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	if body, err := io.ReadAll(got.Body); err != nil || string(body) != "done" {
		t.Errorf("got %q, %v", body, err)
	}
	if err := <-served; err != nil {
		t.Errorf("got %v, want nil", err)
	}
}

// What goes wrong at the start is said together with what to do about it.
func TestStartErrors(t *testing.T) {
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	store, err := open.URL(t.Context(), "bolt:"+file("taken.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	accounts, err := openUsers(file("taken.users.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer accounts.close()

	for _, test := range []struct {
		name string
		args []string
		code int
		want []string
	}{
		{"store in use", []string{"-store", "bolt:" + file("taken.db")}, 1, []string{"taken.db", "-store bolt:other.db"}},
		{"accounts in use", []string{"-users", file("taken.users.db")}, 1, []string{"taken.users.db is in use", "-users other.users.db"}},
		{"port in use", []string{"-addr", taken.Addr().String()}, 1, []string{taken.Addr().String(), "-addr 127.0.0.1:8081"}},
		{"unknown store", []string{"-store", "mysql://root:secret@localhost/"}, 1, []string{"memory:", "bolt:"}},
		{"unknown flag", []string{"-port", "80"}, 2, []string{"-addr host:port"}},
		{"an argument", []string{"8080"}, 2, []string{`flags only, not "8080"`}},
		{"help", []string{"-h"}, 0, []string{"-store URL"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			args := append([]string{"-addr", "127.0.0.1:0", "-store", "memory:", "-users", file(t.Name()[len("TestStartErrors/"):])}, test.args...)
			err := run(t.Context(), args, &stdout, &stderr, bcrypt.MinCost)
			if code := exitCode(err, &stderr); code != test.code {
				t.Errorf("got status %d, want %d", code, test.code)
			}
			for _, want := range test.want {
				if !strings.Contains(stderr.String(), want) {
					t.Errorf("got %q, want it to contain %q", &stderr, want)
				}
			}
			if strings.Contains(stderr.String(), "secret") {
				t.Errorf("got %q: it shows a password", &stderr)
			}
		})
	}
}

func TestC5Announcement(t *testing.T) {
	at := func(ip string) net.Addr { return &net.TCPAddr{IP: net.ParseIP(ip), Port: 8080} }
	for _, test := range []struct {
		name  string
		set   settings
		bound net.Addr
		want  []string
	}{
		{"default", settings{addr: "127.0.0.1:8080", store: "bolt:signin.db"}, at("127.0.0.1"),
			[]string{"Open http://127.0.0.1:8080 in", "bolt (signin.db)", "The cookie is Secure."}},
		{"by name", settings{addr: "localhost:0", store: "memory:"}, at("::1"),
			[]string{"Open http://localhost:8080 in"}},
		{"every interface", settings{addr: ":8080", store: "memory:"}, at("::"),
			[]string{"Open http://127.0.0.1:8080 in", "clients on other machines do not keep it"}},
		{"development", settings{addr: "0.0.0.0:8080", store: "memory:", dev: true}, at("0.0.0.0"),
			[]string{"Open http://127.0.0.1:8080 in", "WARNING: -dev"}},
		{"password", settings{addr: "127.0.0.1:8080", store: "redis://u:secret@host:6379/0"}, at("127.0.0.1"),
			[]string{"Sessions: redis."}},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.set.given = []string{"-store", test.set.store}
			var out strings.Builder
			announce(&out, test.set, test.bound)
			farewell(&out, test.set)
			for _, want := range test.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("got %s, want it to contain %q", &out, want)
				}
			}
			if strings.Contains(out.String(), "secret") {
				t.Errorf("got %s: it shows a password", &out)
			}
		})
	}
}
