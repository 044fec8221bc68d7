package bench

import (
	"flag"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore/bench/server"
	"github.com/coatcheck/sessionstore/bench/survival"
)

var full = flag.Bool("bench.full", false, "leave nothing out: all sizes, growth, restarts and peers; needs -timeout 0")

// ownBenchtime is how long a benchmark runs where the user does not say: half
// of what go test would have, since there are many.
const ownBenchtime = "500ms"

func TestMain(m *testing.M) {
	survival.ServeChild()
	flag.Parse()
	if err := settle(flag.CommandLine); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	}
	server.Main(closing{m})
}

// settle gives the flags of go test the defaults of these benchmarks, and
// refuses what would end in the midst of them.
func settle(flags *flag.FlagSet) error {
	given := map[string]bool{}
	flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
	if !given["test.benchtime"] {
		if err := flags.Set("test.benchtime", ownBenchtime); err != nil {
			return err
		}
	}
	limit, _ := flags.Lookup("test.timeout").Value.(flag.Getter).Get().(time.Duration)
	everything := flags.Lookup("bench.full").Value.String() == "true"
	if everything && limit == goTestTimeout {
		return fmt.Errorf("-bench.full takes longer than go test allows: add -timeout 0")
	}
	return nil
}

// goTestTimeout is what go test passes on where the user names no limit.
const goTestTimeout = 10 * time.Minute

// closing ends the servers after the benchmarks.
type closing struct{ *testing.M }

func (m closing) Run() int {
	code := m.M.Run()
	if err := closeMatrix(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		return max(code, 1)
	}
	return code
}
