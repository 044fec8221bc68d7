package redis_test

import (
	"context"
	"fmt"
	"log"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/coatcheck/sessionstore"
	redisstore "github.com/coatcheck/sessionstore/redis"
)

func Example() {
	ctx := context.Background()
	store, err := redisstore.Open(ctx, "redis://localhost:6379/0", redisstore.Options{Prefix: "shop"})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	id := sessionstore.NewID()
	if err := store.Set(ctx, id, []byte("ada"), 24*time.Hour); err != nil {
		log.Fatal(err)
	}
	data, err := store.Get(ctx, id)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s\n", data)
}

// A client for a cluster, or one that the application has anyway, is passed to
// New and stays the application's.
func ExampleNew() {
	client := goredis.NewClusterClient(&goredis.ClusterOptions{
		Addrs:                 []string{"10.0.0.1:6379", "10.0.0.2:6379"},
		ContextTimeoutEnabled: true,
	})
	defer client.Close()
	store, err := redisstore.New(client, redisstore.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
}
