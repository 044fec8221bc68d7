package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/coatcheck/sessionstore/bench/target"
)

func TestUsageErrors(t *testing.T) {
	for args, want := range map[string]string{
		"-x":                     "-x",
		"fast":                   `"fast" is no flag`,
		"-full fast":             `"fast" is no flag`,
		"-backends redis,mongo":  `there is no "mongo"; there are memory, bolt, memcached, redis, postgres`,
		"-backends redis,":       `there is no ""`,
		"-from x -full":          "goes with neither",
		"-from x -backends bolt": "goes with neither",
		"-full=maybe":            "maybe",
		"-o=":                    "-o wants a directory",
	} {
		var out, errs bytes.Buffer
		if code := run(strings.Fields(args), &out, &errs); code != 2 {
			t.Errorf("%s: status %d, want 2", args, code)
		}
		if text := errs.String(); !strings.Contains(text, want) || !strings.Contains(text, "sessbench -h") {
			t.Errorf("%s: %q, want %q in it, and where to look", args, text, want)
		}
	}
}

func TestHelp(t *testing.T) {
	var out, errs bytes.Buffer
	if code := run([]string{"-h"}, &out, &errs); code != 0 {
		t.Errorf("status %d, want 0", code)
	}
	for _, want := range []string{"-full", "-o directory", "-backends list", "-from file", "Ctrl-C", "go run ./bench/cmd/sessbench", "SESSIONSTORE_SERVERS"} {
		if !strings.Contains(errs.String(), want) {
			t.Errorf("the help does not have %q", want)
		}
	}
}

func TestPlan(t *testing.T) {
	o, err := parse([]string{"-full", "-backends", "redis, bolt"}, &bytes.Buffer{})
	if err != nil {
		t.Fatal(err)
	}
	plan := o.plan()
	if len(plan.Configs) != 5 || !slices.Contains(plan.Configs, target.Config{Backend: "redis", Durability: "always"}) || plan.Peers == nil {
		t.Errorf("the plan is %+v, want all of redis and bolt", plan)
	}
	if o, _ = parse(nil, &bytes.Buffer{}); o.plan().Peers != nil || o.dir != "." {
		t.Errorf("without flags: %+v, want the quick plan and this directory", o)
	}
}
