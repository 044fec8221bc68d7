package containers

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// fakeDocker lets has say what docker image inspect finds, writes down what it
// is called with, and pulls nothing.
const fakeDocker = `#!/bin/sh
echo "$*" >>"$0.log"
case "$1 $2" in
version*) exit 0 ;;
"image inspect") case " $HAS " in *" $3 "*) exit 0 ;; esac ;;
esac
exit 1
`

// TestImagesScript: the script looks for the images that this package looks
// for, and pulls what this package would.
func TestImagesScript(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the script is one of bash")
	}
	for _, test := range []struct {
		has, chosen string
		fails       bool
		want        string
	}{
		{BuiltImage, "", false, "nothing to do"},
		{redis.official + " " + memcached.official + " " + postgres.official, "", false, "nothing to do"},
		{memcached.official + " " + postgres.official, redis.variable() + "=mine:1", false, "nothing to do"},
		{redis.official + " " + memcached.official, "", true, "no image for: postgres"},
		{"", "", true, "no image for: redis memcached postgres"},
	} {
		docker := filepath.Join(t.TempDir(), "docker")
		if err := os.WriteFile(docker, []byte(fakeDocker), 0o755); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("./images.sh", "--pull")
		cmd.Env = append(os.Environ(), "PATH="+filepath.Dir(docker)+":"+os.Getenv("PATH"), "HAS="+test.has)
		for _, k := range kinds {
			cmd.Env = append(cmd.Env, k.variable()+"=")
		}
		cmd.Env = append(cmd.Env, test.chosen)
		out, err := cmd.CombinedOutput()
		if (err != nil) != test.fails || !strings.Contains(string(out), test.want) {
			t.Errorf("with the images %q: %v: %s\nwant %q", test.has, err, out, test.want)
		}
		if test.has != "" {
			continue
		}
		if calls, err := os.ReadFile(docker + ".log"); !strings.Contains(string(calls), "pull --quiet "+redis.official+"\n") {
			t.Errorf("%v; calls of docker:\n%s\nwant one that pulls %s", err, calls, redis.official)
		}
	}
}
