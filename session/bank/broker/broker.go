// Package broker owns the embedded NATS server: its accounts, its store, and
// the two internal users through which the bank's services reach it.
//
// It must not know of offers, agents or tickets, nor decide who may connect:
// the auth callout does, as a service on a connection like any other. So the
// same services also run on a NATS cluster that this package did not start.
//
// Rules: it listens nowhere, clients come through the gate (package gate); the
// account of the clients holds no store, so that no mistake in a permission can
// open one to them; what its log says is bounded by whoever gives the logger.
package broker

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"countersign/session/protocol/wire"
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
	// maxConnections is out of the way: the gate counts.
	maxConnections = 1 << 20
	// maxSubscriptions bounds what one connection may listen to: a client
	// needs two, the services a few more.
	maxSubscriptions = 64
	// maxSubjectTokens bounds the depth of a subscription; CP1's subjects have four.
	maxSubjectTokens = 16
	// maxMemory bounds the memory of the offers' store. Over it, offers are refused.
	maxMemory = 512 << 20

	writeDeadline = 5 * time.Second  // who does not read is cut off
	pingInterval  = 20 * time.Second // twice unanswered: the client is gone
	connectWithin = 5 * time.Second  // the auth callout
	reconnectWait = 50 * time.Millisecond
	startWithin   = 20 * time.Second // a large store takes its time to open
)

// Options says what the embedded server needs.
type Options struct {
	// Store is the folder for what must survive. Every write there is on disk
	// before it is acknowledged.
	Store string
	// Issuer is the public nkey of the account that signs the auth callout's answers.
	Issuer string
	// Logger receives the server's warnings and errors.
	Logger *slog.Logger
}

// Broker is a running NATS server. It implements nats.InProcessConnProvider,
// by which a program that holds the server connects to it without a network.
type Broker struct {
	server   *server.Server
	password string // of the internal users, known to this process only
	log      *slog.Logger
}

// Start starts the server and its store.
func Start(ctx context.Context, o Options) (*Broker, error) {
	options, password := o.server()
	s, err := server.NewServer(options)
	if err != nil {
		return nil, fmt.Errorf("starting the relay: %w", err)
	}
	s.SetLoggerV2(serverLog{o.Logger}, false, false, false)
	b := &Broker{server: s, password: password, log: o.Logger}
	s.Start()
	if err := b.ready(ctx); err != nil {
		b.Close()
		return nil, fmt.Errorf("starting the relay: %w", err)
	}
	return b, nil
}

// server translates o for nats-server.
func (o Options) server() (*server.Options, string) {
	password := rand.Text()
	clients, bank := server.NewAccount(ClientAccount), server.NewAccount(BankAccount)
	return &server.Options{
		ServerName: "countersign",
		DontListen: true,
		Cluster:    server.ClusterOpts{NoAdvertise: true},

		AuthTimeout:       connectWithin.Seconds(),
		AlwaysEnableNonce: true,

		Accounts: []*server.Account{clients, bank},
		Users:    []*server.User{internalUser(clients, password), internalUser(bank, password)},
		AuthCallout: &server.AuthCallout{
			Issuer:    o.Issuer,
			Account:   BankAccount,
			AuthUsers: []string{ClientAccount, BankAccount},
		},

		MaxConn:       maxConnections,
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
	}, password
}

// internalUser is the services' own way into an account. The name alone is
// worth nothing: the password never leaves this process, and the gate takes no
// name and no password of a client.
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

// InProcessConn implements nats.InProcessConnProvider, for the gate. Who
// connects this way meets the auth callout like everybody else, and no TLS.
func (b *Broker) InProcessConn() (net.Conn, error) { return b.server.InProcessConn() }

// Connect opens a connection of the bank's own services into an account. It
// comes back by itself: a flood may cut it off as it would any slow connection.
func (b *Broker) Connect(account, name string) (*nats.Conn, error) {
	return nats.Connect("", nats.Name(name),
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
		}))
}

// Close ends the server and waits until its store is closed.
func (b *Broker) Close() {
	b.server.Shutdown()
	b.server.WaitForShutdown()
}
