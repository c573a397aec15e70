// Package broker owns the embedded NATS server: its listener, its accounts,
// its store, and the two internal users through which the bank's services
// reach it.
//
// It must not know of offers, agents or tickets, nor decide who may connect:
// the auth callout does, as a service on a connection like any other. So the
// same services also run on a NATS cluster that this package did not start.
//
// Rules: TLS 1.3 only, spoken before anything else; no client is accepted
// before the services are ready for it; the account of the clients holds no
// store, so that no mistake in a permission can open one to them.
package broker

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"countersign/session/wire"
)

// Accounts of the NATS server.
const (
	// ClientAccount holds the clients and the services that answer them.
	ClientAccount = "CP1"
	// BankAccount holds the store and the auth callout. No client enters it.
	BankAccount = "BANK"
)

// MaxPayload is the largest message in bytes: a CP1 message and what wraps it.
const MaxPayload = wire.MaxMessage + 4<<10

const (
	// maxPending is how many bytes may wait for one slow connection before it is
	// cut off. The services' own connections need the room.
	maxPending = 32 << 20
	// maxSubscriptions bounds what one connection may listen to: a client
	// needs two, the services a few more.
	maxSubscriptions = 64
	// maxSubjectTokens bounds the depth of a subscription; CP1's subjects have four.
	maxSubjectTokens = 16
	// maxMemory bounds the memory of the offers' store. Over it, offers are refused.
	maxMemory = 512 << 20

	writeDeadline = 5 * time.Second  // a client that does not read is cut off
	pingInterval  = 20 * time.Second // twice unanswered: the client is gone
	connectWithin = 5 * time.Second  // handshake, and then the auth callout, each
	reconnectWait = 50 * time.Millisecond
	startWithin   = 20 * time.Second // a large store takes its time to open
)

// Options says what the embedded server needs.
type Options struct {
	// Listen is HOST:PORT; port 0 takes a free one. Used by Listen only.
	Listen string
	// Local serves this process only: InProcessConn then expects TLS first, as
	// the network does. Do not call Listen.
	Local bool
	// Certificate is the server's own; clients pin its key.
	Certificate tls.Certificate
	// Store is the folder for what must survive. Every write there is on disk
	// before it is acknowledged.
	Store string
	// Issuer is the public nkey of the account that signs the auth callout's answers.
	Issuer string
	// MaxConnections bounds the clients connected at one time.
	MaxConnections int
	// Logger receives the server's warnings and errors.
	Logger *slog.Logger
}

// Broker is a running NATS server. It implements nats.InProcessConnProvider,
// by which a program that holds the server connects to it without a network.
type Broker struct {
	server   *server.Server
	password string        // of the internal users, known to this process only
	secure   []nats.Option // of the internal users' connections
	log      *slog.Logger
}

// Start starts the server and its store. It does not listen yet: see Listen.
func Start(ctx context.Context, o Options) (*Broker, error) {
	options, password, err := o.server()
	if err != nil {
		return nil, err
	}
	s, err := server.NewServer(options)
	if err != nil {
		return nil, fmt.Errorf("starting the relay: %w", err)
	}
	s.SetLoggerV2(serverLog{o.Logger}, false, false, false)
	b := &Broker{server: s, password: password, secure: o.secure(), log: o.Logger}
	s.Start()
	if err := b.ready(ctx); err != nil {
		b.Close()
		return nil, fmt.Errorf("starting the relay: %w", err)
	}
	return b, nil
}

// server translates o for nats-server.
func (o Options) server() (*server.Options, string, error) {
	host, port, err := splitAddress(o.Listen)
	if err != nil {
		return nil, "", err
	}
	// In its own process, NATS waits this long for a client that speaks TLS and
	// then goes on without. The network knows no such thing.
	var plainAfter time.Duration
	if o.Local {
		plainAfter = connectWithin
	}
	password := rand.Text()
	clients, bank := server.NewAccount(ClientAccount), server.NewAccount(BankAccount)
	return &server.Options{
		ServerName: "countersign",
		Host:       host,
		Port:       port,
		DontListen: true,
		Cluster:    server.ClusterOpts{NoAdvertise: true},

		TLS: true,
		TLSConfig: &tls.Config{
			Certificates: []tls.Certificate{o.Certificate},
			MinVersion:   tls.VersionTLS13,
		},
		TLSHandshakeFirst:         true,
		TLSHandshakeFirstFallback: plainAfter,
		TLSTimeout:                connectWithin.Seconds(),
		AuthTimeout:               connectWithin.Seconds(),
		AlwaysEnableNonce:         true,

		Accounts: []*server.Account{clients, bank},
		Users:    []*server.User{internalUser(clients, password), internalUser(bank, password)},
		AuthCallout: &server.AuthCallout{
			Issuer:    o.Issuer,
			Account:   BankAccount,
			AuthUsers: []string{ClientAccount, BankAccount},
		},

		MaxConn:       o.MaxConnections,
		MaxPayload:    MaxPayload,
		MaxPending:    maxPending,
		MaxSubs:       maxSubscriptions,
		MaxSubTokens:  maxSubjectTokens,
		WriteDeadline: writeDeadline,
		PingInterval:  pingInterval,
		MaxPingsOut:   2,

		JetStream:              true,
		StoreDir:               o.Store,
		SyncAlways:             true,
		JetStreamMaxMemory:     maxMemory,
		DisableJetStreamBanner: true,
		NoSigs:                 true,
	}, password, nil
}

// secure is how the internal users speak: TLS first where everybody does, so
// that none of them waits, and held to the server's own certificate.
func (o Options) secure() []nats.Option {
	if !o.Local {
		return nil
	}
	return []nats.Option{nats.TLSHandshakeFirst(), nats.Secure(&tls.Config{
		MinVersion:         tls.VersionTLS13,
		InsecureSkipVerify: true, // VerifyConnection compares the certificate itself
		VerifyConnection: func(state tls.ConnectionState) error {
			if !bytes.Equal(state.PeerCertificates[0].Raw, o.Certificate.Certificate[0]) {
				return errors.New("another server's certificate")
			}
			return nil
		},
	})}
}

// internalUser is the services' own way into an account. The name alone is
// worth nothing: the password never leaves this process, and a connection over
// the network is refused even with it.
func internalUser(account *server.Account, password string) *server.User {
	return &server.User{
		Username:               account.Name,
		Password:               password,
		Account:                account,
		AllowedConnectionTypes: map[string]struct{}{"IN_PROCESS": {}},
	}
}

func (b *Broker) ready(ctx context.Context) error {
	wait := startWithin
	if deadline, ok := ctx.Deadline(); ok {
		wait = min(wait, time.Until(deadline))
	}
	if !b.server.ReadyForConnections(wait) {
		return errors.New("it did not become ready in time")
	}
	account, err := b.server.LookupAccount(BankAccount)
	if err != nil {
		return err
	}
	return account.EnableJetStream(nil, nil)
}

// Listen begins to accept clients. Call it once, when the services answer.
func (b *Broker) Listen() error {
	settled := make(chan struct{})
	go b.server.AcceptLoop(settled)
	<-settled
	if b.server.Addr() == nil {
		return errors.New("the relay cannot listen at its address: is another program using it?")
	}
	return nil
}

// Address returns the HOST:PORT at which clients connect, or "" before Listen.
func (b *Broker) Address() string {
	if b.server.Addr() == nil {
		return ""
	}
	return b.server.Addr().String()
}

// InProcessConn implements nats.InProcessConnProvider. Who connects this way
// meets the auth callout like everybody else, and TLS if the broker is Local.
func (b *Broker) InProcessConn() (net.Conn, error) { return b.server.InProcessConn() }

// Connect opens a connection of the bank's own services into an account. It
// comes back by itself: a flood may cut it off as it would any slow connection.
func (b *Broker) Connect(account, name string) (*nats.Conn, error) {
	return nats.Connect("", append(slices.Clone(b.secure), nats.Name(name),
		nats.InProcessServer(b.server),
		nats.UserInfo(account, b.password),
		nats.Timeout(connectWithin),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(reconnectWait),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			b.log.Error("the bank's own connection has a fault", "connection", name, "error", err)
		}),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				b.log.Error("the bank's own connection was cut off", "connection", name, "error", err)
			}
		}))...)
}

// Close ends the server and waits until its store is closed.
func (b *Broker) Close() {
	b.server.Shutdown()
	b.server.WaitForShutdown()
}

func splitAddress(address string) (host string, port int, err error) {
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, fmt.Errorf("listen address: %w", err)
	}
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return "", 0, errors.New("listen address: the port is a number from 0 to 65535")
	}
	if n == 0 {
		return host, server.RANDOM_PORT, nil
	}
	return host, int(n), nil
}
