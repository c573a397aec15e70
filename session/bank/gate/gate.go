// Package gate owns the door of the relay: the listener, TLS, how many
// connections one address may have, how fast each may send, and how many bytes
// may wait for one that does not read. NATS and the services behind it see only
// what has passed here, so that no stranger can fill what all share.
//
// It must not know what is said: it reads NATS's control lines and never a
// message, but for the question, put by its owner, whether one is free. Who a
// client is, the auth callout tells it (Place).
//
// Rules: who sends too fast is read more slowly and loses nothing; who does not
// read, breaks permissions again and again, or breaks the protocol is cut off;
// strangers are counted by address, agents by number, and a part of the places
// is kept for agents and for calls in progress; nothing here is ever waited for
// by another connection.
package gate

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"countersign/session/bank/limit"
)

const (
	handshakeWithin = 5 * time.Second
	// callout's own rule for an agent's connection keys: a desktop, and its
	// earlier self that has not been noticed to be gone.
	maxPerAgent = 4
	// reserve is the part of all places that strangers never get.
	reserve = 4 // one in so many
	// Strangers of one address get at most one in so many of their places.
	addressPart = 8
	// networkPart is how many times as much a whole IPv6 site has, a network of
	// 48 bits (RFC 6177, section 2), as one of its networks.
	networkPart = 4
	// maxUnproven is how many connections of one address, or one IPv6 site, may be greeting at the
	// same time, and together with one in so many (addressPart) of all places in
	// all. The oldest of whoever has most makes room for one more: an address
	// that begins many keeps nobody else out.
	maxUnproven = 32
	// Addresses share what their strangers send: so many times as many messages
	// and bytes as one connection. Who is in no call looks up, enrols and pings.
	addressMessages = 4
	addressBytes    = 2
	acceptPause     = 20 * time.Millisecond // after a failed accept, for example without a free descriptor
)

// Options says what a gate guards.
type Options struct {
	// Certificate is the server's own; clients pin its key.
	Certificate tls.Certificate
	// Inside opens a connection to the relay behind the gate.
	Inside func() (net.Conn, error)
	// Limits are the limits of connections and messages.
	Limits limit.Limits
	// MaxPayload is the largest message of a client in bytes.
	MaxPayload int
	// Free reports whether a small message is one that draws on no bucket of its
	// sender's messages. It is called with at most maxFree bytes.
	Free func(subject string, body []byte) bool
	// Logger receives faults of the gate itself.
	Logger *slog.Logger
}

// Gate is an open gate.
type Gate struct {
	Options
	tls     *tls.Config
	ctx     context.Context // ends with the gate
	stop    context.CancelFunc
	running sync.WaitGroup
	// What the strangers of an address share.
	connects, messages, free, bytes *limit.Buckets

	mu        sync.Mutex
	listener  net.Listener
	byID      map[uint64]*conn // by the relay's number of a connection
	byNkey    map[string]*conn
	unproven  int
	greeting  map[string][]*conn // unproven connections by site, or else by network, oldest first
	strangers int                // placed without a name
	networks  map[string]int     // of them, by network
	agents    map[uint64][]*conn // oldest first
	others    int                // agents, and companions of calls
}

// New makes a gate. Nobody passes it before Listen or Pipe.
func New(o Options) *Gate {
	ctx, stop := context.WithCancel(context.Background())
	l := o.Limits
	messages := limit.PerMinute(l.MessagesPerMinute)
	return &Gate{
		Options: o, ctx: ctx, stop: stop,
		tls:      &tls.Config{Certificates: []tls.Certificate{o.Certificate}, MinVersion: tls.VersionTLS13},
		connects: limit.NewBuckets(limit.PerMinute(l.ConnectsPerAddress), l.ConnectsPerAddress),
		messages: limit.NewBuckets(addressMessages*messages, addressMessages*l.MessageBurst),
		free:     limit.NewBuckets(addressMessages*freePart*messages, addressMessages*freePart*l.MessageBurst),
		bytes:    limit.NewBuckets(addressBytes*limit.PerSecond(l.BytesPerSecond), addressBytes*l.ByteBurst),
		byID:     map[uint64]*conn{}, byNkey: map[string]*conn{},
		greeting: map[string][]*conn{}, networks: map[string]int{}, agents: map[uint64][]*conn{},
	}
}

// Listen begins to accept clients at HOST:PORT. Call it once.
func (g *Gate) Listen(address string) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("the relay cannot listen at its address: is another program using it? %w", err)
	}
	g.mu.Lock()
	g.listener = l
	g.mu.Unlock()
	g.running.Go(func() { g.accept(l) })
	return nil
}

// Address returns the HOST:PORT at which clients connect, or "" before Listen.
func (g *Gate) Address() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.listener == nil {
		return ""
	}
	return g.listener.Addr().String()
}

func (g *Gate) accept(l net.Listener) {
	for {
		raw, err := l.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			g.Logger.Error("a connection cannot be accepted", "error", err)
			select {
			case <-time.After(acceptPause):
			case <-g.ctx.Done():
			}
		default:
			g.enter(raw)
		}
	}
}

// Pipe opens a connection for a client in the same process. It meets TLS and
// everything else like the others.
func (g *Gate) Pipe() (net.Conn, error) {
	ours, theirs := net.Pipe()
	if !g.enter(ours) {
		return nil, errors.New("the gate has no room for another connection")
	}
	return theirs, nil
}

// enter serves one connection on goroutines of its own, or closes it at once.
func (g *Gate) enter(raw net.Conn) bool {
	c := newConn(g, raw)
	if !g.greet(c) {
		raw.Close()
		return false
	}
	g.running.Go(func() {
		defer g.leave(c)
		c.serve()
	})
	return true
}

// greet takes one of the few places of those who have not proven anything yet,
// from somebody else where there is none.
func (g *Gate) greet(c *conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ctx.Err() != nil || !g.connects.Allow(c.network, time.Now()) {
		return false
	}
	switch own := g.greeting[c.origin()]; {
	case len(own) >= maxUnproven:
		g.giveWay(own)
	case g.unproven >= maxUnproven+g.Limits.Connections/addressPart:
		most := own
		for _, theirs := range g.greeting {
			if len(theirs) > len(most) {
				most = theirs
			}
		}
		g.giveWay(most)
	}
	c.counted(1)
	return true
}

// origin is under what a connection is counted while it greets: an IPv6 site may
// have as many networks as it likes.
func (c *conn) origin() string { return cmp.Or(c.site, c.network) }

// giveWay ends the oldest of some connections that have not proven anything. The
// gate's lock is held.
func (g *Gate) giveWay(oldest []*conn) {
	c := oldest[0]
	c.count(gone, true)
	c.cut()
}

// stage is what a connection is counted as.
type stage uint8

const (
	unproven stage = iota
	stranger       // has a key and no name
	caller         // the companion of a call in progress
	agent
	gone
)

// Client is what the auth callout has found out about a connection.
type Client struct {
	ID      uint64 // the relay's number of the connection
	Nkey    string
	AgentID uint64 // 0 unless it is an agent
	Calling bool   // it is the companion of a call in progress
}

// Place gives a proven client its place and tells its IP address, "" inside one
// process. false: there is none for it now.
func (g *Gate) Place(p Client) (address string, placed bool) {
	g.mu.Lock()
	c := g.byID[p.ID]
	if c == nil || c.stage != unproven {
		g.mu.Unlock()
		return "", false
	}
	var oldest *conn
	switch {
	case p.AgentID != 0:
		oldest, placed = g.placeAgent(c, p.AgentID)
	case p.Calling:
		placed = g.room(caller, c)
		c.count(caller, placed)
	default:
		placed = g.room(stranger, c)
		c.count(stranger, placed)
	}
	if placed {
		c.nkey = p.Nkey
		g.byNkey[p.Nkey] = c
	}
	c.full.Store(!placed)
	g.mu.Unlock()
	if oldest != nil {
		oldest.cut()
	}
	return c.address, placed
}

// placeAgent counts agents by number and not by address: a call centre shares
// one. The newest connections of an agent count; the oldest one goes.
func (g *Gate) placeAgent(c *conn, id uint64) (oldest *conn, placed bool) {
	own := g.agents[id]
	if len(own) >= maxPerAgent {
		oldest = own[0]
		oldest.count(gone, true)
	}
	if placed = g.room(agent, c); placed {
		c.agentID = id
		c.count(agent, true)
		g.connects.Return(c.network, time.Now())
	}
	return oldest, placed
}

// room reports whether there is a place. Strangers never get the last part of
// all places, nor more than their share of one address.
func (g *Gate) room(as stage, c *conn) bool {
	all := g.Limits.Connections
	if g.strangers+g.others >= all {
		return false
	}
	if as != stranger {
		return true
	}
	theirs := max(1, all-all/reserve)
	each := min(g.Limits.ConnectionsPerAddress, max(1, theirs/addressPart))
	return g.strangers < theirs && g.networks[c.network] < each && (c.site == "" || g.networks[c.site] < networkPart*each)
}

// Vouch says that this client is the companion of a call in progress: it gets a
// place among those, and does not share its address's buckets any more.
func (g *Gate) Vouch(nkey string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if c := g.byNkey[nkey]; c != nil && c.stage == stranger {
		c.count(caller, true)
	}
}

// count moves a connection from what it was counted as to something else. The
// gate's lock is held.
func (c *conn) count(as stage, move bool) {
	if !move {
		return
	}
	g := c.gate
	c.counted(-1)
	if c.stage == agent {
		without(g.agents, c.agentID, c)
	}
	c.stage = as
	c.shares.Store(as == stranger)
	c.counted(1)
	if as == agent {
		g.agents[c.agentID] = append(g.agents[c.agentID], c)
	}
}

func (c *conn) counted(by int) {
	g := c.gate
	switch c.stage {
	case unproven:
		g.unproven += by
		if by > 0 {
			g.greeting[c.origin()] = append(g.greeting[c.origin()], c)
		} else {
			without(g.greeting, c.origin(), c)
		}
	case stranger:
		g.strangers += by
		add(g.networks, c.network, by)
		if c.site != "" {
			add(g.networks, c.site, by)
		}
	case caller, agent:
		g.others += by
	}
}

func add(counts map[string]int, name string, by int) {
	if counts[name] += by; counts[name] <= 0 {
		delete(counts, name)
	}
}

// without takes a connection off a list.
func without[K comparable](lists map[K][]*conn, of K, c *conn) {
	own := slices.DeleteFunc(lists[of], func(other *conn) bool { return other == c })
	if lists[of] = own; len(own) == 0 {
		delete(lists, of)
	}
}

// leave gives a place back.
func (g *Gate) leave(c *conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	c.count(gone, true)
	if g.byID[c.id] == c {
		delete(g.byID, c.id)
	}
	if g.byNkey[c.nkey] == c {
		delete(g.byNkey, c.nkey)
	}
}

// Close ends the gate and every connection through it.
func (g *Gate) Close() {
	g.stop()
	g.mu.Lock()
	if g.listener != nil {
		g.listener.Close()
	}
	g.mu.Unlock()
	g.running.Wait()
}

// site is the IPv6 network of 48 bits of an address, or "".
func site(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil || ip.Unmap().Is4() {
		return ""
	}
	return netip.PrefixFrom(ip.WithZone(""), 48).Masked().String()
}
