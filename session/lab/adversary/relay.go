// This file owns the hostile relay: the operator of the bank's server, or
// somebody who stole its TLS key. Clients pin that key, so nobody else can sit
// in the middle. It ends the clients' TLS, opens its own towards the server,
// and everything between passes through its hands.
//
// A client proves its nkey by signing the server's nonce; both go through
// untouched, which is why the relay is let in under the client's name.

package adversary

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"countersign/session/protocol/relay"
)

// Match chooses messages.
type Match func(*Message) bool

// Relay is a hostile relay. Without rules it is honest, and only reads along.
// All methods are safe for concurrent use.
type Relay struct {
	listener net.Listener
	tls      *tls.Config
	server   func() string

	acting sync.Mutex // one message is judged at a time

	mu      sync.Mutex
	rules   []rule
	clients []*Client
	closed  bool
	running sync.WaitGroup
}

type rule struct {
	when Match
	do   func(*Message)
}

// NewRelay opens a relay on a free loopback port. It shows the certificate to
// clients; server is the HOST:PORT of the real server, asked for each client.
func NewRelay(certificate tls.Certificate, server func() string) (*Relay, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &Relay{
		listener: listener, server: server,
		tls: &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS13},
	}
	r.running.Go(r.accept)
	return r, nil
}

// Dial leads to this relay, whatever the address: it has the shape of
// session.Options.Dial.
func (r *Relay) Dial(ctx context.Context, _ string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, "tcp", r.listener.Addr().String())
}

// On makes a rule: do decides about every message that matches. It sends the
// message by m.Send, once, twice, changed, later or never. Of several rules
// that match, the newest decides. One rule runs at a time.
func (r *Relay) On(when Match, do func(*Message)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rules = append([]rule{{when, do}}, r.rules...)
}

// Drop lets matching messages disappear.
func (r *Relay) Drop(when Match) { r.On(when, func(*Message) {}) }

// Catch keeps matching messages back and hands them over; what is not sent is
// lost. The channel holds up to 256.
func (r *Relay) Catch(when Match) <-chan *Message {
	caught := make(chan *Message, 256)
	r.On(when, func(m *Message) { caught <- m })
	return caught
}

// Watch hands over a copy of each matching message and lets it pass, whatever
// older rules say. The channel holds up to 256.
func (r *Relay) Watch(when Match) <-chan *Message {
	seen := make(chan *Message, 256)
	r.On(when, func(m *Message) {
		c := *m
		c.Data = slices.Clone(m.Data)
		seen <- &c
		m.Send()
	})
	return seen
}

// Honest forgets all rules.
func (r *Relay) Honest() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rules = nil
}

// Clients lists the open connections of one role, the newest last.
func (r *Relay) Clients(role relay.Role) []*Client {
	r.mu.Lock()
	defer r.mu.Unlock()
	var found []*Client
	for _, c := range r.clients {
		if c.Nkey() != "" && c.Role() == role {
			found = append(found, c)
		}
	}
	return found
}

// debt is how long the server can owe an answer, by the computer's own clock. It
// gives none to what its permissions forbid.
const debt = 5 * time.Second

// Owed reports whether the server has still to answer a request that it was
// passed: it writes on a disk first, and a disk may take its time. A test that
// moves its own clock meanwhile ends calls for a silence that nobody kept.
func (r *Relay) Owed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.ContainsFunc(r.clients, (*Client).waits)
}

// Cut breaks every connection. Clients come back by themselves.
func (r *Relay) Cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.clients {
		c.close()
	}
}

// Close ends the relay and waits for its goroutines.
func (r *Relay) Close() {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.listener.Close()
	r.Cut()
	r.running.Wait()
}

func (r *Relay) accept() {
	for {
		conn, err := r.listener.Accept()
		if err != nil {
			return
		}
		r.running.Go(func() { r.serve(conn) })
	}
}

// serve joins one client with a connection of its own to the server, until
// either end breaks.
func (r *Relay) serve(conn net.Conn) {
	defer conn.Close()
	raw, err := net.Dial("tcp", r.server())
	if err != nil {
		return
	}
	defer raw.Close()
	c := &Client{
		relay:  r,
		near:   tls.Server(conn, r.tls),
		far:    tls.Client(raw, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS13}),
		listen: map[string]string{}, asked: map[string]string{}, owed: map[string]time.Time{},
	}
	if !r.add(c) {
		return
	}
	defer r.remove(c)
	var back sync.WaitGroup
	back.Go(func() { c.pump(c.far, c.fromServer) })
	c.pump(c.near, c.fromClient)
	back.Wait()
}

func (r *Relay) add(c *Client) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.closed {
		r.clients = append(r.clients, c)
	}
	return !r.closed
}

func (r *Relay) remove(c *Client) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.clients = slices.DeleteFunc(r.clients, func(other *Client) bool { return other == c })
}

// judge lets the newest matching rule decide; without one the message passes.
func (r *Relay) judge(m *Message) {
	r.acting.Lock()
	defer r.acting.Unlock()
	r.mu.Lock()
	rules := r.rules
	r.mu.Unlock()
	for _, rule := range rules {
		if rule.when(m) {
			rule.do(m)
			return
		}
	}
	m.Send()
}

// Client is one client's connection, as the relay sees it.
type Client struct {
	relay     *Relay
	near, far *tls.Conn // to the client, to the server

	nearWrite, farWrite sync.Mutex

	mu     sync.Mutex
	nkey   string
	token  string
	listen map[string]string // subscription id by subject
	asked  map[string]string // subject of the request by subject of its answer

	owed map[string]time.Time // when the server was asked, by subject of the answer it owes
}

// Nkey names the connection; "" before the client has spoken.
func (c *Client) Nkey() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.nkey
}

// Token is the token that the client presented: for an agent its connect token.
func (c *Client) Token() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.token
}

// Role is what the client connected as.
func (c *Client) Role() relay.Role {
	switch c.Token() {
	case "":
		return relay.RoleCompanion
	case relay.EnrolToken:
		return relay.RoleEnrol
	}
	return relay.RoleAgent
}

// Push sends the client a push that the server never sent.
func (c *Client) Push(p relay.Push) { c.deliver(relay.PushSubject(c.Nkey()), encode(p)) }

// Publish sends the server a message that the client never sent, on the
// client's own connection. Nobody waits for an answer.
func (c *Client) Publish(subject string, m any) {
	c.write(&c.farWrite, c.far, message(encode(m), "PUB", subject))
}

func (c *Client) close() {
	// Closing the sockets under TLS: a farewell could block.
	c.near.NetConn().Close()
	c.far.NetConn().Close()
}

// owes notes that the server is being asked; a message without a reply subject
// asks nothing.
func (c *Client) owes(reply string) {
	if reply == "" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.owed[reply] = time.Now()
}

// waits reports whether the server owes this client an answer.
func (c *Client) waits() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, since := range c.owed {
		if time.Since(since) < debt {
			return true
		}
	}
	return false
}

// pump reads one direction until it breaks, and then ends the other as well.
func (c *Client) pump(from *tls.Conn, handle func(frame)) {
	defer c.close()
	reader := bufio.NewReader(from)
	for {
		f, err := readFrame(reader)
		if err != nil {
			return
		}
		handle(f)
	}
}

func (c *Client) fromClient(f frame) {
	fields := f.fields()
	switch {
	case f.op() == "CONNECT":
		c.introduced(f.line)
	case f.op() == "SUB" && len(fields) >= 3:
		c.mu.Lock()
		c.listen[fields[1]] = fields[len(fields)-1]
		c.mu.Unlock()
	case f.op() == "PUB" && len(fields) >= 3:
		m := &Message{From: c, ToServer: true, Subject: fields[1], Data: f.body()}
		if len(fields) == 4 {
			m.reply = fields[2]
			c.mu.Lock()
			c.asked[m.reply] = m.Subject
			c.mu.Unlock()
		}
		c.relay.judge(m)
		return
	}
	c.write(&c.farWrite, c.far, f)
}

func (c *Client) fromServer(f frame) {
	fields := f.fields()
	if f.op() == "HMSG" && len(fields) > 1 {
		c.mu.Lock()
		delete(c.owed, fields[1]) // nobody there who could answer
		c.mu.Unlock()
	}
	if f.op() != "MSG" || len(fields) < 4 {
		c.write(&c.nearWrite, c.near, f)
		return
	}
	m := &Message{From: c, Subject: fields[1], Data: f.body(), reply: fields[1]}
	c.mu.Lock()
	delete(c.owed, fields[1])
	if request, ok := c.asked[fields[1]]; ok {
		m.Subject, m.Answer = request, true
	}
	c.mu.Unlock()
	c.relay.judge(m)
}

// introduced reads who the client says it is.
func (c *Client) introduced(line []byte) {
	_, text, _ := strings.Cut(string(line), " ")
	var hello struct {
		Nkey  string `json:"nkey"`
		Token string `json:"auth_token"`
	}
	if json.Unmarshal([]byte(text), &hello) != nil {
		return // the server will refuse it
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.nkey, c.token = hello.Nkey, hello.Token
}

// deliver hands the client a message as the server would.
func (c *Client) deliver(subject string, data []byte) {
	if id := c.subscription(subject); id != "" {
		c.write(&c.nearWrite, c.near, message(data, "MSG", subject, id))
	}
}

// subscription is the id under which the client listens to a subject; "" when
// it does not. Clients end a pattern with * or > at most.
func (c *Client) subscription(subject string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	for pattern, id := range c.listen {
		if pattern == subject || strings.HasPrefix(subject, strings.TrimRight(pattern, "*>")) && strings.ContainsAny(pattern, "*>") {
			return id
		}
	}
	return ""
}

// write sends a frame whole. A broken connection is found by its reader.
func (c *Client) write(lock *sync.Mutex, to *tls.Conn, f frame) {
	lock.Lock()
	defer lock.Unlock()
	if _, err := to.Write(f.bytes()); err != nil && !errors.Is(err, net.ErrClosed) {
		c.close()
	}
}
