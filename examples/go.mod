module github.com/coatcheck/sessionstore/examples

go 1.26.0

replace github.com/coatcheck/sessionstore => ../

require (
	github.com/coatcheck/sessionstore v0.0.0-00010101000000-000000000000
	go.etcd.io/bbolt v1.5.0
	golang.org/x/crypto v0.58.0
)

require golang.org/x/sys v0.49.0 // indirect
