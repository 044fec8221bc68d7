package target

import (
	"sync"

	"github.com/redis/go-redis/v9/logging"
)

// quiet keeps go-redis from writing to standard error, into the midst of
// results, that a server which was ended does not answer. Its errors tell the
// same.
var quiet = sync.OnceFunc(logging.Disable)
