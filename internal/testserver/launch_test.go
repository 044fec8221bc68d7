package testserver

import (
	"errors"
	"strings"
	"testing"
)

func TestLaunch(t *testing.T) {
	s, err := Launch("memcached")
	if errors.Is(err, ErrAbsent) {
		missing(t, memcached, err, true)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := memcachedReady(s.Addr(), "", s.Pid()); err != nil {
		t.Errorf("the server does not answer: %v", err)
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	if memcachedReady(s.Addr(), "", 0) == nil {
		t.Error("the server outlives Close")
	}
}

func TestLaunchUnknown(t *testing.T) {
	if _, err := Launch("mongodb"); err == nil || !strings.Contains(err.Error(), "redis, memcached, postgres") {
		t.Errorf("Launch of an unknown kind: %v, want an error that names those there are", err)
	}
}

func TestLaunchAbsent(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := Launch("redis")
	if !errors.Is(err, ErrAbsent) || !strings.Contains(err.Error(), "apt-get install redis-server") {
		t.Errorf("Launch of a program that is not there: %v, want ErrAbsent with the cure", err)
	}
}

// TestAnswers: each kind is known by its protocol, and an unknown one is an
// error that says so.
func TestAnswers(t *testing.T) {
	own := NewMemcached(t)
	if err := Answers("memcached", own.Addr()); err != nil {
		t.Errorf("Answers of a memcached: %v", err)
	}
	if err := Answers("redis", own.Addr()); err == nil {
		t.Error("a memcached passes for a redis")
	}
	own.Stop(t)
	if err := Answers("memcached", own.Addr()); err == nil {
		t.Error("a server that was stopped answers")
	}
	if err := Answers("mongodb", own.Addr()); err == nil || !strings.Contains(err.Error(), "mongodb") {
		t.Errorf("Answers of an unknown kind: %v, want an error that names it", err)
	}
}

func TestGiven(t *testing.T) {
	t.Setenv("SESSIONSTORE_REDIS_URL", "")
	if s, err := Given("redis"); s != nil || err != nil {
		t.Errorf("Given without a variable: %v, %v, want nothing", s, err)
	}
	own := NewRedis(t)
	t.Setenv("SESSIONSTORE_REDIS_URL", own.URL())
	s, err := Given("redis")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil || s.Owned() || redisReady(own.Addr(), "", own.Pid()) != nil {
		t.Errorf("a server that was given is not left alone: %v", err)
	}
}
