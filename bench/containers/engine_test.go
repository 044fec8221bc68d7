package containers

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/moby/moby/client"
)

// fakeEngine answers as an engine would that has some images and no way to a
// registry. It returns the value of DOCKER_HOST that leads there.
func fakeEngine(t *testing.T, images ...string) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Api-Version", "1.41")
		w.Header().Set("Content-Type", "application/json")
		_, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/") // /v1.41/…
		switch {
		case strings.HasSuffix(r.URL.Path, "/_ping"):
		case path == "info":
			w.Write([]byte(`{"OperatingSystem": "none"}`))
		case path == "containers/json":
			w.Write([]byte(`[]`))
		case strings.HasPrefix(path, "images/") && r.Method == http.MethodGet:
			for _, image := range images {
				if path == "images/"+image+"/json" {
					w.Write([]byte(`{}`))
					return
				}
			}
			w.WriteHeader(http.StatusNotFound)
			w.Write([]byte(`{"message": "no such image"}`))
		default:
			w.WriteHeader(http.StatusInternalServerError)
			w.Write([]byte(`{"message": "the registry is out of reach"}`))
		}
	}))
	t.Cleanup(s.Close)
	return "tcp://" + s.Listener.Addr().String()
}

// faked returns an engine for what asks it for images. testcontainers reads its
// settings but once, and connect sets them first.
func faked(t *testing.T, images ...string) *engine {
	t.Helper()
	if _, err := connect(); err != nil {
		t.Logf("without an engine: %v", err)
	}
	cli, err := client.New(client.WithHost(fakeEngine(t, images...)))
	if err != nil {
		t.Fatal(err)
	}
	return &engine{client: cli}
}

// TestUnavailable: where there is no container to be had, the error says what
// would help. Each time it is another process that asks, since testcontainers
// remembers the engine.
func TestUnavailable(t *testing.T) {
	for name, test := range map[string]struct {
		env  []string
		want []string
	}{
		"wrong address": {
			[]string{"DOCKER_HOST=tcp://127.0.0.1:1"},
			[]string{"DOCKER_HOST=tcp://127.0.0.1:1", "correct it, or unset it"},
		},
		"no address": {
			[]string{"DOCKER_HOST=nonsense"},
			[]string{"DOCKER_HOST", "correct or unset"},
		},
		"no image": {
			[]string{"DOCKER_HOST=" + fakeEngine(t)},
			[]string{"the registry is out of reach", "make images", "SESSIONSTORE_IMAGE_REDIS"},
		},
		"no such image": {
			[]string{"DOCKER_HOST=" + fakeEngine(t), "SESSIONSTORE_IMAGE_REDIS=mine:1"},
			[]string{"SESSIONSTORE_IMAGE_REDIS=mine:1", "correct the name, or unset the variable"},
		},
		"an image that does not fit": {
			[]string{"DOCKER_HOST=" + fakeEngine(t, "mine:1"), "SESSIONSTORE_IMAGE_REDIS=mine:1"},
			[]string{"mine:1", "its user redis"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := child("hold", "redis")
			cmd.Env = append(cmd.Env, test.env...)
			out, err := cmd.CombinedOutput()
			if err == nil {
				t.Error("a server was started")
			}
			for _, want := range test.want {
				if !strings.Contains(string(out), want) {
					t.Errorf("error: %s\nwant one that contains %q", out, want)
				}
			}
			if strings.Contains(string(out), "panic") {
				t.Errorf("panic: %s", out)
			}
		})
	}
}

// TestUnavailableMatches: what this machine lacks can be told from a mistake.
func TestUnavailableMatches(t *testing.T) {
	e := faked(t)
	if _, err := e.image(t.Context(), redis); !errors.Is(err, ErrUnavailable) {
		t.Errorf("no image: %v, want ErrUnavailable", err)
	}
	t.Setenv(redis.variable(), "mine:1")
	if _, err := e.image(t.Context(), redis); err == nil || errors.Is(err, ErrUnavailable) {
		t.Errorf("an image that somebody chose and is not there: %v, want an error other than ErrUnavailable", err)
	}
	if _, err := Start(t.Context(), "mongodb"); err == nil || !strings.Contains(err.Error(), "redis, memcached, postgres") {
		t.Errorf("an unknown kind: %v, want an error that names those there are", err)
	}
}

// TestImage: the official image comes before the built one, and a chosen one
// before both.
func TestImage(t *testing.T) {
	for _, test := range []struct {
		chosen string
		images []string
		want   string
	}{
		{"", []string{BuiltImage}, BuiltImage},
		{"", []string{BuiltImage, redis.official}, redis.official},
		{"mine:1", []string{BuiltImage, redis.official, "mine:1"}, "mine:1"},
	} {
		t.Setenv(redis.variable(), test.chosen)
		got, err := faked(t, test.images...).image(t.Context(), redis)
		if err != nil || got != test.want {
			t.Errorf("of %v, with %q chosen: %q, %v, want %q", test.images, test.chosen, got, err, test.want)
		}
	}
}

func TestChooseRyuk(t *testing.T) {
	const variable = "TESTCONTAINERS_RYUK_DISABLED"
	for _, test := range []struct{ before, image, want string }{
		{"", "other:1", "true"},
		{"", ryukImage, ""},
		{"false", "other:1", "false"},
	} {
		t.Setenv(variable, test.before)
		if err := chooseRyuk(t.Context(), faked(t, test.image).client); err != nil || os.Getenv(variable) != test.want {
			t.Errorf("with %s=%q and the image %s: %q, %v, want %q", variable, test.before, test.image, os.Getenv(variable), err, test.want)
		}
	}
}

func TestAddress(t *testing.T) {
	for _, test := range []struct{ daemon, override, want string }{
		{"unix:///var/run/docker.sock", "", "127.0.0.1"},
		{"npipe:////./pipe/docker_engine", "", "127.0.0.1"},
		{"tcp://127.0.0.1:2375", "", "127.0.0.1"},
		{"tcp://localhost:2375", "", "127.0.0.1"},
		{"unix:///var/run/docker.sock", "172.17.0.1", "172.17.0.1"},
		{"tcp://192.0.2.7:2375", "", ""},
		{"tcp://docker:2375", "", ""},
		{"unix:///var/run/docker.sock", "docker", ""},
	} {
		got, err := address(test.daemon, test.override)
		if (err == nil) != (test.want != "") || err == nil && got.String() != test.want {
			t.Errorf("address(%q, %q) = %v, %v, want %q", test.daemon, test.override, got, err, test.want)
		}
	}
}
