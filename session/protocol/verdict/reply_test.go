// This file tests the agent's checks on a reply, and the staple's.

package verdict_test

import (
	"testing"
	"time"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/verdict"
	"countersign/session/protocol/verdict/verdicttest"
)

func TestCheckReply(t *testing.T) {
	code, qr := (*world).Reply, (*world).ReplyByQR
	guest := func(in *verdict.ReplyInput) { in.Guest, in.Device = true, nil }
	decline := func(in *verdict.ReplyInput) {
		in.Declined, in.Answers, in.Entry, in.FrameTime, in.Suite = true, offer.Answers{}, 0, 0, 0
	}
	for _, test := range []struct {
		name  string
		entry func(*world) verdict.ReplyInput
		world func(*world)
		input func(*verdict.ReplyInput)
		want  ending.Reason
		guest bool
	}{
		{name: "good by code", entry: code},
		{name: "good by QR", entry: qr},
		{name: "good, the customer called", entry: code, world: (*world).CustomerCalled},
		{name: "good, no customer chosen", entry: code, world: func(w *world) { w.Core.Ref = nil }},
		{name: "good guest", entry: code, input: guest, guest: true},
		{name: "good decline", entry: code, input: decline},
		{name: "good decline of a guest", entry: code, input: func(in *verdict.ReplyInput) { decline(in); guest(in) }, guest: true},

		{name: "another suite", entry: code, input: func(in *verdict.ReplyInput) { in.Suite = 2 }, want: ending.Unsupported},
		{name: "not the offer's suite", entry: code, input: func(in *verdict.ReplyInput) { in.Core.Suite = 2 }, want: ending.Unsupported},
		{name: "suite not allowed any more", entry: code, world: func(w *world) { w.Bundle.Suites = []uint8{2} }, want: ending.Unsupported},
		{name: "device credential changed", entry: code, input: func(in *verdict.ReplyInput) { in.Device = flip(in.Device) }, want: ending.Forged},
		{name: "device credential missing", entry: code, input: func(in *verdict.ReplyInput) { in.Device = nil }, want: ending.Forged},
		{name: "device credential by another issuer", entry: code, world: func(w *world) { w.OwnIssuer = verdicttest.NewKey() }, want: ending.Forged},
		{name: "an agent's credential instead", entry: code, input: func(in *verdict.ReplyInput) { in.Device = verdicttest.New().SignedCredential() }, want: ending.Forged},
		{name: "decline by another issuer's device", entry: code, world: func(w *world) { w.OwnIssuer = verdicttest.NewKey() }, input: decline, want: ending.Forged},
		{name: "device credential over", entry: code, world: func(w *world) { w.Own.Expiry = w.Now.Unix() - 1 }, want: ending.Revoked},
		{name: "device credential in its last second", entry: code, world: func(w *world) { w.Own.Expiry = w.Now.Unix() }},
		{name: "device credential not yet valid", entry: code, world: func(w *world) { w.Own.NotBefore = w.Now.Unix() + 61 }, want: ending.Revoked},
		{name: "another customer's device", entry: code, world: func(w *world) { w.For([16]byte{1}) }, want: ending.NotForYou},
		{name: "decline by another customer's device", entry: code, world: func(w *world) { w.For([16]byte{1}) }, input: decline, want: ending.NotForYou},
		{name: "guest with a credential", entry: code, input: func(in *verdict.ReplyInput) { in.Guest = true }, want: ending.Forged},

		{name: "my phone rang", entry: code, world: func(w *world) {
			w.CustomerCalled()
			w.Answers = offer.Answers{How: offer.TheyCalled}
		}, want: ending.WrongDirection},
		{name: "I dialled", entry: code, world: func(w *world) {
			w.Answers = offer.Answers{How: offer.ICalled, Dialled: verdicttest.BankLine}
		}, want: ending.WrongDirection},
		{name: "a guest dialled", entry: code, world: func(w *world) {
			w.Answers = offer.Answers{How: offer.ICalled, Dialled: verdicttest.BankLine}
		}, input: guest, want: ending.WrongDirection, guest: true},
		{name: "not sure", entry: code, world: func(w *world) { w.Answers = offer.Answers{How: offer.NotSure} }, want: ending.NotSure},
		{name: "no answer", entry: code, world: func(w *world) { w.Answers = offer.Answers{} }, want: ending.WrongDirection},
		{name: "dialled a stranger", entry: code, world: func(w *world) {
			w.CustomerCalled()
			w.Answers.Dialled = "+48999992233"
		}, want: ending.WrongNumber},
		{name: "dialled another of the bank's numbers", entry: code, world: func(w *world) {
			w.CustomerCalled()
			w.Answers.Dialled = verdicttest.OtherLine
		}, want: ending.WrongNumber},

		{name: "frame of 30 s", entry: qr, world: func(w *world) { w.FrameTime = w.Now.Add(-offer.MaxFrameAge) }},
		{name: "frame of 31 s", entry: qr, world: func(w *world) { w.FrameTime = w.Now.Add(-offer.MaxFrameAge - time.Second) }, want: ending.FrameStale},
		{name: "frame from the future", entry: qr, world: func(w *world) { w.FrameTime = w.Now.Add(trust.Skew + time.Second) }, want: ending.FrameStale},
		{name: "QR without a frame time", entry: qr, input: func(in *verdict.ReplyInput) { in.FrameTime = 0 }, want: ending.FrameStale},
		{name: "code with a frame time", entry: code, input: func(in *verdict.ReplyInput) { in.FrameTime = in.Now.Unix() }, want: ending.Forged},
		{name: "no entry path", entry: code, input: func(in *verdict.ReplyInput) { in.Entry = 0 }, want: ending.Forged},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := verdicttest.New()
			if test.world != nil {
				test.world(w)
			}
			in := test.entry(w)
			if test.input != nil {
				test.input(&in)
			}
			device, got := verdict.CheckReply(in)
			if got != test.want {
				t.Fatalf("reason %q, want %q", got, test.want)
			}
			if test.want == "" && (device == nil) != test.guest {
				t.Fatalf("device is %+v", device)
			}
		})
	}
}

func TestStaple(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*world)
		want   ending.Reason
	}{
		"good":               {func(*world) {}, ""},
		"30 minutes":         {func(w *world) { w.Staple.IssuedAt = w.Now.Unix() - 1800 }, ""},
		"old":                {func(w *world) { w.Staple.IssuedAt = w.Now.Unix() - 1801 }, ending.StatusStale},
		"from the future":    {func(w *world) { w.Staple.IssuedAt = w.Now.Unix() + 61 }, ending.StatusStale},
		"another credential": {func(w *world) { w.Staple.Credential[3]++ }, ending.StatusStale},
		"revoked":            {func(w *world) { w.Staple.Good = false }, ending.Revoked},
		"another key":        {func(w *world) { w.Status = verdicttest.NewKey() }, ending.Forged},
	} {
		t.Run(name, func(t *testing.T) {
			w := verdicttest.New()
			test.change(w)
			if got := verdict.Staple(w.Opened(), w.SignedStaple(), w.Credential.ID, w.Now); got != test.want {
				t.Fatalf("reason %q, want %q", got, test.want)
			}
		})
	}
	w := verdicttest.New()
	if got := verdict.Staple(w.Opened(), nil, w.Credential.ID, w.Now); got != ending.StatusStale {
		t.Fatalf("no staple gives %q", got)
	}
}
