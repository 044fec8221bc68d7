package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
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
	must(t, os.Link(file("taken.db"), file("link.db")))

	for _, test := range []struct {
		name string
		args []string
		code int
		want []string
	}{
		{"store in use", []string{"-store", "bolt:" + file("taken.db")}, 1, []string{"taken.db", "-store bolt:other.db"}},
		{"accounts in use", []string{"-users", file("taken.users.db")}, 1, []string{"taken.users.db is in use", "-users other.users.db"}},
		{"port in use", []string{"-addr", taken.Addr().String()}, 1, []string{taken.Addr().String(), "-addr 127.0.0.1:8081"}},
		{"one file for both", []string{"-store", "bolt:" + file("both.db"), "-users", dir + "/./both.db"}, 1, []string{"a file each", "-users other.users.db"}},
		{"one file by two names", []string{"-store", "bolt:" + file("taken.db"), "-users", file("link.db")}, 1, []string{"a file each"}},
		{"no address", []string{"-addr", ""}, 2, []string{"-addr takes host:port", "-addr 127.0.0.1:8080"}},
		{"port alone", []string{"-addr", "8080"}, 2, []string{"-addr takes host:port", `not "8080"`}},
		{"address without port", []string{"-addr", "127.0.0.1:"}, 2, []string{"-addr takes host:port"}},
		{"address of another machine", []string{"-addr", "192.0.2.1:0"}, 1, []string{"cannot serve on 192.0.2.1:0"}},
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
			if hint := strings.Contains(stderr.String(), "choose a free one"); hint != (test.name == "port in use") {
				t.Errorf("got %q: is the port in use or not?", &stderr)
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
			[]string{"Sessions: redis.", "-store redis://u:xxxxx@host:6379/0\n", "where xxxxx stands for"}},
		{"password in the query", settings{addr: "127.0.0.1:8080", store: "postgres://ada@db/app?sslmode=disable&password=secret"}, at("127.0.0.1"),
			[]string{"Sessions: postgres.", "-store 'postgres://ada@db/app?sslmode=xxxxx&password=xxxxx'\n"}},
		{"password in a query without names", settings{addr: "127.0.0.1:8080", store: "postgres://db/app?secret"}, at("127.0.0.1"),
			[]string{"-store 'postgres://db/app?xxxxx'\n"}},
		{"password of a store that a later flag overrides", settings{addr: "127.0.0.1:8080", store: "memory:",
			given: []string{"-store", "redis://u:secret@host", "-store=postgres:///app?password=secret", "-store", "memory:"}}, at("127.0.0.1"),
			[]string{"-store redis://u:xxxxx@host '-store=postgres:///app?password=xxxxx' -store memory:\n"}},
		{"password that makes no URL", settings{addr: "127.0.0.1:8080", store: "redis://u:secret#1@host"}, at("127.0.0.1"),
			[]string{"-store redis://xxxxx\n"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.set.given == nil {
				test.set.given = []string{"-store", test.set.store}
			}
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
