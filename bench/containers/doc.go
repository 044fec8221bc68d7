// Package containers runs redis, memcached and postgres in containers of a
// Docker engine, with the settings that the local programs of
// internal/testserver have, fsync on included.
//
// What survives: Stop, Kill and Start keep a server's port and its data, which
// lie in a volume; Close removes the container and the volume. A killed
// container is not a power failure: what the operating system holds in memory
// is not lost.
//
// What a process that was killed leaves behind is removed when another one
// first uses this package. A label tells the containers of the dead from those
// of tests that run. A program that may be interrupted calls [RemoveAll]
// before it ends.
//
// Images: SESSIONSTORE_IMAGE_REDIS, SESSIONSTORE_IMAGE_MEMCACHED and
// SESSIONSTORE_IMAGE_POSTGRES name them. Without these it is the official image,
// if the engine has it; else [BuiltImage], which make images builds from
// Debian's packages where no registry can be reached; else the official image
// is pulled.
//
// Limits: the engine runs on this machine. Servers are published on loopback,
// since they ask nobody for a password; a process that is in a container itself
// names the engine's address there in TESTCONTAINERS_HOST_OVERRIDE. Calls go
// through the engine's port forwarding, which takes time that a local program
// does not.
package containers
