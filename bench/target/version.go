package target

import (
	"os/exec"
	"runtime/debug"
	"strings"
)

// devel is the version of a module that is built from a clone.
const devel = "(devel)"

// Version returns the version of a module in this program. A test has none of
// them stamped into it: there the go command is asked, which ran the test.
func Version(module string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok || len(info.Deps) == 0 {
		return required(module)
	}
	for _, m := range append(info.Deps, &info.Main) {
		if m.Path == module && m.Replace == nil && m.Version != "" {
			return m.Version
		}
	}
	return devel
}

// required returns the version that go.mod requires, unless it says to take a
// clone instead.
func required(module string) string {
	out, err := exec.Command("go", "list", "-m", "-f", "{{if not .Replace}}{{.Version}}{{end}}", module).Output()
	if v := strings.TrimSpace(string(out)); err == nil && v != "" {
		return v
	}
	return devel
}
