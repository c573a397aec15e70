// Package connection owns a client's connection to the bank's server: NATS over TLS
// 1.3 with a pinned key, the requests of companions, ticket holders and
// agents, and the pushes that the server sends unasked.
//
// It must not know what an offer, a call or a verdict is: it carries the
// messages of package relay and decides nothing about them. It never imports
// the server.
//
// Rules: the server's key is compared at every connect, the first and each
// later one; a wrong key ends the connection for good. Nothing is queued while
// the connection is down: the caller keeps what was not acknowledged. What
// arrives is bounded before it is stored and decoded strictly. Every request
// has a deadline.
package connection

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
)

// How long things may take. A dead peer is noticed after
// pingInterval * (maxPings + 1) = 4.5 s, so that a person is told within 5 s.
const (
	pingInterval   = 1500 * time.Millisecond
	maxPings       = 2
	connectTimeout = 4 * time.Second // TCP, TLS and token; then the same again for NATS's greeting
	writeTimeout   = 3 * time.Second
	requestTimeout = 5 * time.Second // when the caller's context allows longer
	reconnectMin   = 250 * time.Millisecond
	reconnectMax   = time.Second
)

// maxRefusals is how many times in a row a server may refuse a reconnect
// before the connection is given up. More than one, because a server that is
// just starting may refuse what it accepts a second later.
const maxRefusals = 5

// Bounds of the pushes that wait for OnPush. What does not fit is dropped; a
// record lost so is found by the channel's sequence numbers.
const (
	maxPushes    = 1024
	maxPushBytes = 16 << 20
)

// ErrRefused says that the server is there, has the right key, and refused
// this nkey or token: a revoked agent, a wrong clock, or a server that does
// not know the agent. It carries no ending: the caller asks the server's time
// (relay.EnrolClock) to tell a wrong clock from a refused agent.
var ErrRefused = errors.New("the server refused this key or token")

// Options say where to connect, as whom, and who is told what happens.
type Options struct {
	URL     string   // tls://HOST:PORT
	KeyHash [32]byte // SHA-256 of the server key's SubjectPublicKeyInfo
	Role    relay.Role
	// Nkey is the key that names this connection; nil makes a fresh one. A
	// call that must survive this connection keeps it beside its ticket.
	Nkey nkeys.KeyPair
	// AnyKey accepts any server key at the first connect and only that one
	// later, for ticket holders (RoleEnrol) alone: until the ticket's mutual
	// proof the server is nobody, and then the caller pins SeenKey.
	AnyKey bool
	// Token makes an agent's connect token for the server key with this hash.
	// It is asked at every connect and reconnect, and must not take longer
	// than a keyring does: the connection waits for it.
	Token func(nkey string, keyHash [32]byte) (string, error)
	// Dial opens what TLS then runs over; nil means TCP. It is for a server in
	// the same process: TLS, the pinned key and the token are the same for it.
	Dial func(ctx context.Context, address string) (net.Conn, error)
	// OnPush gets every well-formed push, one at a time and in order.
	OnPush func(relay.Push)
	// OnState is told when the connection is lost (false) and when it is back
	// (true), not of the first connect.
	OnState func(up bool)
	// OnFailed is told, at most once, that the connection ended for good and
	// why: wrong_server_key, ErrRefused or server_down. Not called for Close.
	OnFailed func(error)
	// Logger gets connection events, without keys, tokens or contents. Nil: none.
	Logger *slog.Logger
}

// Conn is an open connection that reconnects by itself until Close or until
// it failed. All methods are safe for concurrent use.
type Conn struct {
	options Options
	nkey    string
	nc      *nats.Conn
	dialer  *dialer
	log     *slog.Logger

	dialled chan struct{} // closed once nc is set
	end     context.CancelFunc
	up      atomic.Bool
	closed  atomic.Bool
	failure atomic.Pointer[error]
	// refusals counts the refused reconnects in a row. Only the NATS client's
	// one callback goroutine uses it.
	refusals int
}

// Dial connects and returns once the server has accepted this key and token.
// Errors: server_down, wrong_server_key, busy (the server is full),
// ErrRefused, the error of Token, the context's when it was cancelled.
func Dial(ctx context.Context, o Options) (*Conn, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	nkey, err := o.Nkey.PublicKey()
	if err != nil || !nkeys.IsValidPublicUserKey(nkey) {
		return nil, errors.New("connection: not a user nkey")
	}
	life, end := context.WithCancel(context.Background())
	c := &Conn{options: o, nkey: nkey, log: o.Logger, dialled: make(chan struct{}), end: end}
	c.dialer = newDialer(life, c)
	// Until the first connect is done, the caller's context is the connection's life.
	release := context.AfterFunc(ctx, end)
	c.nc, err = nats.Connect(o.URL, c.natsOptions()...)
	late := !release()
	if err != nil {
		end()
		return nil, dialError(ctx, err)
	}
	close(c.dialled)
	if late {
		c.Close()
		return nil, dialError(ctx, ctx.Err())
	}
	c.up.Store(c.nc.IsConnected())
	if err := c.listen(); err != nil {
		c.Close()
		return nil, ending.Wrap(ending.ServerDown, err)
	}
	return c, nil
}

// check refuses options that would connect without the promised protection
// and fills in what may be left out.
func (o *Options) check() error {
	if trust.CheckRelay(o.URL) != nil {
		return ending.Because(ending.NotACode, "a server's address is tls://HOST:PORT")
	}
	switch {
	case o.Role != relay.RoleCompanion && o.Role != relay.RoleEnrol && o.Role != relay.RoleAgent:
		return errors.New("connection: no such role")
	case (o.Role == relay.RoleAgent) != (o.Token != nil):
		return errors.New("connection: an agent, and nobody else, needs a connect token")
	case o.AnyKey && o.Role != relay.RoleEnrol:
		return errors.New("connection: only a ticket holder may meet an unknown server key")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Dial == nil {
		o.Dial = dialTCP
	}
	if o.Nkey == nil {
		var err error
		if o.Nkey, err = nkeys.CreateUser(); err != nil {
			return fmt.Errorf("connection: making an nkey: %w", err)
		}
	}
	return nil
}

func (c *Conn) natsOptions() []nats.Option {
	return []nats.Option{
		nats.SetCustomDialer(c.dialer),
		nats.SkipHostLookup(),          // the dialer looks names up within its deadline
		nats.IgnoreDiscoveredServers(), // the pinned address and no other
		nats.Nkey(c.nkey, c.options.Nkey.Sign),
		nats.TokenHandler(c.dialer.token),
		nats.CustomInboxPrefix(relay.InboxPrefix(c.nkey)),
		nats.Timeout(connectTimeout),
		nats.FlusherTimeout(writeTimeout),
		nats.PingInterval(pingInterval),
		nats.MaxPingsOutstanding(maxPings),
		nats.MaxReconnects(-1),
		nats.CustomReconnectDelay(reconnectDelay),
		nats.ReconnectBufSize(-1),
		nats.IgnoreAuthErrorAbort(), // maxRefusals decides
		nats.DisconnectErrHandler(c.onDown),
		nats.ReconnectHandler(c.onUp),
		nats.ReconnectErrHandler(func(_ *nats.Conn, err error) { c.log.Debug("reconnect failed", "error", err) }),
		nats.ErrorHandler(c.onError),
		nats.ClosedHandler(c.onClosed),
	}
}

// reconnectDelay spreads the clients of a restarted server over a second.
func reconnectDelay(int) time.Duration {
	return reconnectMin + rand.N(reconnectMax-reconnectMin)
}

func dialError(ctx context.Context, err error) error {
	var reason *ending.Error
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return fmt.Errorf("connecting: %w", context.Canceled)
	case errors.As(err, &reason), errors.Is(err, errToken):
		return err
	case isRefusal(err):
		return ErrRefused
	case strings.Contains(err.Error(), nats.MAX_CONNECTIONS_ERR): // the NATS client gives it no error of its own here
		return ending.Because(ending.Busy, "the server has no room for another connection")
	}
	return ending.Wrap(ending.ServerDown, err)
}

func isRefusal(err error) bool {
	return errors.Is(err, nats.ErrAuthorization) || errors.Is(err, nats.ErrAuthExpired) || errors.Is(err, nats.ErrAuthRevoked)
}

// listen subscribes to the pushes. The server reads the subscription before
// any request made later on this connection, so no push can come too early.
func (c *Conn) listen() error {
	if c.options.OnPush == nil {
		return nil
	}
	sub, err := c.nc.Subscribe(relay.PushSubject(c.nkey), func(m *nats.Msg) { c.push(m.Data) })
	if err != nil {
		return err
	}
	return sub.SetPendingLimits(maxPushes, maxPushBytes)
}

// push hands on one push, or drops it when it is not well-formed: nobody
// waits for an answer to it, and no call depends on a message that no
// implementation of CP1 sends.
func (c *Conn) push(data []byte) {
	p, err := relay.Decode[relay.Push](data)
	if err != nil {
		c.log.Warn("dropped a malformed push", "bytes", len(data))
		return
	}
	if p.Kind == relay.KindNotice || p.Kind == relay.KindAlert {
		p.Body = []byte(knownReason(ending.Reason(p.Body)))
	}
	if !c.closed.Load() {
		c.options.OnPush(p)
	}
}

// knownReason replaces a name that is not in the table, so that nothing from
// outside is ever shown or stored as an ending.
func knownReason(r ending.Reason) ending.Reason {
	if !r.Known() {
		return ending.Unsupported
	}
	return r
}

func (c *Conn) onDown(_ *nats.Conn, err error) {
	c.up.Store(false)
	c.log.Info("connection lost", "error", err)
	c.tell(false)
}

func (c *Conn) onUp(nc *nats.Conn) {
	c.refusals = 0
	c.up.Store(nc.IsConnected())
	c.log.Info("connection is back")
	c.tell(true)
}

func (c *Conn) tell(up bool) {
	if c.options.OnState != nil && !c.closed.Load() && c.failure.Load() == nil {
		c.options.OnState(up)
	}
}

func (c *Conn) onError(_ *nats.Conn, _ *nats.Subscription, err error) {
	c.log.Warn("connection error", "error", err)
	if !isRefusal(err) {
		return
	}
	if c.refusals++; c.refusals >= maxRefusals {
		c.fail(ErrRefused)
	}
}

// onClosed runs when the NATS client gave up by itself: the server broke the
// protocol or sent an error after which NATS does not reconnect.
func (c *Conn) onClosed(nc *nats.Conn) {
	err := nc.LastError()
	c.fail(&ending.Error{Reason: ending.ServerDown, Detail: fmt.Sprint("the server ended the connection: ", err), Err: err})
}

// fail ends the connection for good. The work is done on a goroutine of its
// own, because the NATS client calls its dialer with its lock held.
func (c *Conn) fail(err error) {
	if c.closed.Load() || !c.failure.CompareAndSwap(nil, &err) {
		return
	}
	c.log.Warn("connection failed for good", "error", err)
	go func() {
		<-c.dialled
		c.shut()
		if c.options.OnFailed != nil && !c.closed.Load() {
			c.options.OnFailed(err)
		}
	}()
}

// Nkey returns the public nkey that names this connection at the server.
func (c *Conn) Nkey() string { return c.nkey }

// SeenKey returns the SHA-256 of the SubjectPublicKeyInfo of the server's key.
func (c *Conn) SeenKey() [32]byte { return c.dialer.seenKey() }

// Up reports whether the connection is open now.
func (c *Conn) Up() bool { return c.up.Load() }

// Close sends what was published, closes the connection and ends its
// goroutines. No callback begins after it. It may be called more than once
// and from within a callback, so it does not wait for one that is running.
func (c *Conn) Close() {
	if c.closed.CompareAndSwap(false, true) {
		c.shut()
	}
}

func (c *Conn) shut() {
	// A dial that is under way holds the NATS client's lock: end it first. An
	// open connection is left to the NATS client, which flushes it.
	if !c.up.Swap(false) {
		c.end()
	}
	c.nc.Close()
	c.end()
}

// ready says why a request cannot be sent now, or nil. Without it a request
// made while a reconnect is under way would wait for the NATS client's lock.
func (c *Conn) ready() error {
	if err := c.failure.Load(); err != nil {
		return *err
	}
	if !c.up.Load() {
		return ending.Because(ending.ServerDown, "not connected")
	}
	return nil
}

// exchange sends one request and returns the body of its answer.
func (c *Conn) exchange(ctx context.Context, subject string, request any) ([]byte, error) {
	if err := c.ready(); err != nil {
		return nil, err
	}
	data, err := encode(request)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	m, err := c.nc.RequestWithContext(ctx, subject, data)
	if err != nil {
		return nil, requestError(ctx, err)
	}
	answer, err := relay.Decode[relay.Answer](m.Data)
	switch {
	case err != nil:
		return nil, ending.Because(ending.Unsupported, "the server's answer is not well-formed")
	case answer.Reason != "":
		return nil, ending.Because(knownReason(answer.Reason), "the server's answer")
	}
	return answer.Body, nil
}

// publish sends without waiting for an answer.
func (c *Conn) publish(ctx context.Context, subject string, message any) error {
	if err := ctx.Err(); err != nil {
		return requestError(ctx, err)
	}
	if err := c.ready(); err != nil {
		return err
	}
	data, err := encode(message)
	if err != nil {
		return err
	}
	if err := c.nc.Publish(subject, data); err != nil {
		return requestError(ctx, err)
	}
	return nil
}

func encode(message any) ([]byte, error) {
	data := wire.Marshal(message)
	if len(data) > wire.MaxMessage {
		return nil, fmt.Errorf("connection: %w", wire.ErrTooLarge)
	}
	return data, nil
}

func requestError(ctx context.Context, err error) error {
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return fmt.Errorf("asking the server: %w", context.Canceled)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, nats.ErrTimeout):
		return ending.Because(ending.ServerDown, "no answer in time")
	}
	return ending.Wrap(ending.ServerDown, err)
}
