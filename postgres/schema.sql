-- The tables of a session store, version 1, with the default names. Migrate
-- and Open run this file; an operator whose application may not create tables
-- runs it by hand (psql -1 -f schema.sql) and grants SELECT, INSERT, UPDATE
-- and DELETE on "sessions" and SELECT on "sessions_schema". Also one that only
-- reads needs UPDATE and DELETE: an expired row is removed by whoever meets it.
--
-- expires_at decides whether a session is live. No index covers it: each Touch
-- changes it, and a change of an indexed column is never a HOT update.
--
-- sweep_at says when the sweeper looks at the row next. It lags behind
-- expires_at, and is never later; the sweeper moves it when it meets a row that
-- is still live. The free 30 % of each page take the next version of a row that
-- was touched.
--
-- data is compressed and moved out of line by PostgreSQL's defaults. Where it
-- is encrypted, that attempt is given up after the first kilobyte; ALTER TABLE
-- "sessions" ALTER data SET STORAGE EXTERNAL saves it altogether.

CREATE TABLE "sessions" (
	namespace  text COLLATE "C" NOT NULL,
	id         text COLLATE "C" NOT NULL,
	data       bytea            NOT NULL,
	expires_at timestamptz      NOT NULL,
	sweep_at   timestamptz      NOT NULL,
	CONSTRAINT "sessions_pkey" PRIMARY KEY (namespace, id)
) WITH (fillfactor = 70);

CREATE INDEX "sessions_sweep_at" ON "sessions" (sweep_at);

CREATE TABLE "sessions_schema" (
	only_row boolean NOT NULL DEFAULT true CHECK (only_row),
	version  integer NOT NULL,
	CONSTRAINT "sessions_schema_pkey" PRIMARY KEY (only_row)
);

INSERT INTO "sessions_schema" (version) VALUES (1);
