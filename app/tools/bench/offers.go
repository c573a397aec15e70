// This file owns the server that is measured: our own, with as many live
// offers as are wanted.
//
// One offer is made as every agent makes one. The others are copies of its
// record under other names, written into the server's memory of calls, where
// the server finds them as it finds what another instance of it has written.
// Making them all would take as many agents, because an agent is in one call
// at a time, and their tickets would be most of the run.

package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/nats-io/nats.go/jetstream"

	"countersign/session"
	"countersign/session/bank"
	"countersign/session/bank/broker"
	"countersign/session/bank/limit"
	"countersign/session/bank/server"
	"countersign/session/computer/connection"
	"countersign/session/computer/vault"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
)

// How the server keeps a call: the bucket, the keys, and the fields of the
// record that a copy has of its own.
const (
	callBucket   = "CP1_CALLS"
	offerKeys    = "offer."
	agentKeys    = "agent."
	fieldOID     = 1
	fieldAgentID = 3
)

// The server reads copies after a moment: how often it is asked for them, and
// for how long.
const (
	readyPoll   = 10 * time.Millisecond
	readyWithin = 20 * time.Second
)

// copiesFrom is the agent number of the first copy, out of the way of real ones.
const copiesFrom = 1_000_000

// customer is the bank's reference of the one customer on file.
const customer = "C-1"

// serveOffers is the part that runs our server.
func serveOffers(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	n, err := countArgument(args)
	if err != nil {
		return err
	}
	return withServer(ctx, func(s *server.Server, b *bank.Bank, dir string) error {
		at := place{URL: s.URL(), KeyHash: b.KeyHash}
		waits, hangUp := context.WithCancel(ctx)
		code, over, err := makeOffer(waits, s, filepath.Join(dir, "agent"))
		if err != nil {
			hangUp()
			return err
		}
		defer func() { // the agent writes the call down in the folder, before that goes
			hangUp()
			<-over
		}()
		if err := copyOffer(ctx, s, code, n); err != nil {
			return err
		}
		if err := awaitOffer(ctx, at, codeOf(n-1)); err != nil {
			return err
		}
		return serveUntilDone(ctx, at, in, out)
	})
}

// withServer runs our server, with a new bank, while do does its work. Both are
// in a folder that goes when that ends.
func withServer(ctx context.Context, do func(s *server.Server, b *bank.Bank, dir string) error) error {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	address, err := freeAddress()
	if err != nil {
		return err
	}
	b, err := newBank(filepath.Join(dir, "bank"), address)
	if err != nil {
		return err
	}
	s, err := server.Start(ctx, server.Options{Dir: b.Dir, Limits: noLimits()})
	if err != nil {
		return err
	}
	defer s.Close()
	return do(s, b, dir)
}

// freeAddress finds a port on which nobody listens: a bank's address is signed
// before its server starts.
func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

// noLimits are limits that no measurement meets.
func noLimits() limit.Limits {
	const all = math.MaxInt32
	return limit.Limits{
		LookupBurst: all, LookupsPerMinute: all, LookupsPerAddress: all, LookupsPerSecond: all,
		EnrolStepsPerAddress: all, EnrolStepsPerConnection: all, ReportsPerAddress: all, RequestsPerAgent: all,
		MessageBurst: all, MessagesPerMinute: all, ByteBurst: all, BytesPerSecond: all, Violations: all,
		Connections: 1000, ConnectionsPerAddress: all, ConnectsPerAddress: all,
	}
}

// makeOffer enrols an agent, has it offer a call, and returns the spoken code.
// The call waits for its customer until ctx ends; over is closed once it has
// ended.
func makeOffer(ctx context.Context, s *server.Server, dir string) (code string, over <-chan struct{}, err error) {
	sent, err := addPeople(ctx, s)
	if err != nil {
		return "", nil, err
	}
	agent, err := session.OpenAgent(ctx, session.Options{Dir: dir, Store: vault.NewMemory()})
	if err != nil {
		return "", nil, err
	}
	if _, err := agent.Enrol(ctx, session.Enrolment{Ticket: sent.Agent}); err != nil {
		return "", nil, err
	}
	c := agent.Call(ctx, session.Offering{Direction: offer.BankCalled, Customer: customer, Purpose: trust.CardPayment})
	for event := range c.Events() {
		switch e := event.(type) {
		case call.CodeShown:
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				for range c.Events() { // a call waits for whoever listens to it
				}
			}()
			return e.Code, ended, nil
		case call.EndedEvent:
			return "", nil, fmt.Errorf("the offer ended at once: %s", e.Reason)
		}
	}
	return "", nil, errors.New("the call of the agent ended without a word")
}

// oidOf names copy i the same in every process; codeOf is its spoken code.
func oidOf(i int) offer.ID { return wire.H("bench", binary.BigEndian.AppendUint64(nil, uint64(i))) }

func codeOf(i int) string { return offer.Code(oidOf(i)) }

// copyOffer writes n copies of the offer with this code.
func copyOffer(ctx context.Context, s *server.Server, code string, n int) error {
	conn, err := s.Broker().Connect(broker.BankAccount, "bench")
	if err != nil {
		return err
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		return err
	}
	calls, err := js.KeyValue(ctx, callBucket)
	if err != nil {
		return err
	}
	original, err := calls.Get(ctx, offerKeys+code)
	if err != nil {
		return err
	}
	for i := range n {
		record, err := copyRecord(original.Value(), i)
		if err != nil {
			return err
		}
		if _, err := calls.Put(ctx, offerKeys+codeOf(i), record); err != nil {
			return err
		}
		if _, err := calls.Put(ctx, agentKeys+strconv.Itoa(copiesFrom+i), []byte(codeOf(i))); err != nil {
			return err
		}
	}
	return nil
}

// copyRecord is a record under the name of copy i.
func copyRecord(record []byte, i int) ([]byte, error) {
	fields := map[uint64]cbor.RawMessage{}
	if err := cbor.Unmarshal(record, &fields); err != nil {
		return nil, err
	}
	oid := oidOf(i)
	fields[fieldOID], fields[fieldAgentID] = wire.Marshal(oid[:]), wire.Marshal(copiesFrom+i)
	return wire.Marshal(fields), nil
}

// awaitOffer waits until the server serves an offer.
func awaitOffer(ctx context.Context, at place, code string) error {
	conn, err := connection.Dial(ctx, connection.Options{URL: at.URL, KeyHash: at.KeyHash, Role: relay.RoleCompanion})
	if err != nil {
		return err
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	again := time.NewTicker(readyPoll)
	defer again.Stop()
	for {
		_, err := conn.Lookup(ctx, relay.LookupRequest{Code: code})
		if ending.Of(err, "") != ending.UnknownCode {
			return err
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return errors.New("the server does not serve the copied offers")
		}
	}
}
