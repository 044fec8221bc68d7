// Package environment says where figures were measured: lines for the head of a
// results file, without which no figure means anything to anybody else.
package environment

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/shirou/gopsutil/v4/cpu"
	"github.com/shirou/gopsutil/v4/disk"
	"github.com/shirou/gopsutil/v4/host"
	"github.com/shirou/gopsutil/v4/mem"

	"github.com/coatcheck/sessionstore/bench/figures"
)

// unknown stands for what this system does not tell: a line that is missing
// would look as if nobody had asked.
const unknown = "unknown"

// Read returns the lines date, commit, machine, disk and go. The disk is the
// one that dir is on; the commit is that of the working directory's clone.
func Read(ctx context.Context, dir string) []figures.Setting {
	return []figures.Setting{
		{Key: "date", Value: time.Now().UTC().Format(time.RFC3339)},
		{Key: "commit", Value: commit(ctx, ".")},
		{Key: "machine", Value: machine(ctx)},
		{Key: "disk", Value: diskOf(ctx, dir)},
		{Key: "go", Value: runtime.Version()},
	}
}

// commit returns the commit of the clone that dir is in, and whether files
// were changed since. (A test has no version stamped into it.)
func commit(ctx context.Context, dir string) string {
	hash, err := exec.CommandContext(ctx, "git", "-C", dir, "rev-parse", "--short=12", "HEAD").Output()
	if err != nil {
		return unknown
	}
	changes, err := exec.CommandContext(ctx, "git", "-C", dir, "status", "--porcelain", "--untracked-files=no").Output()
	if err != nil || len(changes) > 0 {
		return strings.TrimSpace(string(hash)) + " with changes"
	}
	return strings.TrimSpace(string(hash))
}

// machine returns processors, memory and kernel.
func machine(ctx context.Context) string {
	parts := []string{runtime.GOARCH}
	if cpus, err := cpu.InfoWithContext(ctx); err == nil && len(cpus) > 0 && cpus[0].ModelName != "" {
		parts[0] = cpus[0].ModelName
	}
	parts = append(parts, fmt.Sprintf("%d processors", runtime.NumCPU()))
	if memory, err := mem.VirtualMemoryWithContext(ctx); err == nil {
		parts = append(parts, fmt.Sprintf("%.0f GiB", float64(memory.Total)/(1<<30)))
	}
	if version, err := host.KernelVersionWithContext(ctx); err == nil {
		release, _, _ := strings.Cut(version, "-") // what follows names who built it
		parts = append(parts, runtime.GOOS+" "+release)
	}
	return strings.Join(parts, ", ")
}

// diskOf returns the file system that dir is on: what a tmpfs is told to write
// to the disk goes nowhere.
func diskOf(ctx context.Context, dir string) string {
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return unknown
	}
	mounts, err := disk.PartitionsWithContext(ctx, true)
	if err != nil {
		return unknown
	}
	var best disk.PartitionStat
	for _, m := range mounts {
		if within(dir, m.Mountpoint) && len(m.Mountpoint) >= len(best.Mountpoint) {
			best = m
		}
	}
	if best.Fstype == "" {
		return unknown
	}
	return fmt.Sprintf("%s on %s", best.Fstype, filepath.Base(best.Device))
}

// within reports whether dir is under the mount point.
func within(dir, mount string) bool {
	rest, err := filepath.Rel(mount, dir)
	return err == nil && rest != ".." && !strings.HasPrefix(rest, ".."+string(filepath.Separator))
}
