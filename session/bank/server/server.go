// Package server owns the bank's server: the relay that finds offers by code
// and forwards sealed messages, and the authority that decides which call may
// start, admits companions, and takes stop reports.
//
// It must not know what the two ends say to each other: the answers of a
// customer, the read-back and the channel are sealed between them. Who works
// and banks at the bank is directory's business, who may connect callout's,
// the NATS server broker's. No client imports this package.
//
// Rules: who asks is told by the connection, never by the message; a decision
// is on the shelf before it is answered; a lookup is a look into a map; what
// is over is named (expired, used, superseded, ...) for ten minutes; after a
// restart, the call tickets of both ends are all that the server needs.
//
// Reading order: services (who is answered by what), lookup, create, forward,
// admit, end; then call and book for what is remembered, ticket for restarts.
package server

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"log/slog"
	"net"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nkeys"
	"golang.org/x/sync/errgroup"

	"countersign/session/bank"
	"countersign/session/bank/broker"
	"countersign/session/bank/callout"
	"countersign/session/bank/directory"
	"countersign/session/bank/gate"
	"countersign/session/bank/ledger"
	"countersign/session/bank/limit"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/wire"
)

// Options says which bank to serve and how.
type Options struct {
	// Dir is the bank's folder, made by bank.Init. The caller holds its lock.
	Dir string
	// Listen is HOST:PORT, port 0 for a free one; "" listens at the address of
	// the bundle's first relay.
	Listen string
	// DontListen serves clients of the same process only, see InProcessConn.
	DontListen bool
	// Memory keeps the directory in memory: what it holds ends with the server.
	// For training; a bank's own directory is on disk.
	Memory bool
	// Limits are the limits; the zero value means limit.Default.
	Limits limit.Limits
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Logger receives faults; nil means none. No line holds a code, a key, a
	// token or a person's data.
	Logger *slog.Logger
	// Free is how many bytes are free on a folder's disk; nil asks the system.
	Free func(folder string) (uint64, error)
}

// Server is a running server of one bank.
type Server struct {
	ledger    *ledger.Ledger // nil for a directory in memory
	broker    *broker.Broker
	gate      *gate.Gate
	directory *directory.Directory
	services  *services
	stop      context.CancelFunc
	conns     []*nats.Conn
	log       *slog.Logger
}

// Start starts a server. When it returns, its services answer and, unless
// DontListen is set, clients can connect.
func Start(ctx context.Context, o Options) (*Server, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	b, err := bank.Load(o.Dir)
	if err != nil {
		return nil, err
	}
	if o.Listen == "" {
		o.Listen = b.RelayAddress()
	}
	s := &Server{log: o.Logger}
	if err := s.start(ctx, o, b); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (o Options) withDefaults() (Options, error) {
	if o.Limits == (limit.Limits{}) {
		o.Limits = limit.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	// Whatever is logged from here on, a stranger may have caused it.
	o.Logger = slog.New(limit.NewLog(o.Logger.Handler()))
	return o, o.Limits.Check()
}

// start brings up one thing after the other; Close undoes what it got to.
func (s *Server) start(ctx context.Context, o Options, b *bank.Bank) error {
	var err error
	if err = s.openStore(ctx, o, b); err != nil {
		return err
	}
	calls, err := s.connect(broker.BankAccount, broker.BankAccount, broker.ClientAccount, broker.ClientAccount)
	if err != nil {
		return err
	}
	on := connections{store: calls[1], live: calls[2], desk: calls[3]}
	if s.directory, err = s.openDirectory(ctx, on.store, o, b); err != nil {
		return err
	}
	s.gate = gate.New(gate.Options{
		Certificate: b.Certificate, Inside: s.broker.InProcessConn, Limits: o.Limits, MaxPayload: broker.MaxPayload,
		Free: acknowledges, Logger: o.Logger,
	})
	clients := callout.NewRegistry()
	if err := s.serve(ctx, o, b, on, clients); err != nil {
		return err
	}
	if err := callout.Serve(calls[0], s.calloutOptions(o, b), clients); err != nil {
		return err
	}
	if o.DontListen {
		return nil
	}
	return s.gate.Listen(o.Listen)
}

// serve starts the services on connections; that these lead to the embedded
// server is nothing that the services know.
func (s *Server) serve(ctx context.Context, o Options, b *bank.Bank, on connections, clients *callout.Registry) error {
	running, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.services = &services{
		connections: on, bank: b, people: s.directory, clients: clients,
		limits: newBuckets(o.Limits), vouch: s.gate.Vouch, now: o.Now, log: o.Logger, ctx: running,
	}
	return s.services.start(ctx)
}

func (s *Server) calloutOptions(o Options, b *bank.Bank) callout.Options {
	return callout.Options{
		Account: broker.ClientAccount, Seed: b.CalloutSeed, KeyHash: b.KeyHash, MaxPayload: broker.MaxPayload,
		AgentKey: s.agentKey, Place: s.place, Now: o.Now, Logger: o.Logger,
	}
}

// place asks the gate for a client's place.
func (s *Server) place(id uint64, c callout.Client) (address string, placed bool) {
	return s.gate.Place(gate.Client{ID: id, Nkey: c.Nkey, AgentID: c.AgentID, Calling: s.services.book.calling(c.Nkey)})
}

// agentKey is the key of an agent who may connect now.
func (s *Server) agentKey(ctx context.Context, id uint64) (*ecdsa.PublicKey, error) {
	a, err := s.directory.Agent(ctx, id)
	switch {
	case err != nil:
		return nil, err
	case a.Revoked:
		return nil, ending.Because(ending.Revoked, "the agent is revoked")
	}
	return wire.ParsePoint(a.Public)
}

// connect opens connections into accounts, all at the same time.
func (s *Server) connect(accounts ...string) ([]*nats.Conn, error) {
	conns := make([]*nats.Conn, len(accounts))
	var group errgroup.Group
	for i, account := range accounts {
		group.Go(func() (err error) {
			conns[i], err = s.broker.Connect(account, "services")
			return err
		})
	}
	err := group.Wait()
	for _, c := range conns {
		if c != nil {
			s.conns = append(s.conns, c)
		}
	}
	return conns, err
}

// URL is where clients connect: tls://HOST:PORT, or "" with DontListen.
func (s *Server) URL() string {
	if address := s.gate.Address(); address != "" {
		return "tls://" + address
	}
	return ""
}

// Directory is the bank's directory, for those who administer it.
func (s *Server) Directory() *directory.Directory { return s.directory }

// Broker returns the NATS server underneath, for those who measure it: it opens
// connections into any account, past the auth callout. Whoever holds a Server
// holds the bank's keys too, so this gives away nothing more.
func (s *Server) Broker() *broker.Broker { return s.broker }

// InProcessConn opens a connection for a client in the same process, see
// Options.DontListen. It meets TLS and the auth callout like everybody else.
func (s *Server) InProcessConn() (net.Conn, error) { return s.gate.Pipe() }

// Close ends the server. What it acknowledged is on disk.
func (s *Server) Close() {
	if s.gate != nil {
		s.gate.Close()
	}
	if s.stop != nil {
		s.stop()
	}
	for _, c := range s.conns {
		c.Close()
	}
	if s.broker != nil {
		s.broker.Close()
	}
	if s.ledger != nil {
		if err := s.ledger.Close(); err != nil {
			s.log.Error("closing the store's head", "error", err)
		}
	}
}

// Ended is closed when the server cannot keep anything any more until it is
// started anew, and a new start can work: whoever runs it closes it and starts it.
func (s *Server) Ended() <-chan struct{} {
	if s.ledger == nil {
		return nil // a directory in memory has no disk to fail
	}
	return s.ledger.Ended()
}

// OpenDirectory opens the directory of a bank whose server does not run, for
// commands that administer it. The caller holds the folder's lock, and calls
// closeStore in the end.
func OpenDirectory(ctx context.Context, dir string) (d *directory.Directory, closeStore func() error, err error) {
	o, err := Options{Dir: dir, DontListen: true}.withDefaults()
	if err != nil {
		return nil, nil, err
	}
	b, err := bank.Load(dir)
	if err != nil {
		return nil, nil, err
	}
	s := &Server{log: o.Logger}
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	if err = s.openStore(ctx, o, b); err != nil {
		return nil, nil, err
	}
	conns, err := s.connect(broker.BankAccount)
	if err != nil {
		return nil, nil, err
	}
	d, err = s.openDirectory(ctx, conns[0], o, b)
	return d, func() error { s.Close(); return nil }, err
}

// openStore looks whether the store holds what was acknowledged and only then
// starts the server that opens it.
func (s *Server) openStore(ctx context.Context, o Options, b *bank.Bank) (err error) {
	if !o.Memory {
		s.ledger, err = ledger.Open(ledger.Options{Head: bank.HeadFile(b.Dir), Store: bank.StoreFolder(b.Dir), Free: o.Free, Logger: o.Logger})
		if err != nil {
			return err
		}
	}
	s.broker, err = startBroker(ctx, o, b)
	return err
}

func startBroker(ctx context.Context, o Options, b *bank.Bank) (*broker.Broker, error) {
	signer, err := nkeys.FromSeed(b.CalloutSeed)
	if err != nil {
		return nil, errors.New("the seed of the auth callout is not an nkey seed")
	}
	issuer, err := signer.PublicKey()
	if err != nil {
		return nil, err
	}
	return broker.Start(ctx, broker.Options{
		Store: bank.StoreFolder(b.Dir), Issuer: issuer, Logger: o.Logger,
	})
}

func (s *Server) openDirectory(ctx context.Context, store *nats.Conn, o Options, b *bank.Bank) (*directory.Directory, error) {
	js, err := jetstream.New(store)
	if err != nil {
		return nil, err
	}
	if s.ledger == nil {
		return directory.Open(ctx, js, jetstream.MemoryStorage, b, o.Now)
	}
	return directory.Open(ctx, s.ledger.Guard(js), jetstream.FileStorage, b, o.Now)
}
