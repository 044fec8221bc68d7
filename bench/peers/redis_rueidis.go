package peers

import (
	"context"
	"time"

	"github.com/redis/rueidis"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/bench/target"
)

// rueidisStore is the client rueidis with its defaults and the commands that
// ours sends. Its cache is off: a session that was ended elsewhere would stay
// visible in it for a while.
type rueidisStore struct {
	client rueidis.Client
	prefix string
}

func openRueidis(_ context.Context, place target.Place) (Store, error) {
	options, err := rueidis.ParseURL(place.URL)
	if err != nil {
		return nil, err
	}
	options.DisableCache = true
	client, err := rueidis.NewClient(options)
	if err != nil {
		return nil, err
	}
	return rueidisStore{client, place.Name + ":"}, nil
}

func (s rueidisStore) Get(ctx context.Context, id string) ([]byte, error) {
	data, err := s.client.Do(ctx, s.client.B().Get().Key(s.prefix+id).Build()).AsBytes()
	if rueidis.IsRedisNil(err) {
		return nil, sessionstore.ErrNotFound
	}
	return data, err
}

func (s rueidisStore) Set(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	command := s.client.B().Set().Key(s.prefix + id).Value(rueidis.BinaryString(data)).Px(ttl).Build()
	return unknown(s.client.Do(ctx, command).Error())
}

func (s rueidisStore) Touch(ctx context.Context, id string, ttl time.Duration) error {
	command := s.client.B().Pexpire().Key(s.prefix + id).Milliseconds(ttl.Milliseconds()).Build()
	live, err := s.client.Do(ctx, command).AsBool()
	if err == nil && !live {
		return sessionstore.ErrNotFound
	}
	return unknown(err)
}

func (s rueidisStore) GetAndTouch(ctx context.Context, id string, ttl time.Duration) ([]byte, error) {
	data, err := s.client.Do(ctx, s.client.B().Getex().Key(s.prefix+id).Px(ttl).Build()).AsBytes()
	if rueidis.IsRedisNil(err) {
		return nil, sessionstore.ErrNotFound
	}
	return data, unknown(err)
}

func (s rueidisStore) Delete(ctx context.Context, id string) error {
	return unknown(s.client.Do(ctx, s.client.B().Del().Key(s.prefix+id).Build()).Error())
}

func (s rueidisStore) Close() error {
	s.client.Close()
	return nil
}
