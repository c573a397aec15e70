// Package limit owns how much of the server one asker may use: the numbers,
// their file, and the token buckets that enforce them.
//
// It must not know what is asked. Whoever asks is a name (a connection key, an
// address, an agent), and the clock is the caller's.
//
// Rules: a limit that cannot be read is an error, never "no limit"; the memory
// of the buckets is bounded; a full memory is never an open door, because the
// budget for all counts apart from it.
package limit

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"time"

	"golang.org/x/time/rate"

	"countersign/session/protocol/wire"
)

// MinByteBurst is the smallest ByteBurst: a message of the largest size with
// NATS's line around it would never pass a smaller one.
const MinByteBurst = wire.MaxMessage + 16<<10

// maxFile bounds a limits file, in bytes.
const maxFile = 64 << 10

// Limits are the server's limits. Zero values are refused: see Default.
type Limits struct {
	// LookupBurst is how many lookups one connection key may make at once.
	LookupBurst int `json:"lookup_burst"`
	// LookupsPerMinute is how many more it may make each minute.
	LookupsPerMinute int `json:"lookups_per_minute"`
	// LookupsPerAddress bounds the lookups a minute from one address (IPv4, or
	// an IPv6 network of 64 bits), and the lookups of all whose address is not known.
	LookupsPerAddress int `json:"lookups_per_address_per_minute"`
	// LookupsPerSecond is the budget of all lookups together. It also bounds
	// how fast anybody can guess codes.
	LookupsPerSecond int `json:"lookups_per_second"`
	// EnrolStepsPerAddress bounds the steps of enrolments a minute from one address.
	EnrolStepsPerAddress int `json:"enrol_steps_per_address_per_minute"`
	// EnrolStepsPerConnection bounds those of one connection: many people may
	// share an address.
	EnrolStepsPerConnection int `json:"enrol_steps_per_connection_per_minute"`
	// ReportsPerAddress bounds the stop reports a minute from one address.
	ReportsPerAddress int `json:"reports_per_address_per_minute"`
	// RequestsPerAgent bounds an agent's requests a minute that read the
	// directory: preparing, creating, signing in.
	RequestsPerAgent int `json:"requests_per_agent_per_minute"`
	// MessageBurst is how many messages one connection may send at once, of
	// whatever kind, acknowledgements not counted.
	MessageBurst int `json:"message_burst"`
	// MessagesPerMinute is how many more it may send each minute. What comes
	// faster is read later.
	MessagesPerMinute int `json:"messages_per_minute"`
	// ByteBurst is how many bytes one connection may send at once; at least
	// MinByteBurst.
	ByteBurst int `json:"byte_burst"`
	// BytesPerSecond is how many more it may send each second.
	BytesPerSecond int `json:"bytes_per_second"`
	// Violations is how many times one connection may ask for what its role may
	// not have, before it is cut off. An honest client never does.
	Violations int `json:"violations_per_connection"`
	// Connections bounds the clients connected at one time. A quarter of them is
	// kept for agents and for calls in progress.
	Connections int `json:"connections"`
	// ConnectionsPerAddress bounds those of one address, agents and calls in
	// progress not counted. It is never more than an eighth of all that are not
	// kept.
	ConnectionsPerAddress int `json:"connections_per_address"`
	// ConnectsPerAddress is how many connections one address may open each
	// minute, and at once; those of agents are not counted.
	ConnectsPerAddress int `json:"connects_per_address_per_minute"`
}

// Default returns the limits of a server that is given none.
func Default() Limits {
	return Limits{
		LookupBurst:             10,
		LookupsPerMinute:        10,
		LookupsPerAddress:       120,
		LookupsPerSecond:        200,
		EnrolStepsPerAddress:    60,
		ReportsPerAddress:       20,
		RequestsPerAgent:        120,
		MessageBurst:            240,
		MessagesPerMinute:       1200,
		ByteBurst:               1 << 20,
		BytesPerSecond:          128 << 10,
		Violations:              16,
		Connections:             16_384,
		ConnectionsPerAddress:   128,
		ConnectsPerAddress:      600,
		EnrolStepsPerConnection: 20,
	}
}

// Read reads a limits file: a JSON object with the names above. What it leaves
// out stays at its default; an unknown name, a number below 1 or anything
// after the object is an error.
func Read(path string) (Limits, error) {
	f, err := os.Open(path)
	if err != nil {
		return Limits{}, err
	}
	defer func() { _ = f.Close() }()
	l := Default()
	d := json.NewDecoder(io.LimitReader(f, maxFile))
	d.DisallowUnknownFields()
	if err := d.Decode(&l); err != nil {
		return Limits{}, fmt.Errorf("limits file: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Limits{}, errors.New("limits file: something follows the object")
	}
	return l, l.Check()
}

// Check refuses limits that would shut everybody out or that are not set.
func (l Limits) Check() error {
	for _, n := range []int{
		l.LookupBurst, l.LookupsPerMinute, l.LookupsPerAddress, l.LookupsPerSecond,
		l.EnrolStepsPerAddress, l.EnrolStepsPerConnection, l.ReportsPerAddress, l.RequestsPerAgent, l.MessageBurst, l.MessagesPerMinute,
		l.ByteBurst, l.BytesPerSecond, l.Violations, l.Connections, l.ConnectionsPerAddress, l.ConnectsPerAddress,
	} {
		if n < 1 {
			return errors.New("limits: every limit is at least 1")
		}
	}
	if l.ByteBurst < MinByteBurst {
		return fmt.Errorf("limits: byte_burst is at least %d, one whole message", MinByteBurst)
	}
	return nil
}

// PerMinute is the rate of n a minute.
func PerMinute(n int) rate.Limit { return rate.Limit(float64(n) / time.Minute.Seconds()) }

// PerSecond is the rate of n a second.
func PerSecond(n int) rate.Limit { return rate.Limit(n) }

// Network returns the name under which an address is counted: an IPv4 address
// as it is, an IPv6 address as its network of 64 bits, because that is what one
// household or host is given (RFC 6177, section 2).
func Network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is4() {
		return ip.String()
	}
	return netip.PrefixFrom(ip, 64).Masked().String()
}
