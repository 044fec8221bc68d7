package testserver

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// value is what the write functions store and the read functions look for.
const value = "kept"

func line(reply []byte) bool { return bytes.HasSuffix(reply, []byte("\r\n")) }

func expect(addr, request, want string) error {
	got, err := ask(addr, request, line)
	if err == nil && string(got) != want {
		err = fmt.Errorf("%q is answered with %q, want %q", request, got, want)
	}
	return err
}

func writeRedis(addr string) error { return expect(addr, "SET key "+value+"\r\n", "+OK\r\n") }

func readRedis(addr string) (string, error) {
	reply, err := ask(addr, "GETRANGE key 0 -1\r\n", func(reply []byte) bool {
		return bytes.Count(reply, []byte("\r\n")) == 2
	})
	_, text, _ := strings.Cut(string(reply), "\r\n")
	return strings.TrimSpace(text), err
}

func writeMemcached(addr string) error {
	return expect(addr, fmt.Sprintf("set key 0 0 %d\r\n%s\r\n", len(value), value), "STORED\r\n")
}

func readMemcached(addr string) (string, error) {
	reply, err := ask(addr, "get key\r\n", func(reply []byte) bool {
		return bytes.HasSuffix(reply, []byte("END\r\n"))
	})
	fields := strings.Fields(string(reply)) // VALUE key 0 4 kept END, or END
	if len(fields) < 6 {
		return "", err
	}
	return fields[4], err
}

func writePostgres(addr string) error {
	_, err := query(addr, "CREATE TABLE kept AS SELECT '"+value+"'::text AS it")
	return err
}

func readPostgres(addr string) (string, error) {
	got, err := query(addr, "SELECT count(*) FROM pg_class WHERE relname = 'kept'")
	if err != nil || got == "0" {
		return "", err
	}
	return query(addr, "SELECT it FROM kept")
}

func query(addr, text string) (string, error) {
	conn, err := connectPostgres(addr)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if err := conn.send(text); err != nil {
		return "", err
	}
	return conn.row()
}

// postgresConn speaks as much of the protocol as one column of text takes.
type postgresConn struct{ net.Conn }

func connectPostgres(addr string) (*postgresConn, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	c := &postgresConn{conn}
	if err := c.SetDeadline(time.Now().Add(startLimit)); err != nil {
		return nil, err
	}
	if _, err := io.WriteString(c, startupMessage()); err != nil {
		return nil, err
	}
	_, err = c.row()
	return c, err
}

func (c *postgresConn) send(text string) error {
	message := binary.BigEndian.AppendUint32([]byte{'Q'}, uint32(4+len(text)+1))
	_, err := c.Write(append(append(message, text...), 0))
	return err
}

// row reads up to the server's readiness for a query and returns the first
// column of the last row.
func (c *postgresConn) row() (value string, err error) {
	for {
		var head [5]byte
		if _, err := io.ReadFull(c, head[:]); err != nil {
			return "", err
		}
		body := make([]byte, binary.BigEndian.Uint32(head[1:])-4)
		if _, err := io.ReadFull(c, body); err != nil {
			return "", err
		}
		switch head[0] {
		case 'D': // two bytes for the number of columns, four for the length
			value = string(body[6:])
		case 'E':
			return "", errors.New(strings.ReplaceAll(string(body), "\x00", " "))
		case 'Z':
			return value, nil
		}
	}
}
