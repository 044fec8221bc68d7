package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore/open"
)

// A program is a running copy of this one.
type program struct {
	t      *testing.T
	cmd    *exec.Cmd
	base   string
	stdout *lockedBuffer
	stderr *lockedBuffer
}

// build compiles the program into a directory of the test.
func build(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "signin.exe") // a name that Windows can run
	if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}

var printedURL = regexp.MustCompile(`Open (http://\S+) in a browser`)

// start runs the program in dir and waits until it says where it is.
func start(t *testing.T, path, dir string, flags ...string) *program {
	t.Helper()
	p := &program{t: t, stdout: &lockedBuffer{}, stderr: &lockedBuffer{}}
	p.cmd = exec.Command(path, append([]string{"-addr", "127.0.0.1:0"}, flags...)...)
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = dir, p.stdout, p.stderr
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill() // an error means that it has ended already
		_ = p.cmd.Wait()
	})
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if found := printedURL.FindStringSubmatch(p.stdout.String()); found != nil {
			p.base = found[1]
			return p
		}
	}
	t.Fatalf("the program did not start: %s%s", p.stdout, p.stderr)
	return nil
}

// request returns the status, the body, and the cookie that was set, if any.
func (p *program) request(method, path, body, cookie string) (status int, answer, set string) {
	p.t.Helper()
	r, err := http.NewRequest(method, p.base+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if cookie != "" {
		r.Header.Set("Cookie", "__Host-session="+cookie)
	}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer got.Body.Close()
	content, err := io.ReadAll(got.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, c := range got.Cookies() {
		set = c.Value
	}
	return got.StatusCode, string(content), set
}

func (p *program) wantStatus(want int, method, path, body, cookie string) (set string) {
	p.t.Helper()
	status, answer, set := p.request(method, path, body, cookie)
	if status != want {
		p.t.Fatalf("%s %s: got %d %s, want %d", method, path, status, answer, want)
	}
	return set
}

// kill ends the program as the kernel would.
func (p *program) kill() {
	p.t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		p.t.Fatal(err)
	}
	_ = p.cmd.Wait() // says that it was killed
}

// interrupt presses Ctrl-C and wants a clean end within seconds.
func (p *program) interrupt() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		p.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- p.cmd.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			p.t.Errorf("after Ctrl-C: got %v, want status 0; %s", err, p.stderr)
		}
	case <-time.After(10 * time.Second):
		p.t.Fatal("the program did not end within 10 s of Ctrl-C")
	}
}

func TestH2Restart(t *testing.T) {
	path := build(t)
	t.Run("killed, bolt", func(t *testing.T) {
		dir := t.TempDir()
		p := start(t, path, dir)
		cookie := p.wantStatus(http.StatusCreated, "POST", "/signup", ada, "")
		ended := p.wantStatus(http.StatusOK, "POST", "/signin", adaAgain, "")
		p.wantStatus(http.StatusOK, "POST", "/logout", "", ended)
		p.kill()
		p = start(t, path, dir)
		p.wantStatus(http.StatusOK, "GET", "/welcome", "", cookie)
		p.wantStatus(http.StatusUnauthorized, "GET", "/welcome", "", ended)
		p.wantStatus(http.StatusOK, "POST", "/refresh", "", cookie)
	})
	t.Run("interrupted", func(t *testing.T) {
		if runtime.GOOS == "windows" {
			t.Skip("Windows cannot send Ctrl-C to one process")
		}
		for _, test := range []struct {
			store    string
			want     int
			farewell string
		}{
			{"bolt:some sessions.db", http.StatusOK, "Sessions and accounts are kept"},
			{"memory:", http.StatusUnauthorized, "Sessions were in memory and are gone"},
		} {
			dir := t.TempDir()
			p := start(t, path, dir, "-store", test.store)
			cookie := p.wantStatus(http.StatusCreated, "POST", "/signup", ada, "")
			p.interrupt() // with a connection that is kept alive
			for _, line := range []string{test.farewell, "-store " + shellWord(test.store)} {
				if !strings.Contains(p.stdout.String(), line) {
					t.Errorf("got %s, want it to contain %q", p.stdout, line)
				}
			}
			if strings.Contains(p.stdout.String()+p.stderr.String(), cookie) {
				t.Error("I4: the output has the cookie's value")
			}
			p = start(t, path, dir, "-store", test.store)
			p.wantStatus(test.want, "GET", "/welcome", "", cookie)
			p.wantStatus(http.StatusOK, "POST", "/signin", adaAgain, "")
			p.interrupt()
		}
	})
}

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
			err := run(t.Context(), args, &stdout, &stderr)
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

func TestAnnouncement(t *testing.T) {
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
