package managers

import (
	"github.com/alexedwards/scs/v2"
	fiberv2 "github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v3"
	"github.com/gorilla/sessions"

	fiberadapter "github.com/coatcheck/sessionstore/adapters/fiber"
	gorillaadapter "github.com/coatcheck/sessionstore/adapters/gorilla"
	scsadapter "github.com/coatcheck/sessionstore/adapters/scs"
)

// What the adapters satisfy by shape.
var (
	_ scs.CtxStore         = (*scsadapter.Store)(nil)
	_ scs.Store            = (*scsadapter.Store)(nil)
	_ scs.IterableStore    = (*scsadapter.Store)(nil)
	_ scs.IterableCtxStore = (*scsadapter.Store)(nil)
	_ scsadapter.Codec     = scs.Codec(nil)
	_ fiberv2.Storage      = (*fiberadapter.Store)(nil)
	_ fiber.Storage        = (*fiberadapter.Store)(nil)
	_ sessions.Store       = (*gorillaadapter.Store)(nil)
)
