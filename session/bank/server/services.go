// This file owns how requests reach the services and how answers leave: which
// subject is answered by what, on which connection, and how many at once.
//
// Rules: the sender is the nkey at the end of the subject, which NATS let
// nobody else publish to; an answer goes to the sender's own inbox or nowhere;
// what belongs to live calls has a connection and workers of its own, so that
// it never waits behind lookups.

package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"countersign/session/bank"
	"countersign/session/bank/callout"
	"countersign/session/bank/directory"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/wire"
)

const (
	// queue lets several instances share the work.
	queue = "services"

	answerWithin = 5 * time.Second
	maxWaiting   = 1 << 16         // messages that may wait in one subscription: the gate bounds each sender
	maxBytes     = 64 << 20        // of them together
	sweepPeriod  = time.Second / 4 // how often deadlines are looked at
	maxReply     = 128             // characters of a reply subject
)

// How many requests are worked on at once. One more is answered with busy.
const (
	liveWorkers    = 256 // admit, secure, end and what else an agent asks
	readmitWorkers = 32  // companions that come back: each checks a ticket
	lookupWorkers  = 256
	deskWorkers    = 16 // reports and enrolments: each writes to disk
	renewWorkers   = 16 // renewals: each reads the directory and may sign
)

// people is what the services ask of the directory.
type people interface {
	Agent(ctx context.Context, id uint64) (directory.Agent, error)
	Customer(ctx context.Context, ref string) (directory.Customer, error)
	CustomerOf(ctx context.Context, pseudonym [16]byte) (directory.Customer, error)
	OwnerOf(ctx context.Context, device [16]byte) (directory.Customer, error)
	Hello(ctx context.Context, nkey string, q relay.EnrolHelloRequest) (relay.EnrolHelloAnswer, error)
	Prove(ctx context.Context, nkey string, q relay.EnrolProveRequest) (relay.EnrolProveAnswer, error)
	Renew(ctx context.Context, nkey string, q relay.RenewRequest) (relay.RenewAnswer, error)
	Credential(ctx context.Context, agentID uint64, secondFactor string) ([]byte, error)
	Staple(ctx context.Context, credential [16]byte) ([]byte, error)
	HoldUntil(ctx context.Context, pseudonym [16]byte) (time.Time, error)
	Report(ctx context.Context, oid offer.ID, customer, enc, ct []byte) (ending.Reason, bool, error)
}

// connections are what the services run on: two into the account of the
// clients, one into the account of the store. They may lead to the embedded
// server or to a cluster.
type connections struct {
	live  *nats.Conn // up, down and the agents' requests
	desk  *nats.Conn // lookups, renewals, reports, enrolments
	store *nats.Conn
}

// services answer the clients of one bank.
type services struct {
	connections
	bank    *bank.Bank
	people  people
	clients *callout.Registry
	limits  *buckets
	vouch   func(nkey string) // tells the gate that this companion is in a call
	book    *book
	now     func() time.Time
	log     *slog.Logger

	ctx context.Context // ends with the server

	liveCrew, readmitCrew, lookupCrew, deskCrew, renewCrew *workers
}

// start opens the memory of calls and answers until ctx ends.
func (s *services) start(ctx context.Context) error {
	js, err := jetstream.New(s.store)
	if err != nil {
		return err
	}
	if s.book, err = openBook(ctx, js, s.vouch); err != nil {
		return err
	}
	if err := s.book.shelf.watch(ctx, s.ctx); err != nil {
		return err
	}
	s.liveCrew = newWorkers(s.ctx, liveWorkers)
	s.readmitCrew = newWorkers(s.ctx, readmitWorkers)
	s.lookupCrew = newWorkers(s.ctx, lookupWorkers)
	s.deskCrew = newWorkers(s.ctx, deskWorkers)
	s.renewCrew = newWorkers(s.ctx, renewWorkers)
	if err := s.subscribe(); err != nil {
		return err
	}
	go s.sweepUntilDone()
	return nil
}

func (s *services) subscribe() error {
	for _, on := range []struct {
		conn    *nats.Conn
		subject string
		handle  nats.MsgHandler
	}{
		{s.live, relay.UpSubjects, s.up},
		{s.live, relay.AgentSubjects, s.agent},
		{s.desk, relay.LookupSubjects, s.later(s.lookupCrew, s.lookup)},
		{s.desk, relay.RenewSubjects, s.later(s.renewCrew, s.renew)},
		{s.desk, relay.ReportSubjects, s.later(s.deskCrew, typed(s.report))},
		{s.desk, relay.EnrolSubjects, s.later(s.deskCrew, s.enrol)},
	} {
		subscription, err := on.conn.QueueSubscribe(on.subject, queue, on.handle)
		if err != nil {
			return fmt.Errorf("answering %s: %w", on.subject, err)
		}
		if err := subscription.SetPendingLimits(maxWaiting, maxBytes); err != nil {
			return err
		}
	}
	return errors.Join(s.live.Flush(), s.desk.Flush())
}

// handler answers one request: the body of an answer, or the reason why not.
type handler func(ctx context.Context, from string, data []byte) ([]byte, error)

// typed makes a handler of a function from a request to an answer.
func typed[Q, A any](answer func(ctx context.Context, from string, q Q) (A, error)) handler {
	return func(ctx context.Context, from string, data []byte) ([]byte, error) {
		q, err := relay.Decode[Q](data)
		if err != nil {
			return nil, ending.Because(ending.Unsupported, "a request of another version, or malformed")
		}
		a, err := answer(ctx, from, q)
		if err != nil {
			return nil, err
		}
		return wire.Marshal(a), nil
	}
}

// nothing is the answer to requests that are only done.
type nothing struct{}

// later works on requests beside each other, as many as there are workers.
func (s *services) later(crew *workers, h handler) nats.MsgHandler {
	return func(m *nats.Msg) { s.work(crew, m, h) }
}

func (s *services) work(crew *workers, m *nats.Msg, h handler) {
	from := relay.Sender(m.Subject)
	if !ownInbox(m.Reply, from) {
		return // nobody to answer, so nothing is done
	}
	taken := crew.take(func() {
		ctx, cancel := context.WithTimeout(s.ctx, answerWithin)
		defer cancel()
		body, err := h(ctx, from, m.Data)
		s.respond(m, body, err)
	})
	if !taken {
		s.respond(m, nil, ending.Because(ending.Busy, "all workers are taken"))
	}
}

// ownInbox reports whether a reply subject lies in the sender's own inbox, so
// that no request can make the services write to somebody else.
func ownInbox(reply, sender string) bool {
	rest, ok := strings.CutPrefix(reply, relay.InboxPrefix(sender)+".")
	return ok && rest != "" && len(reply) <= maxReply && !strings.ContainsAny(rest, "*> \t")
}

// respond sends a body, or the reason that err carries. A fault of the server
// itself is logged here and is "busy" to the client: it may try again.
func (s *services) respond(m *nats.Msg, body []byte, err error) {
	answer := relay.Answer{Body: body}
	if err != nil {
		answer = relay.Answer{Reason: ending.Of(err, ending.Busy)}
		var known *ending.Error
		if !errors.As(err, &known) && s.ctx.Err() == nil {
			s.log.Error("a request failed", "error", err)
		}
	}
	if err := m.Respond(wire.Marshal(answer)); err != nil && s.ctx.Err() == nil {
		s.log.Error("an answer cannot be sent", "error", err)
	}
}

// push sends to a client what it did not ask for. Without a key, after a
// restart, there is nobody to send to yet.
func (s *services) push(nkey string, p relay.Push) {
	if nkey == "" {
		return
	}
	if err := s.live.Publish(relay.PushSubject(nkey), wire.Marshal(p)); err != nil && s.ctx.Err() == nil {
		s.log.Error("a message cannot be sent", "error", err)
	}
}
