package survival

import (
	"bufio"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore/bench/target"
)

// syncVariable tells the test binary to write and sync this file once for each
// line that it reads.
const syncVariable = "SESSIONSTORE_SURVIVAL_SYNC"

// serveSyncs is that process.
func serveSyncs(path string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		if _, err := file.WriteString("a line\n"); err != nil {
			return err
		}
		if err := file.Sync(); err != nil {
			return err
		}
		fmt.Println("synced")
	}
	return file.Close()
}

// TestTraceCounts: every sync is counted, and none from before or after. Where
// this machine allows no tracing, the error says so.
func TestTraceCounts(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), syncVariable+"="+filepath.Join(t.TempDir(), "file"))
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); cmd.Wait() })
	synced := bufio.NewScanner(out)
	sync := func(times int) {
		for range times {
			fmt.Fprintln(in, "please")
			if !synced.Scan() {
				t.Fatal("the process that syncs has ended")
			}
		}
	}
	sync(3)
	for _, want := range []int{7, 0} {
		tracer, err := trace(t.Context(), cmd.Process.Pid)
		if err != nil {
			wantReason(t, err)
			return
		}
		sync(want)
		got, err := tracer.stop()
		if err != nil || got != want {
			t.Errorf("%d syncs, %v; want %d", got, err, want)
		}
		sync(2)
	}
}

// wantReason accepts that nothing can be traced here, where that is so.
func wantReason(t *testing.T, err error) {
	t.Helper()
	_, missing := exec.LookPath("strace")
	if missing == nil && !strings.Contains(err.Error(), "not permitted") {
		t.Errorf("strace is here, and trace says: %v", err)
	}
	t.Logf("nothing was traced: %v", err)
}

// TestTraceOfNobody: a process that has ended, and an unknown one, are errors.
func TestTraceOfNobody(t *testing.T) {
	cmd := exec.Command(os.Args[0], "-test.list", "^$")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	for _, pid := range []int{0, cmd.Process.Pid} {
		if tracer, err := trace(t.Context(), pid); err == nil {
			tracer.abandon()
			t.Errorf("process %d, which does not run, is traced", pid)
		}
	}
}

func TestCountCalls(t *testing.T) {
	const head = "% time     seconds  usecs/call     calls    errors syscall\n------ ----------- ----------- --------- --------- ----------------\n"
	for table, want := range map[string]int{
		"": 0,
		head + " 60.00    0.001265          63        20           fdatasync\n 40.00    0.001265          63        4         1 fsync\n" +
			"------ ----------- ----------- --------- --------- ----------------\n100.00    0.001265          63        24           total\n": 24,
	} {
		if got, err := countCalls([]byte(table)); err != nil || got != want {
			t.Errorf("%d, %v; want %d in\n%s", got, err, want, table)
		}
	}
	if _, err := countCalls([]byte("what is this fsync\n100.00 0.001265 63 many fsync\n")); err == nil {
		t.Error("a table of an unknown form is no error")
	}
}

// TestFsyncsTellSettingsApart: what a killed process does not show.
func TestFsyncsTellSettingsApart(t *testing.T) {
	for _, c := range []struct {
		config      target.Config
		event       Event
		least, most float64
	}{
		{target.Config{Backend: "memory", Durability: "none"}, KillApplication, 0, 0},
		{target.Config{Backend: "bolt", Durability: "async"}, KillApplication, 0, 0.15}, // when the file grows
		{target.Config{Backend: "bolt", Durability: "sync"}, KillApplication, 0.2, 3},
		{target.Config{Backend: "redis", Durability: "none"}, KillServer, 0, 0},
		{target.Config{Backend: "redis", Durability: "everysec"}, KillServer, 1e-5, 0.1},
		{target.Config{Backend: "redis", Durability: "always"}, KillServer, 0.2, 2},
		{target.Config{Backend: "postgres", Durability: "sync"}, KillServer, 0.2, 3},
	} {
		t.Run(c.config.String(), func(t *testing.T) {
			t.Parallel()
			r, err := Run(t.Context(), Setup{
				Target: opened(t, c.config), Event: c.event, Clients: 2, Rate: 2000, Time: 200 * time.Millisecond, Fsyncs: true,
			})
			if err != nil {
				t.Fatal(err)
			}
			t.Log(r)
			if math.IsNaN(r.FsyncsPerWrite) {
				wantReason(t, fmt.Errorf("%s", r.FsyncsNote))
				return
			}
			if got := r.FsyncsPerWrite; got < c.least || got > c.most {
				t.Errorf("%v fsyncs a write, want %v to %v", got, c.least, c.most)
			}
		})
	}
}
