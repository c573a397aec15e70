// This file owns the rows of the lookup: ours against a bare NATS request of
// the same size in both directions, alone and side by side, and among many
// live offers against few.

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"countersign/app/tools/demo/programs"
	"countersign/session/computer/connection"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/wire"
)

// Side by side: so many connections, each with so many requests under way.
const (
	connections = 4
	underWay    = 4
)

// firstContent is the version of a new bank's content.
const firstContent = 1

// asker is a connection that asks once.
type asker func(ctx context.Context) error

// lookups starts the servers and measures the rows.
func (p plan) lookups(ctx context.Context) ([]row, error) {
	var started []*programs.Process
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends the connections
	defer func() {
		for _, process := range started {
			process.Stop()
		}
	}()
	start := func(part string, n int) (at place, err error) {
		at, process, err := startServer(ctx, part, n)
		if err == nil {
			started = append(started, process)
		}
		return at, err
	}
	few, err := start(partServer, p.fewOffers)
	if err != nil {
		return nil, err
	}
	many, err := start(partServer, p.manyOffers)
	if err != nil {
		return nil, err
	}
	asked, answered, err := sizes(ctx, few)
	if err != nil {
		return nil, err
	}
	bare, err := start(partBare, answered)
	if err != nil {
		return nil, err
	}
	ours, err := dialMany(connections, func() (asker, error) { return dialLookup(ctx, few, p.fewOffers) })
	if err != nil {
		return nil, err
	}
	plain, err := dialMany(connections, func() (asker, error) { return dialPlain(ctx, bare, asked) })
	if err != nil {
		return nil, err
	}
	crowd, err := dialMany(1, func() (asker, error) { return dialLookup(ctx, many, p.manyOffers) })
	if err != nil {
		return nil, err
	}
	return p.lookupRows(ctx, ours, plain, crowd[0])
}

// lookupRows measures. Each of ours and plain is a connection; crowd is one to
// the server with many offers.
func (p plan) lookupRows(ctx context.Context, ours, plain []asker, crowd asker) ([]row, error) {
	const baseline = "bare NATS request"
	latency := func(percent float64, n int, ask asker) batch {
		return percentileOf(percent, n, func() error { return ask(ctx) })
	}
	f, err := takeTurns(p.lookupPairs, latency(50, p.lookupBatch, ours[0]), latency(50, p.lookupBatch, plain[0]))
	if err != nil {
		return nil, err
	}
	rows := []row{compare("lookup, p50", "us", baseline, f, goal{AtMost: 2})}

	f, err = takeTurns(p.flowPairs, flow(ctx, p.flowBatch, ours), flow(ctx, p.flowBatch, plain))
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("lookups, %d side by side", connections*underWay)
	rows = append(rows, compare(name, "/s", baseline, f, goal{AtLeast: 0.5}))

	f, err = takeTurns(p.tailPairs, latency(99, p.tailBatch, crowd), latency(99, p.tailBatch, ours[0]))
	if err != nil {
		return nil, err
	}
	name = fmt.Sprintf("lookup among %d live offers, p99", p.manyOffers)
	return append(rows, compare(name, "us", fmt.Sprintf("among %d", p.fewOffers), f, goal{AtMost: 1.2})), nil
}

// flow is a batch whose figure is how many requests a second are answered when
// several are under way on each connection.
func flow(ctx context.Context, n int, connections []asker) batch {
	return func() (float64, error) {
		var left atomic.Int64
		left.Store(int64(n))
		var group errgroup.Group
		start := time.Now()
		for _, ask := range connections {
			for range underWay {
				group.Go(func() error {
					for left.Add(-1) >= 0 {
						if err := ask(ctx); err != nil {
							return err
						}
					}
					return nil
				})
			}
		}
		if err := group.Wait(); err != nil {
			return 0, err
		}
		return float64(n) / time.Since(start).Seconds(), nil
	}
}

func dialMany(n int, dial func() (asker, error)) ([]asker, error) {
	var all []asker
	for range n {
		ask, err := dial()
		if err != nil {
			return nil, err
		}
		all = append(all, ask)
	}
	return all, nil
}

// dialLookup connects a companion that looks up any of the server's offers at
// random. Each offer is looked up once before, because a first lookup encodes
// its answer, and few offers would show that less often than many. The
// connection ends with ctx.
func dialLookup(ctx context.Context, at place, offers int) (asker, error) {
	conn, err := connection.Dial(ctx, connection.Options{URL: at.URL, KeyHash: at.KeyHash, Role: relay.RoleCompanion})
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, conn.Close)
	newest, err := conn.Lookup(ctx, question(0, relay.News{}))
	if err != nil {
		return nil, err
	}
	questions := make([]relay.LookupRequest, offers)
	for i := range questions {
		questions[i] = question(i, newest.News)
		if _, err := conn.Lookup(ctx, questions[i]); err != nil {
			return nil, err
		}
	}
	return func(ctx context.Context) error {
		_, err := conn.Lookup(ctx, questions[rand.IntN(len(questions))])
		return err
	}, nil
}

// question asks for copy i on behalf of a companion whose bundle and content
// are the newest: most are.
func question(i int, newest relay.News) relay.LookupRequest {
	return relay.LookupRequest{
		Code: codeOf(i), BundleVersion: newest.BundleVersion, BundleHash: newest.BundleHash, ContentVersion: firstContent,
	}
}

// sizes returns how many bytes a lookup and its answer have.
func sizes(ctx context.Context, at place) (asked, answered int, err error) {
	conn, err := connection.Dial(ctx, connection.Options{URL: at.URL, KeyHash: at.KeyHash, Role: relay.RoleCompanion})
	if err != nil {
		return 0, 0, err
	}
	defer conn.Close()
	newest, err := conn.Lookup(ctx, question(0, relay.News{}))
	if err != nil {
		return 0, 0, err
	}
	q := question(0, newest.News)
	a, err := conn.Lookup(ctx, q)
	if err != nil {
		return 0, 0, err
	}
	if len(a.News.Bundles) > 0 || len(a.News.Content) > 0 {
		return 0, 0, errors.New("the server takes an up-to-date companion for an old one")
	}
	return len(wire.Marshal(q)), len(wire.Marshal(relay.Answer{Body: wire.Marshal(a)})), nil
}

// dialPlain connects a client that sends requests of size bytes to the baseline.
func dialPlain(ctx context.Context, at place, size int) (asker, error) {
	conn, err := dialBare(at)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, conn.Close)
	request := bytes.Repeat([]byte{1}, size)
	return func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, answerWithin)
		defer cancel()
		_, err := conn.RequestWithContext(ctx, bareSubject, request)
		return err
	}, nil
}
