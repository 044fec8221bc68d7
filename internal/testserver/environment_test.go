package testserver

import (
	"net/url"
	"strings"
	"testing"
)

// A server from the environment is used and never stopped.
func TestFromEnvironment(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.kind.name, func(t *testing.T) {
			own := k.own(t)
			t.Setenv(k.kind.variable, own.URL())
			s := (&shared{kind: k.kind}).get(t)
			if s.Owned() || s.Pid() != 0 || s.Addr() != own.Addr() || s.URL() != own.URL() {
				t.Errorf("Owned() = %v, Pid() = %d, Addr() = %s, URL() = %s", s.Owned(), s.Pid(), s.Addr(), s.URL())
			}
			for _, do := range []func(Fataler){s.Stop, s.Kill, s.Start} {
				var r recorder
				do(&r)
				if !strings.Contains(r.text, k.kind.variable) {
					t.Errorf("Fatalf was told %q, want the variable", r.text)
				}
			}
			if err := k.write(s.Addr()); err != nil {
				t.Errorf("it does not run any more: %v", err)
			}
		})
	}
}

func TestFromEnvironmentWrong(t *testing.T) {
	for _, text := range []string{
		"localhost:6379", "redis://", "http://localhost", "redis://:secret@", "redis://u:secret@h:port/",
		"redis://a:1,b:secret", "memcached://a:11211", "%",
	} {
		_, err := fromEnvironment(redis, text)
		if err == nil || !strings.Contains(err.Error(), redis.variable) || !strings.Contains(err.Error(), redis.example) {
			t.Errorf("fromEnvironment(%q) = %v, want an error with the variable and an example", text, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("error shows the password: %v", err)
		}
	}
}

func TestHostPort(t *testing.T) {
	for _, test := range []struct {
		kind       *kind
		text, want string
	}{
		{redis, "redis://h", "h:6379"},
		{redis, "rediss://u:p@h:1/2", "h:1"},
		{redis, "redis://[::1]", "[::1]:6379"},
		{memcached, "memcached://h", "h:11211"},
		{postgres, "postgres://u:p@h/db?sslmode=disable", "h:5432"},
		{postgres, "postgres:///db?host=/run/postgresql", ""},
	} {
		u, err := url.Parse(test.text)
		if err != nil {
			t.Fatal(err)
		}
		if got := hostPort(test.kind, u); got != test.want {
			t.Errorf("hostPort(%q) = %q, want %q", test.text, got, test.want)
		}
	}
}
