package peers

import (
	"context"
	"time"

	"go.etcd.io/bbolt"

	"github.com/coatcheck/sessionstore/bench/target"
)

// boltPeers are ways to keep sessions in a file of bbolt.
func boltPeers() []Peer {
	const module = "go.etcd.io/bbolt"
	return []Peer{
		{Name: "baseline-one-transaction-per-write", Backend: "bolt", Module: module, Rewrites: true,
			Differs: "each write is a transaction of its own; nothing finds what has expired", open: openBaseline},
		{Name: "bbolt-batch", Backend: "bolt", Module: module, Rewrites: true,
			Differs: "bbolt's own way of sharing commits, DB.Batch, which waits 10 ms for company; nothing finds what has expired", open: openBatch},
		{Name: "limit-bbolt", Backend: "bolt", Module: module, Rewrites: true, Endless: true,
			Differs: "one key read, or written in a transaction of its own, without a deadline; where writers wait for one another ours passes it by sharing commits", open: openBareBolt},
	}
}

var boltBucket = []byte("sessions")

// openFile opens the place's file with the options of ours.
func openFile(place target.Place) (*bbolt.DB, error) {
	db, err := bbolt.Open(place.URL, 0o600, &bbolt.Options{
		Timeout:      time.Second,
		FreelistType: bbolt.FreelistMapType,
		NoStatistics: true,
		NoSync:       place.Durability == "async",
	})
	if err != nil {
		return nil, err
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucketIfNotExists(boltBucket)
		return err
	})
	if err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

func openBaseline(_ context.Context, place target.Place) (Store, error) {
	db, err := openFile(place)
	if err != nil {
		return nil, err
	}
	return rewrite(boltStore{db, db.Update}), nil
}

func openBatch(_ context.Context, place target.Place) (Store, error) {
	db, err := openFile(place)
	if err != nil {
		return nil, err
	}
	return rewrite(boltStore{db, db.Batch}), nil
}

func openBareBolt(_ context.Context, place target.Place) (Store, error) {
	db, err := openFile(place)
	if err != nil {
		return nil, err
	}
	return rewrite(bareBolt{db}), nil
}
