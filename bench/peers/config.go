package peers

import "github.com/coatcheck/sessionstore/bench/target"

// Configs returns how the servers and files are set that peers are measured on:
// as an application would that keeps its sessions over a crash.
func Configs() []target.Config {
	return []target.Config{
		{Backend: "memory", Durability: "none"},
		{Backend: "bolt", Durability: "sync"},
		{Backend: "memcached", Durability: "none"},
		{Backend: "redis", Durability: "everysec"},
		{Backend: "postgres", Durability: "sync"},
	}
}
